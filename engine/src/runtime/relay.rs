//! Publishes what leaves, and brings back the hops that did not fit into their round.

use crate::delivery::{Consumed, Content, Delivery, Origin};
use crate::ports::{Bus, Clock, Deliveries, StoreError};
use crate::runtime::{Arrival, PENDING_MAX, Ports, RELAY_LEASE, Shared, backoff};
use crate::unit::PendingRow;
use contracts::Message;
use contracts::planted::{Bug, planted};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Rows of replicas that died are looked for so often; one's own are announced.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);

/// How far one pass has come.
enum Pass {
    /// Nothing was pending.
    Idle,
    /// What was read is handled or published, or some of the hops are.
    Done,
    /// The bus or the leader is somebody else's affair for now, or no hop could even be buried.
    Stuck,
}

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let mut failures = 0;
    while !shared.arrivals.is_closed() {
        match pass(&shared).await {
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
            Err(error) => tracing::warn!(%error, failures, "what is pending waits"),
        }
        failures += 1;
        shared.ports.clock().sleep(backoff(failures)).await;
    }
}

async fn pass<P: Ports>(shared: &Shared<P>) -> Result<Pass, StoreError> {
    let rows = shared.ports.store().pending(PENDING_MAX).await?;
    let found = rows.len();
    let (hops, outward): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, row)| row.to.is_some());
    // Those behind a full page of what a broken bus doesn't take must not hold up the timers.
    let are_all = found < PENDING_MAX || hops.is_empty();
    let no_hop_went = !hops.is_empty() && bring_back(shared, hops).await == 0;
    let nothing_leaves = outward.is_empty();
    if are_all {
        shared.warm_up.hops_were_handled();
    }
    if !publish(shared, outward).await? || (no_hop_went && nothing_leaves) {
        return Ok(Pass::Stuck);
    }
    Ok(if found == 0 { Pass::Idle } else { Pass::Done })
}

/// Until something is pending. Without a bus nobody else writes rows, so nothing is polled.
async fn rest<P: Ports>(shared: &Shared<P>) {
    if shared.ports.bus().is_none() {
        return shared.pending.notified().await;
    }
    tokio::select! {
        biased;
        () = shared.pending.notified() => {}
        () = shared.ports.clock().sleep(RECOVERY_INTERVAL) => {}
    }
}

/// Each hop is handled and its row deleted in one transaction; they go in order. How many went.
async fn bring_back<P: Ports>(shared: &Shared<P>, hops: Vec<(u64, PendingRow)>) -> usize {
    let mut outcomes = vec![];
    for (position, PendingRow { to, message }) in hops {
        let Some(to) = to else { continue };
        let (done, outcome) = oneshot::channel();
        let origin = Origin::Row(Consumed::Pending { position });
        let delivery = Delivery { to, content: Content::Message(message), origin };
        if shared.arrivals.send(Arrival { delivery, done: Some(done) }).await.is_err() {
            break;
        }
        outcomes.push(outcome);
    }
    let mut gone = 0;
    for outcome in outcomes {
        gone += usize::from(matches!(outcome.await, Ok(Ok(_))));
    }
    gone
}

/// Only the leader publishes; a zombie can only repeat, and its marks are refused. Whether all went
/// well.
async fn publish<P: Ports>(
    shared: &Shared<P>,
    rows: Vec<(u64, PendingRow)>,
) -> Result<bool, StoreError> {
    let Some(bus) = shared.ports.bus().filter(|_| !rows.is_empty()) else { return Ok(true) };
    let store = shared.ports.store();
    if !store.lead(shared.epoch, RELAY_LEASE).await? {
        return Ok(false);
    }
    let (positions, batch): (Vec<u64>, Vec<Arc<Message>>) =
        rows.into_iter().map(|(position, row)| (position, row.message)).unzip();
    let wanted = batch.len();
    if planted(Bug::OutboxRowLost) {
        store.mark_sent(shared.epoch, positions).await?;
        return Ok(bus.publish(batch).await == Ok(wanted));
    }
    let published = bus.publish(batch).await.unwrap_or(0);
    let sent = positions.into_iter().take(published).collect();
    store.mark_sent(shared.epoch, sent).await?;
    Ok(published == wanted)
}
