//! What a process has used, by the system's account of it.

use std::collections::BTreeMap;
use std::fs;

/// The thread that is the built-in payment provider; it is no part of the server.
const PROVIDER_THREAD: &str = "payment-fake";

/// What a process has used since it began.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Nanoseconds on a CPU and name, by thread.
    threads: BTreeMap<u32, (String, u64)>,
    /// Bytes that it has caused to be written to storage.
    pub written_bytes: Option<u64>,
}

/// CPU time between two moments, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CpuSeconds {
    /// Of the built-in payment provider.
    pub provider: f64,
    /// Of everything else in the process.
    pub server: f64,
}

/// The memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Resident now.
    pub resident: u64,
    /// The most that was ever resident.
    pub peak: u64,
}

impl Usage {
    /// Of the process with that id; nothing where the system keeps no such account.
    pub fn read(pid: u32) -> Option<Self> {
        let mut threads = BTreeMap::new();
        for entry in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
            let Ok(thread) = entry.file_name().to_string_lossy().parse() else { continue };
            let read = |file| fs::read_to_string(entry.path().join(file));
            // A thread may end while it is looked at.
            let (Ok(name), Ok(schedstat)) = (read("comm"), read("schedstat")) else { continue };
            let nanos = schedstat.split(' ').next().and_then(|nanos| nanos.parse().ok());
            threads.insert(thread, (name.trim_end().to_string(), nanos.unwrap_or_default()));
        }
        let io = fs::read_to_string(format!("/proc/{pid}/io")).ok();
        let written_bytes = io.and_then(|io| field(&io, "write_bytes:"));
        (!threads.is_empty()).then_some(Self { threads, written_bytes })
    }

    /// CPU time since an earlier moment.
    pub fn cpu_since(&self, earlier: &Self) -> CpuSeconds {
        let mut used = CpuSeconds::default();
        for (thread, (name, nanos)) in &self.threads {
            let before = earlier.threads.get(thread).map_or(0, |(_, nanos)| *nanos);
            let seconds = nanos.saturating_sub(before) as f64 / 1e9;
            match name == PROVIDER_THREAD {
                true => used.provider += seconds,
                false => used.server += seconds,
            }
        }
        used
    }

    /// Bytes written since an earlier moment.
    pub fn written_since(&self, earlier: &Self) -> Option<u64> {
        Some(self.written_bytes?.saturating_sub(earlier.written_bytes?))
    }
}

impl Memory {
    /// Of the process with that id.
    pub fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
    }

    fn parse(status: &str) -> Option<Self> {
        let kibibytes = |name| Some(field(status, name)? * 1_024);
        Some(Self { resident: kibibytes("VmRSS:")?, peak: kibibytes("VmHWM:")? })
    }
}

/// The number after a name at the beginning of a line.
pub fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{CpuSeconds, Memory, Usage};

    fn usage(threads: &[(u32, &str, u64)]) -> Usage {
        let threads = threads
            .iter()
            .map(|(id, name, seconds)| (*id, ((*name).to_string(), seconds * 1_000_000_000)));
        Usage { threads: threads.collect(), written_bytes: None }
    }

    #[test]
    fn the_provider_s_thread_is_accounted_apart_and_new_threads_count_from_zero() {
        let before = usage(&[(1, "orderweaver", 1), (2, "payment-fake", 2), (3, "gone", 9)]);
        let after = usage(&[(1, "orderweaver", 4), (2, "payment-fake", 4), (5, "new", 5)]);
        assert_eq!(after.cpu_since(&before), CpuSeconds { provider: 2.0, server: 8.0 });
    }

    #[test]
    fn memory_is_read_from_the_status_page() {
        let status = "Name:\torderweaver\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        let expected = Memory { resident: 1 << 20, peak: 1 << 21 };
        assert_eq!(Memory::parse(status), Some(expected));
        assert_eq!(Memory::parse("Name:\tx\n"), None);
    }
}
