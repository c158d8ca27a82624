//! Going again and again through rows that wait in the store.

use crate::ports::{Clock, StoreError};
use crate::runtime::{Ports, Shared, backoff};
use std::future::Future;
use tokio::sync::Notify;

/// How far one pass has come.
pub(super) enum Pass {
    /// Nothing was there.
    Idle,
    /// What was read is done, or some of it.
    Done,
    /// Nothing of it could be done for now.
    Stuck,
}

/// One pass after the other, until the process ends; after one that found nothing, when there is
/// `news`. `what` waits while the store is away.
pub(super) async fn repeat<P: Ports, F>(
    shared: &Shared<P>,
    what: &str,
    news: &Notify,
    pass: impl Fn() -> F + Send,
) where
    F: Future<Output = Result<Pass, StoreError>> + Send,
{
    let mut failures = 0;
    while !shared.arrivals.is_closed() {
        match pass().await {
            Ok(Pass::Idle) => {
                failures = 0;
                news.notified().await;
                continue;
            }
            Ok(Pass::Done) => {
                failures = 0;
                continue;
            }
            Ok(Pass::Stuck) => {}
            Err(error) if shared.gives_up(&error) => return,
            Err(error) => tracing::warn!(%error, failures, "{what} wait"),
        }
        failures += 1;
        shared.ports.clock().sleep(backoff(failures)).await;
    }
}
