//! Tests that need mounts: they run once more, as a child in a mount namespace of its own, which
//! takes its mounts with it when it ends.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is mounted for the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mounts {
    /// A disk of two megabytes.
    Small,
    /// A folder that nobody can write to.
    ReadOnlyFolder,
    /// A store that nobody can write to, in a folder that everybody can write to.
    ReadOnlyFile,
}

const ROOM: &str = "STORE_SQLITE_TEST_ROOM";

/// Said by the script when the mounts are there.
const MOUNTED: &str = "mounted";

/// The folder of a child.
pub fn room() -> PathBuf {
    std::env::var_os(ROOM).expect("the room of a child").into()
}

/// Writes until nothing more fits.
pub fn fill(ballast: &Path) {
    let mut file = File::create(ballast).expect("a file");
    for size in [65_536, 4_096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// Runs an ignored test of this binary with these mounts. Where the system has no namespaces for
/// us, it says that nothing was tested.
pub fn in_namespace(test: &str, mounts: Mounts) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store.db");
    let mount = match mounts {
        Mounts::Small => "mount -t tmpfs -o size=2m tmpfs \"$ROOM\"",
        Mounts::ReadOnlyFolder => "mount -t tmpfs -o ro tmpfs \"$ROOM\"",
        Mounts::ReadOnlyFile => {
            drop(super::open_file(store.clone(), super::opening()).expect("a store"));
            fs::remove_file(store.with_extension("lock")).expect("a lock");
            "mount --bind \"$ROOM/store.db\" \"$ROOM/store.db\" && \
             mount -o remount,ro,bind \"$ROOM/store.db\""
        }
    };
    let script = format!(
        "ROOM=\"${ROOM}\"; {mount} && echo {MOUNTED} && \
         exec \"$0\" --exact --ignored --nocapture \"$1\""
    );
    let child = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .arg(std::env::current_exe().expect("this binary"))
        .arg(test)
        .env(ROOM, folder.path())
        .output();
    let output = match child {
        Ok(output) => output,
        Err(error) => return eprintln!("NOT TESTED: {test}: no unshare: {error}"),
    };
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if !stdout.starts_with(MOUNTED) {
        return eprintln!("NOT TESTED: {test}: no mounts for us here: {stderr}");
    }
    assert!(output.status.success(), "{test}\n{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "{test} is no test: {stdout}");
}
