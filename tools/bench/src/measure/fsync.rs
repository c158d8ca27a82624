//! How fast the disk is just now: the figure that every other one of a durable store hangs on.

use serde::Serialize;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Writes of one probe, and how long it may take altogether.
const WRITES_MAX: usize = 200;
const PROBE_TIME_MAX: Duration = Duration::from_millis(400);
const WRITE_BYTES: usize = 4_096;

/// Appending 4 KiB and `fdatasync`, in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Probe {
    /// Half of them took at most this.
    pub p50: u64,
    /// 99 of 100 took at most this.
    pub p99: u64,
}

/// Probes the disk under a folder.
///
/// # Errors
/// It can't be written.
pub fn probe(folder: &Path) -> io::Result<Probe> {
    let path = folder.join("fsync-probe");
    let mut file = File::create(&path)?;
    let (begun, mut took) = (Instant::now(), vec![]);
    while took.is_empty() || (took.len() < WRITES_MAX && begun.elapsed() < PROBE_TIME_MAX) {
        let write = Instant::now();
        file.write_all(&[0; WRITE_BYTES])?;
        file.sync_data()?;
        took.push(u64::try_from(write.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    std::fs::remove_file(&path)?;
    let took = crate::book::Latencies::of(took);
    let at = |permille| took.permille(permille).unwrap_or_default();
    Ok(Probe { p50: at(500), p99: at(990) })
}
