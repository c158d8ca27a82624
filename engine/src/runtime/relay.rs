//! Publishes what leaves, in order, and deletes it when the bus has it. Only the leader publishes;
//! a zombie can only repeat, and its marks are refused.

use crate::ports::{Bus, Deliveries, StoreError};
use crate::runtime::rows::{Pass, repeat};
use crate::runtime::{PUBLISHED_MAX, Ports, RELAY_LEASE, Shared};
use contracts::Message;
use contracts::planted::{Bug, planted};
use std::sync::Arc;

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let Some(bus) = shared.ports.bus() else { return };
    repeat(&shared, "messages that leave", &shared.leaving, || pass(&shared, bus)).await;
}

/// Stuck, where publishing is somebody else's affair for now or the bus is away.
async fn pass<P: Ports>(shared: &Shared<P>, bus: &P::Bus) -> Result<Pass, StoreError> {
    let store = shared.ports.store();
    let rows = store.outbox(PUBLISHED_MAX).await?;
    if rows.is_empty() {
        return Ok(Pass::Idle);
    }
    if !store.lead(shared.epoch, RELAY_LEASE).await? {
        return Ok(Pass::Stuck);
    }
    let (positions, batch): (Vec<u64>, Vec<Arc<Message>>) = rows.into_iter().unzip();
    let wanted = batch.len();
    if planted(Bug::OutboxRowLost) {
        store.mark_sent(shared.epoch, positions).await?;
        let is_published = bus.publish(batch).await == Ok(wanted);
        return Ok(if is_published { Pass::Done } else { Pass::Stuck });
    }
    let published = bus.publish(batch).await.unwrap_or(0);
    let sent = positions.into_iter().take(published).collect();
    store.mark_sent(shared.epoch, sent).await?;
    Ok(if published == wanted { Pass::Done } else { Pass::Stuck })
}
