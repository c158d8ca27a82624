//! The store's time: that of the database, so that replicas agree, and in each never backwards.

use contracts::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where the time comes from.
#[derive(Clone)]
pub enum Time {
    /// The clock of the database server.
    Database,
    /// Somebody says it: for tests.
    Given(Arc<dyn Fn() -> Timestamp + Send + Sync>),
}

/// The time, and the latest that was.
pub(crate) struct StoreTime {
    source: Time,
    latest: AtomicI64,
}

impl StoreTime {
    /// `latest`: the last time that is on record.
    pub fn new(source: Time, latest: Timestamp) -> Self {
        Self { source, latest: AtomicI64::new(latest.micros()) }
    }

    /// The time as an expression of SQL; the parameter is to be `at_least`.
    pub fn sql(&self, parameter: &str) -> String {
        match self.source {
            // In a subquery, which is asked once: an index can be read up to it.
            Time::Database => format!(
                "(SELECT greatest({parameter}::bigint,
                                  (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))"
            ),
            Time::Given(_) => format!("{parameter}::bigint"),
        }
    }

    /// It is at least so late, in microseconds.
    pub fn at_least(&self) -> i64 {
        let latest = self.latest.load(Ordering::Relaxed);
        match &self.source {
            Time::Database => latest,
            Time::Given(now) => latest.max(now().micros()),
        }
    }

    /// A round has this time.
    pub fn has_come(&self, now: Timestamp) {
        self.latest.fetch_max(now.micros(), Ordering::Relaxed);
    }
}
