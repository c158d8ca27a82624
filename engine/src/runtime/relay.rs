//! Publishes what leaves, in order; the next round deletes it when the bus has it. Only the leader
//! publishes. A zombie can only repeat: whoever publishes a message has published everything before
//! it, or found it deleted because somebody else had.

use crate::ports::{Bus, Clock, Deliveries, Published, StoreError};
use crate::runtime::leaving::Next;
use crate::runtime::rows::{Pass, repeat};
use crate::runtime::{PUBLISHED_MAX, Ports, RELAY_LEASE, Shared};
use contracts::planted::{Bug, planted};
use contracts::{Message, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let Some(bus) = shared.ports.bus() else { return };
    let (asked_again_at, rests_until) = (AtomicI64::new(0), AtomicI64::new(0));
    let relay = Relay { shared: &shared, bus, asked_again_at, rests_until };
    let pass = async || relay.pass().await.inspect_err(|error| shared.leaving.doubt(error));
    repeat(&shared, "messages that leave", &shared.leaving.news, pass).await;
}

struct Relay<'a, P: Ports> {
    shared: &'a Shared<P>,
    bus: &'a P::Bus,
    /// Until then this process leads, in microseconds; a lease has at least half of its time left
    /// when it was asked for.
    asked_again_at: AtomicI64,
    /// Until then it doesn't ask for the lead, in microseconds.
    rests_until: AtomicI64,
}

impl<P: Ports> Relay<'_, P> {
    /// Idle, where publishing is somebody else's affair for now; stuck, where the bus didn't take
    /// everything.
    async fn pass(&self) -> Result<Pass, StoreError> {
        let leaving = &self.shared.leaving;
        if !self.leads().await? {
            leaving.forget();
            return Ok(Pass::Idle);
        }
        let (generation, next) = leaving.next(PUBLISHED_MAX);
        let rows = match next {
            Next::Nothing => return Ok(Pass::Idle),
            Next::Fresh(rows) => rows,
            Next::Read(after, found) => {
                let rows = self.shared.ports.store().outbox(after, PUBLISHED_MAX).await?;
                if rows.is_empty() {
                    leaving.is_empty(found);
                }
                rows
            }
        };
        let Some((last, _)) = rows.last() else { return Ok(Pass::Idle) };
        self.shared.has_relayed.store(true, Ordering::Relaxed);
        if planted(Bug::OutboxRowLost) {
            leaving.is_published(generation, *last);
        }
        let wanted = rows.len();
        let (positions, batch): (Vec<u64>, Vec<Arc<Message>>) = rows.into_iter().unzip();
        let published = self.publish(batch).await;
        if let Some(last) = positions.iter().take(published).next_back() {
            leaving.is_published(generation, *last);
        }
        if published == wanted {
            return Ok(Pass::Done);
        }
        positions.last().into_iter().for_each(|last| leaving.found(*last));
        if published == 0 {
            self.rest();
        }
        Ok(Pass::Stuck)
    }

    async fn leads(&self) -> Result<bool, StoreError> {
        let now = self.shared.ports.clock().now();
        if now < Timestamp(self.asked_again_at.load(Ordering::Relaxed)) {
            return Ok(true);
        }
        let rests = now < Timestamp(self.rests_until.load(Ordering::Relaxed));
        if rests || !self.bus.is_reachable() {
            return Ok(false); // a replica may reach it, and takes over when the lease is over
        }
        let leads = self.shared.ports.store().lead(self.shared.epoch, RELAY_LEASE).await?;
        let until = if leads { now + RELAY_LEASE / 4 } else { Timestamp(0) };
        self.asked_again_at.store(until.micros(), Ordering::Relaxed);
        Ok(leads)
    }

    /// Whoever could publish nothing leaves it to a replica, if there is one that can: for as long
    /// as its own lease may last, and once more so that somebody else is the first to ask.
    fn rest(&self) {
        let until = self.shared.ports.clock().now() + 2 * RELAY_LEASE;
        self.rests_until.store(until.micros(), Ordering::Relaxed);
        self.asked_again_at.store(0, Ordering::Relaxed);
    }

    /// A slow bus must not cost the lead: others would publish the same again, and lose it
    /// likewise. One that can't be reached from here does.
    async fn publish(&self, batch: Vec<Arc<Message>>) -> Published {
        let clock = self.shared.ports.clock();
        let mut publishing = std::pin::pin!(self.bus.publish(batch));
        loop {
            tokio::select! {
                biased;
                published = &mut publishing => return published.unwrap_or(0),
                () = clock.sleep(RELAY_LEASE / 4) => {
                    if let Err(error) = self.leads().await {
                        tracing::warn!(%error, "the lead over publishing could not be renewed");
                    }
                }
            }
        }
    }
}
