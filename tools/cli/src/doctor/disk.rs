//! The data folder of services on this machine.

use super::Finding;
use rustix::fs::statvfs;
use std::fs;
use std::path::{Path, PathBuf};

const DEFAULT_FOLDER: &str = ".orderweaver";
/// Less free space is a problem.
const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;

/// Looks at the folder, if it is there: the services may have been started elsewhere.
pub fn look(folder: Option<&Path>) -> Vec<Finding> {
    let said = folder.map(PathBuf::from);
    let variable = || std::env::var_os("ORDERWEAVER_DATA").map(PathBuf::from);
    let folder = said.clone().or_else(variable).unwrap_or_else(|| DEFAULT_FOLDER.into());
    let name = folder.display();
    match folder.is_dir() {
        true => vec![writable(&folder), space(&folder)],
        false if said.is_none() => {
            let found = format!("{name} is not here: --data says where it is");
            vec![Finding::ok("data folder", found)]
        }
        false => {
            let next = format!("mkdir -p {name}");
            vec![Finding::problem("data folder", format!("{name} is no folder"), next)]
        }
    }
}

fn writable(folder: &Path) -> Finding {
    let (check, name) = ("data folder", folder.display());
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    match fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)) {
        Ok(()) => Finding::ok(check, format!("{name} can be written")),
        Err(error) => Finding::problem(check, format!("{name}: {error}"), format!("ls -ld {name}")),
    }
}

fn space(folder: &Path) -> Finding {
    let (check, name) = ("disk space", folder.display());
    let free = match statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Finding::problem(check, error.to_string(), format!("df -h {name}")),
    };
    let found = format!("{:.1} GiB are free", free as f64 / FREE_BYTES_MIN as f64);
    match free >= FREE_BYTES_MIN {
        true => Finding::ok(check, found),
        false => Finding::problem(check, found, format!("df -h {name}, then free some")),
    }
}
