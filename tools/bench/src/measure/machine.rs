//! The machine that a figure was measured on.

use crate::measure::process::field;
use serde::Serialize;
use std::fs;
use std::path::Path;

/// In which `/proc` counts time.
pub const TICKS_PER_SECOND: f64 = 100.0;

/// The machine that a figure was measured on.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The name of its processor.
    pub cpu: String,
    /// How many of it this process may use.
    pub cores: usize,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// The name and version of the system's kernel.
    pub kernel: String,
    /// The file system under the data.
    pub file_system: String,
}

impl Machine {
    /// This machine, with its data in that folder.
    pub fn read(folder: &Path) -> Self {
        let page = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpu = page("/proc/cpuinfo");
        let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let kernel = page("/proc/sys/kernel/osrelease");
        Self {
            cpu: cpu.map_or("unknown", |(_, name)| name).into(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: field(&page("/proc/meminfo"), "MemTotal:").unwrap_or_default() / 1_024,
            kernel: format!("{} {}", std::env::consts::OS, kernel.trim()),
            file_system: file_system(&page("/proc/mounts"), folder).unwrap_or("unknown").into(),
        }
    }
}

/// The type of the file system that is mounted nearest above a folder.
fn file_system<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let above = mounted.filter(|(at, _)| folder.starts_with(at));
    above.max_by_key(|(at, _)| at.len()).map(|(_, file_system)| file_system)
}

/// Seconds that all cores together have worked, since the machine began.
pub fn busy_seconds() -> Option<f64> {
    busy_ticks(&fs::read_to_string("/proc/stat").ok()?).map(|ticks| ticks as f64 / TICKS_PER_SECOND)
}

/// User, nice, system, interrupts and what other machines took; idle and waiting left out.
fn busy_ticks(stat: &str) -> Option<u64> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    let [user, nice, system, _idle, _waiting, interrupts, soft_interrupts, ..] = ticks[..] else {
        return None;
    };
    Some(user + nice + system + interrupts + soft_interrupts)
}

#[cfg(test)]
mod tests {
    use super::{busy_ticks, file_system};
    use std::path::Path;

    fn check(folder: &str, expected: Option<&str>) {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/disk xfs rw 0 0\n";
        assert_eq!(file_system(mounts, Path::new(folder)), expected, "{folder}");
    }

    #[test]
    fn the_nearest_mount_says_the_file_system() {
        check("/home/u", Some("ext4"));
        check("/tmp/x", Some("tmpfs"));
        check("/tmp/disk/x", Some("xfs"));
        check("/tmpx", Some("ext4"));
    }

    #[test]
    fn idle_time_is_not_work() {
        assert_eq!(busy_ticks("cpu  1 2 4 1000 1000 8 16 0 0 0\ncpu0 1 2\n"), Some(31));
        assert_eq!(busy_ticks("cpu  1 2\n"), None);
    }
}
