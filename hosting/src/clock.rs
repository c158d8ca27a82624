//! The clock of real processes.

use contracts::Timestamp;
use engine::Clock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The clock of this machine. Before 1970 it stands still.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(0) + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
