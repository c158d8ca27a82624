//! What a bus has seen, for metrics.

use engine::BusCounts;
use std::sync::atomic::{AtomicU64, Ordering};

/// [`BusCounts`] as they grow.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub gaps: AtomicU64,
    pub repeats: AtomicU64,
    pub unreadable: AtomicU64,
    pub rebalances: AtomicU64,
    pub publishing_failures: AtomicU64,
}

impl Counters {
    pub fn read(&self) -> BusCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        BusCounts {
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
