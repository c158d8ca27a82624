//! Brings back the hops that did not fit into their round. Each is handled and its row deleted in
//! one transaction.

use crate::delivery::{Consumed, Content, Delivery, Origin};
use crate::ports::{Clock, Deliveries, StoreError};
use crate::runtime::{Arrival, HOPS_MAX, Ports, Shared, backoff};
use crate::unit::HopRow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Hops of replicas that died are looked for so often; one's own are announced.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let mut failures = 0;
    while !shared.arrivals.is_closed() {
        match pass(&shared).await {
            Ok(0) => {
                failures = 0;
                rest(&shared).await;
                continue;
            }
            Ok(_) => {
                failures = 0;
                continue;
            }
            Err(Stuck::Store(error)) if shared.gives_up(&error) => return,
            Err(stuck) => tracing::warn!(?stuck, failures, "hops wait"),
        }
        failures += 1;
        shared.ports.clock().sleep(backoff(failures)).await;
    }
}

/// Why hops don't go on.
#[derive(Debug)]
enum Stuck {
    /// The store can't be read.
    Store(StoreError),
    /// Not one of them could even be buried.
    Unhandled,
}

/// How many hops were found; some of them are handled.
async fn pass<P: Ports>(shared: &Shared<P>) -> Result<usize, Stuck> {
    let hops = shared.ports.store().hops(HOPS_MAX).await.map_err(Stuck::Store)?;
    let found = hops.len();
    if found > 0 && bring_back(shared, hops).await == 0 {
        return Err(Stuck::Unhandled);
    }
    if found < HOPS_MAX {
        shared.warm_up.hops_were_handled();
    }
    Ok(found)
}

/// Until there are any. Without a bus nobody else writes rows, so nothing is polled.
async fn rest<P: Ports>(shared: &Shared<P>) {
    if shared.ports.bus().is_none() {
        return shared.hops.notified().await;
    }
    tokio::select! {
        biased;
        () = shared.hops.notified() => {}
        () = shared.ports.clock().sleep(RECOVERY_INTERVAL) => {}
    }
}

/// They go in order. How many were handled.
async fn bring_back<P: Ports>(shared: &Shared<P>, hops: Vec<(u64, HopRow)>) -> usize {
    let mut outcomes = vec![];
    for (position, HopRow { to, message }) in hops {
        let (done, outcome) = oneshot::channel();
        let origin = Origin::Row(Consumed::Hop { position });
        let delivery = Delivery { to, content: Content::Message(message), origin };
        if shared.arrivals.send(Arrival { delivery, done: Some(done) }).await.is_err() {
            break;
        }
        outcomes.push(outcome);
    }
    let mut handled = 0;
    for outcome in outcomes {
        handled += usize::from(matches!(outcome.await, Ok(Ok(_))));
    }
    handled
}
