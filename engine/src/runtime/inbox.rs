//! Forgets what was handled so long ago that nobody brings it again. It goes in small slices, each
//! a transaction of its own between two rounds, so that no request waits for it.

use crate::ports::{Clock, Deliveries};
use crate::runtime::{Ports, Shared};
use std::sync::Arc;
use std::time::Duration;

/// How long an idempotency key, or a message from the bus, is known: longer than a broker keeps it.
/// What is known by a record, such as the id of an order, is known for ever.
pub const INBOX_KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Rows in one slice: about a millisecond of the store's time.
const SLICE_ROWS_MAX: usize = 500;
/// Between two slices, as long as there is more: up to 10,000 rows a second.
const SLICE_PAUSE: Duration = Duration::from_millis(50);
/// How often to look; one look at the oldest row.
const INTERVAL: Duration = Duration::from_secs(60);

/// Runs until the process ends.
pub(super) async fn run<P: Ports>(shared: Arc<Shared<P>>) {
    while !shared.arrivals.is_closed() {
        let pause = match shared.ports.store().forget(INBOX_KEPT, SLICE_ROWS_MAX).await {
            Ok(true) => SLICE_PAUSE,
            Ok(false) => INTERVAL,
            Err(error) if shared.gives_up(&error) => return,
            Err(error) => {
                tracing::warn!(%error, "the inbox stays as it is for now");
                INTERVAL
            }
        };
        shared.ports.clock().sleep(pause).await;
    }
}
