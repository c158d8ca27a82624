//! Publishes what leaves, in order, and deletes it when the bus has it. Only the leader publishes;
//! a zombie can only repeat, and its marks are refused.

use crate::ports::{Bus, Clock, Deliveries, StoreError};
use crate::runtime::{PUBLISHED_MAX, Ports, RELAY_LEASE, Shared, backoff};
use contracts::Message;
use contracts::planted::{Bug, planted};
use std::sync::Arc;
use std::time::Duration;

/// Rows of replicas that died are looked for so often; one's own are announced.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);

/// How far one pass has come.
enum Pass {
    /// Nothing leaves.
    Idle,
    /// What was read is published.
    Done,
    /// Publishing is somebody else's affair for now, or the bus is away.
    Stuck,
}

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let Some(bus) = shared.ports.bus() else { return };
    let mut failures = 0;
    while !shared.arrivals.is_closed() {
        match pass(&shared, bus).await {
            Ok(Pass::Idle) => {
                failures = 0;
                rest(&shared).await;
                continue;
            }
            Ok(Pass::Done) => {
                failures = 0;
                continue;
            }
            Ok(Pass::Stuck) => {}
            Err(error) if shared.gives_up(&error) => return,
            Err(error) => tracing::warn!(%error, failures, "what leaves waits"),
        }
        failures += 1;
        shared.ports.clock().sleep(backoff(failures)).await;
    }
}

async fn rest<P: Ports>(shared: &Shared<P>) {
    tokio::select! {
        biased;
        () = shared.leaving.notified() => {}
        () = shared.ports.clock().sleep(RECOVERY_INTERVAL) => {}
    }
}

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
