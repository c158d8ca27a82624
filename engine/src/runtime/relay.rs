//! Publishes what leaves, and brings back the hops that did not fit into their round.

use crate::delivery::{Consumed, Content, Delivery, Origin};
use crate::ports::{Bus, Clock, Deliveries};
use crate::runtime::{Arrival, PENDING_MAX, Ports, RELAY_LEASE, Shared, backoff};
use crate::unit::PendingRow;
use contracts::Message;
use contracts::planted::{Bug, planted};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Rows of replicas that died are looked for so often; one's own are announced.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let mut failures = 0;
    loop {
        let rows = shared.ports.store().pending(PENDING_MAX).await.unwrap_or_default();
        let found = !rows.is_empty();
        let (hops, outward): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|(_, row)| row.to.is_some());
        bring_back(&shared, hops).await;
        shared.warm_up.hops_were_handled();
        let published = publish(&shared, outward).await;
        failures = if published { 0 } else { failures + 1 };
        if !published {
            shared.ports.clock().sleep(backoff(failures)).await;
        } else if !found {
            rest(&shared).await;
        }
    }
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

/// Each hop is handled and its row deleted in one transaction; they go in order.
async fn bring_back<P: Ports>(shared: &Shared<P>, hops: Vec<(u64, PendingRow)>) {
    let mut outcomes = vec![];
    for (position, PendingRow { to, message }) in hops {
        let Some(to) = to else { continue };
        let (done, outcome) = oneshot::channel();
        let origin = Origin::Row(Consumed::Pending { position });
        let delivery = Delivery { to, content: Content::Message(message), origin };
        if shared.arrivals.send(Arrival { delivery, done: Some(done) }).await.is_err() {
            return;
        }
        outcomes.push(outcome);
    }
    for outcome in outcomes {
        let _ = outcome.await;
    }
}

/// Only the leader publishes; a zombie can only repeat, and its marks are refused. Whether all went
/// well.
async fn publish<P: Ports>(shared: &Shared<P>, rows: Vec<(u64, PendingRow)>) -> bool {
    let Some(bus) = shared.ports.bus().filter(|_| !rows.is_empty()) else { return true };
    let store = shared.ports.store();
    if store.lead(shared.epoch, RELAY_LEASE).await != Ok(true) {
        return false;
    }
    let (positions, batch): (Vec<u64>, Vec<Arc<Message>>) =
        rows.into_iter().map(|(position, row)| (position, row.message)).unzip();
    let wanted = batch.len();
    if planted(Bug::OutboxRowLost) {
        return store.mark_sent(shared.epoch, positions).await.is_ok()
            && bus.publish(batch).await == Ok(wanted);
    }
    let published = bus.publish(batch).await.unwrap_or(0);
    let sent = positions.into_iter().take(published).collect();
    store.mark_sent(shared.epoch, sent).await.is_ok() && published == wanted
}
