//! What a bus has seen, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often something happened since the bus was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// An event whose version is beyond the next one of its source and subject. A few are no
    /// fault: a decision that says nothing on a topic leaves a gap there.
    pub gaps: u64,
    /// A message that came before: its version, or its id, was seen already.
    pub repeats: u64,
    /// A record that is no message.
    pub unreadable: u64,
    /// The group gave partitions to a member here or took some away.
    pub rebalances: u64,
    /// A batch that could not be published as a whole, so that its rest was published again.
    pub publishing_failures: u64,
}

/// The same as it grows.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub gaps: AtomicU64,
    pub repeats: AtomicU64,
    pub unreadable: AtomicU64,
    pub rebalances: AtomicU64,
    pub publishing_failures: AtomicU64,
}

impl Counters {
    pub fn read(&self) -> Counts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            gaps: count(&self.gaps),
            repeats: count(&self.repeats),
            unreadable: count(&self.unreadable),
            rebalances: count(&self.rebalances),
            publishing_failures: count(&self.publishing_failures),
        }
    }
}

/// Once more.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
