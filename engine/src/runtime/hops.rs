//! Brings back the hops that did not fit into their round. Each is handled and its row deleted in
//! one transaction.

use crate::delivery::{Consumed, Content, Delivery, Origin};
use crate::ports::{Deliveries, StoreError};
use crate::runtime::rows::{Pass, repeat};
use crate::runtime::{Arrival, HOPS_MAX, Ports, Shared};
use crate::unit::HopRow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;

type Row = (u64, HopRow);

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let stranded = AtomicUsize::new(0);
    repeat(&shared, "hops", &shared.hops, || pass(&shared, &stranded)).await;
}

/// Stuck, where not one hop could even be buried. Such a one doesn't hold up the timers.
async fn pass<P: Ports>(shared: &Shared<P>, stranded: &AtomicUsize) -> Result<Pass, StoreError> {
    // Those that can't be brought anywhere are read in addition, or they would hold up the others.
    let rows_max = HOPS_MAX + stranded.load(Ordering::Relaxed);
    let hops = shared.ports.store().hops(rows_max).await?;
    let is_all = hops.len() < rows_max;
    let (hops, lost): (Vec<_>, Vec<_>) =
        hops.into_iter().partition(|(_, hop)| goes_on(shared, hop));
    if lost.len() > stranded.swap(lost.len(), Ordering::Relaxed) {
        report(&lost);
    }
    let found = hops.len();
    let handled = bring_back(shared, hops).await;
    if is_all {
        shared.warm_up.hops_were_handled();
    }
    Ok(match (found, handled) {
        (0, _) => Pass::Idle,
        (_, 0) => Pass::Stuck,
        _ => Pass::Done,
    })
}

/// Whether its service is hosted here, or a bus carries it there.
fn goes_on<P: Ports>(shared: &Shared<P>, hop: &HopRow) -> bool {
    let hosting = &shared.hosting;
    hosting.service(hop.to).is_some() || hosting.carries(hop.message.body.message_type())
}

/// They stay where they are: whoever hosts their service later handles them.
fn report(lost: &[Row]) {
    let (Some((_, HopRow { to, message })), count) = (lost.last(), lost.len()) else { return };
    let (message_id, subject, name) = (message.id, &message.subject, message.body.message_type());
    tracing::error!(
        service = %to, %message_id, %subject, message = name.name(), count,
        "messages wait for a service that is not hosted in this process, and no bus brings them \
         there: host it here, or start with a bus"
    );
}

/// They go in order. How many were handled.
async fn bring_back<P: Ports>(shared: &Shared<P>, hops: Vec<Row>) -> usize {
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
