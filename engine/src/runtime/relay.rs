//! Publishes what leaves, in order, and deletes it when the bus has it. Only the leader publishes;
//! a zombie can only repeat, and its marks are refused.

use crate::ports::{Bus, Clock, Deliveries, Published, StoreError};
use crate::runtime::rows::{Pass, repeat};
use crate::runtime::{PUBLISHED_MAX, Ports, RELAY_LEASE, Shared};
use contracts::Message;
use contracts::planted::{Bug, planted};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let Some(bus) = shared.ports.bus() else { return };
    repeat(&shared, "messages that leave", &shared.leaving, || pass(&shared, bus)).await;
}

/// Idle, where publishing is somebody else's affair for now; stuck, where the bus is away.
async fn pass<P: Ports>(shared: &Shared<P>, bus: &P::Bus) -> Result<Pass, StoreError> {
    let store = shared.ports.store();
    if !store.lead(shared.epoch, RELAY_LEASE).await? {
        return Ok(Pass::Idle);
    }
    let rows = store.outbox(PUBLISHED_MAX).await?;
    if rows.is_empty() {
        return Ok(Pass::Idle);
    }
    shared.has_relayed.store(true, Ordering::Relaxed);
    let (positions, batch): (Vec<u64>, Vec<Arc<Message>>) = rows.into_iter().unzip();
    let wanted = batch.len();
    if planted(Bug::OutboxRowLost) {
        store.mark_sent(shared.epoch, positions).await?;
        let is_published = bus.publish(batch).await == Ok(wanted);
        return Ok(if is_published { Pass::Done } else { Pass::Stuck });
    }
    let published = publish(shared, bus, batch).await;
    let sent = positions.into_iter().take(published).collect();
    store.mark_sent(shared.epoch, sent).await?;
    Ok(if published == wanted { Pass::Done } else { Pass::Stuck })
}

/// A slow bus must not cost the lead: others would publish the same again, and lose it likewise.
/// Whether it is lost all the same is told by the marks.
async fn publish<P: Ports>(
    shared: &Shared<P>,
    bus: &P::Bus,
    batch: Vec<Arc<Message>>,
) -> Published {
    let (store, clock) = (shared.ports.store(), shared.ports.clock());
    let mut publishing = std::pin::pin!(bus.publish(batch));
    loop {
        tokio::select! {
            biased;
            published = &mut publishing => return published.unwrap_or(0),
            () = clock.sleep(RELAY_LEASE / 2) => {
                if let Err(error) = store.lead(shared.epoch, RELAY_LEASE).await {
                    tracing::warn!(%error, "the lead over publishing could not be renewed");
                }
            }
        }
    }
}
