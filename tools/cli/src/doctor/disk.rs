//! The data folder of services on this machine.

use super::Finding;
use rustix::fs::statvfs;
use std::fs;
use std::path::{Path, PathBuf};
use terminal::quoted;

const DEFAULT_FOLDER: &str = ".orderweaver";
/// Less free space is a problem.
const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;

/// Looks at the folder, or at the one in which it will be made.
pub fn look(folder: Option<&Path>) -> Vec<Finding> {
    let variable = || std::env::var_os("ORDERWEAVER_DATA").map(PathBuf::from);
    let said = folder.map(PathBuf::from).or_else(variable);
    let folder = said.unwrap_or_else(|| DEFAULT_FOLDER.into());
    let there = nearest(&folder);
    vec![writable(&folder, there), space(there)]
}

/// The folder, or the nearest around it that is there.
fn nearest(folder: &Path) -> &Path {
    folder.ancestors().find(|it| it.exists()).unwrap_or(Path::new("."))
}

fn writable(folder: &Path, there: &Path) -> Finding {
    let (check, name, there_name) = ("data folder", folder.display(), there.display());
    let probe = there.join(format!(".doctor-{}", std::process::id()));
    let is_absent = folder != there;
    match fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)) {
        Ok(()) if is_absent => {
            Finding::ok(check, format!("{name} is absent, and will be made at the first start"))
        }
        Ok(()) => Finding::ok(check, format!("{name} can be written")),
        Err(error) => {
            let before = if is_absent { format!("{name} is absent; ") } else { String::new() };
            let found = format!("{before}{there_name} can't be written: {error}");
            Finding::problem(check, found, format!("ls -ld {}", quoted(&there_name.to_string())))
        }
    }
}

fn space(folder: &Path) -> Finding {
    let (check, name) = ("disk space", quoted(&folder.display().to_string()));
    let free = match statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::problem(check, error.to_string(), format!("df -h {name}")),
    };
    let found = format!("{:.1} GiB are free", free as f64 / FREE_BYTES_MIN as f64);
    match free >= FREE_BYTES_MIN {
        true => Finding::ok(check, found),
        false => Finding::problem(check, found, format!("df -h {name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_or_can_be_made_or_neither() {
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join("file"), "").expect("a file");
        let cases = [
            (".", ". can be written", true),
            ("absent", "absent is absent, and will be made at the first start", true),
            ("a/b", "a/b is absent, and will be made at the first start", true),
            ("file", "file can't be written: Not a directory (os error 20)", false),
            (
                "file/absent",
                "file/absent is absent; file can't be written: Not a directory (os error 20)",
                false,
            ),
        ];
        let place = format!("{}/", home.path().display());
        for (name, expected, is_ok) in cases {
            let folder = home.path().join(name);
            let finding = look(Some(&folder)).remove(0);
            assert_eq!(finding.found.replace(&place, ""), expected);
            assert_eq!(finding.problem.is_none(), is_ok, "{name}");
            assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 1, "{name}");
        }
    }
}
