//! Brings back the hops that did not fit into their round. Each is handled and its row deleted in
//! one transaction.

use crate::delivery::{Consumed, Content, Delivery, Origin};
use crate::ports::{Deliveries, StoreError};
use crate::runtime::rows::{Pass, repeat};
use crate::runtime::{Arrival, HOPS_MAX, Ports, Shared};
use crate::unit::HopRow;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    repeat(&shared, "hops", &shared.hops, || pass(&shared)).await;
}

/// Stuck, where not one hop could even be buried. Such a one doesn't hold up the timers.
async fn pass<P: Ports>(shared: &Shared<P>) -> Result<Pass, StoreError> {
    let hops = shared.ports.store().hops(HOPS_MAX).await?;
    let found = hops.len();
    let handled = bring_back(shared, hops).await;
    if found < HOPS_MAX {
        shared.warm_up.hops_were_handled();
    }
    Ok(match (found, handled) {
        (0, _) => Pass::Idle,
        (_, 0) => Pass::Stuck,
        _ => Pass::Done,
    })
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
