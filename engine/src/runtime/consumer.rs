//! Brings in what the bus has for the services hosted here. A message is acknowledged when it is on
//! disk; until then the bus may bring it again, and the inbox knows it.

use crate::delivery::{Content, Delivery, Origin};
use crate::ports::{Bus, Clock, Received};
use crate::runtime::{Arrival, Ports, ROUND_DELIVERIES_MAX, Shared, backoff};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    let Some(bus) = shared.ports.bus() else { return };
    let mut failures = 0;
    loop {
        let Ok(received) = bus.next(ROUND_DELIVERIES_MAX).await else {
            shared.ports.clock().sleep(backoff(failures)).await;
            failures += 1;
            continue;
        };
        failures = 0;
        let Some(receipts) = handle(&shared, received).await else { return };
        let _ = bus.acknowledge(receipts).await; // else they come again and are recognised
    }
}

/// The receipts of what was handled; none if the process ends.
async fn handle<P: Ports>(shared: &Shared<P>, received: Vec<Received>) -> Option<Vec<u64>> {
    let mut outcomes = vec![];
    for Received { to, message, receipt } in received {
        let content = match message {
            Ok(message) => Content::Message(Arc::new(message)),
            Err(unreadable) => unreadable.into(),
        };
        let (done, outcome) = oneshot::channel();
        let delivery = Delivery { to, content, origin: Origin::Bus };
        shared.arrivals.send(Arrival { delivery, done: Some(done) }).await.ok()?;
        outcomes.push((receipt, outcome));
    }
    let mut receipts = vec![];
    for (receipt, outcome) in outcomes {
        if matches!(outcome.await, Ok(Ok(_))) {
            receipts.push(receipt);
        }
    }
    Some(receipts)
}
