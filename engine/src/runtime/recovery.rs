//! Finds what others have left in the store: replicas that died, and processes before this one.
//! What this process leaves there itself is announced by its rounds. So the other loops wait for
//! news, and only this one asks by itself: one read, no commit.

use crate::ports::{Clock, Waiting};
use crate::runtime::{Ports, Shared};
use contracts::Timestamp;
use contracts::planted::{Bug, planted};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// So soon is found what a replica that died has left, while there is something to do.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(2);
/// So soon, as long as nobody seems to do anything: each look is a transaction of PostgreSQL.
const IDLE_INTERVAL: Duration = Duration::from_secs(10);
/// So soon is found, while the leader is at work, what other replicas want to be published; doubled
/// with each look as long as it publishes nothing.
const RELAY_INTERVAL: Duration = Duration::from_millis(50);

/// The pause behind a look is at least so many times as long as it took, but for the longest of the
/// intervals: while somebody holds an old snapshot a look passes over all that was deleted since.
const PAUSE_SHARE: u32 = 9;

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let (mut pause, mut last) = (RECOVERY_INTERVAL, Waiting::default());
    while !shared.arrivals.is_closed() {
        shared.ports.clock().sleep(pause).await;
        let has_committed = shared.has_committed.swap(false, Ordering::Relaxed);
        let mut longest = RECOVERY_INTERVAL;
        let begun = shared.ports.clock().now();
        match shared.waiting().await {
            Ok(_) if planted(Bug::NothingRecovered) => {}
            Ok(found) => {
                if !has_committed && found == last && is_at_rest(found) {
                    longest = IDLE_INTERVAL;
                }
                last = found;
                announce(&shared, found);
            }
            Err(error) if shared.gives_up(&error) => return,
            Err(error) => {
                shared.leaving.doubt(&error);
                // Whoever has something to do there says so.
                tracing::debug!(%error, "what others have left is looked for later");
            }
        }
        let took = shared.ports.clock().now().since(begun);
        let wanted = match shared.has_relayed.swap(false, Ordering::Relaxed) {
            true => RELAY_INTERVAL,
            false => (pause * 2).min(longest),
        };
        pause = wanted.max((took * PAUSE_SHARE).min(IDLE_INTERVAL));
    }
}

/// Nothing waits but for its time.
const fn is_at_rest(found: Waiting) -> bool {
    !found.hops && !found.effects && found.outbox.is_none()
}

fn announce<P: Ports>(shared: &Shared<P>, found: Waiting) {
    let loops = [(found.hops, &shared.hops), (found.effects, &shared.unclaimed)];
    loops.iter().filter(|(waits, _)| *waits).for_each(|(_, news)| news.notify_one());
    if let Some(position) = found.outbox {
        shared.leaving.found(position);
    }
    if let Some(at) = found.next_timer {
        shared.next_timer.hear_of(at);
    }
}

/// When the store must be asked for due timers.
pub(crate) struct NextTimer {
    /// In microseconds; the largest number: nobody knows of one.
    at: AtomicI64,
    /// One was heard of that is due before all others.
    pub earlier: Notify,
}

impl NextTimer {
    /// At once: nobody has looked yet.
    pub fn unknown() -> Self {
        Self { at: AtomicI64::new(0), earlier: Notify::new() }
    }

    pub fn get(&self) -> Option<Timestamp> {
        Some(Timestamp(self.at.load(Ordering::Acquire))).filter(|at| *at != NEVER)
    }

    /// The store was asked.
    pub fn set(&self, next: Option<Timestamp>) {
        self.at.store(next.unwrap_or(NEVER).micros(), Ordering::Release);
    }

    /// There is one at that time, whoever has set it.
    pub fn hear_of(&self, at: Timestamp) {
        if self.at.fetch_min(at.micros(), Ordering::AcqRel) > at.micros() {
            self.earlier.notify_one();
        }
    }
}

const NEVER: Timestamp = Timestamp(i64::MAX);
