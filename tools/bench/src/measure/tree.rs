//! What a process and its children have worked: a server that is none of ours.

use crate::measure::machine::TICKS_PER_SECOND;
use std::fs;

/// A line of `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// Ticks of all of its threads, those included that have ended.
    own: u64,
    /// Ticks of its children that have ended, and of theirs.
    gone: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The name of the command stands in brackets and may hold anything.
    fn parse(line: &str) -> Option<Self> {
        let (_, fields) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(number(1)?).ok()?,
            own: number(11)? + number(12)?,
            gone: number(13)? + number(14)?,
        })
    }
}

/// The process that has made that one.
pub fn parent(pid: u32) -> Option<u32> {
    Stat::read(pid).map(|stat| stat.parent)
}

/// CPU seconds of a process and of its children, since it began: those that live, and those that
/// are gone. Its threads count with it.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let root = Stat::read(pid)?;
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // One may end while it is looked at: then it is counted by its parent at the next look.
    let children = pids.filter_map(Stat::read).filter(|stat| stat.parent == pid);
    let living: u64 = children.map(|stat| stat.own).sum();
    Some((root.own + root.gone + living) as f64 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::{Stat, cpu_seconds};
    use std::process::Command;

    #[test]
    fn a_command_may_have_any_name() {
        let line = "7 (a b) c) S 3 7 7 0 -1 4 1 2 3 4 10 20 300 400 20 0 1 0 5";
        let expected = Stat { parent: 3, own: 30, gone: 700 };
        assert_eq!(Stat::parse(line), Some(expected));
        assert_eq!(Stat::parse("7 (a) S 3"), None);
    }

    #[test]
    fn children_that_are_gone_still_count() {
        let before = cpu_seconds(std::process::id()).expect("an account");
        let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done";
        let status = Command::new("sh").args(["-c", busy]).status().expect("a shell");
        assert!(status.success());
        let after = cpu_seconds(std::process::id()).expect("an account");
        assert!(after > before, "{before} to {after}");
    }
}
