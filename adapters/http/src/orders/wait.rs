//! Waiting for what comes of a new order.

use super::find;
use crate::limits;
use crate::problem::Problem;
use crate::shop::Api;
use orders::{Order, State};
use std::time::Duration;
use tokio::time::Instant;

/// Another process may have written to the store unheard, so whoever waits also looks by itself.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The order once it has left `pending`, or as it is when the time is over or the process is about
/// to end; and its version.
///
/// # Errors
/// The store can't be read.
pub(super) async fn left_pending(
    api: &Api,
    order_id: &str,
    span: Duration,
) -> Result<(Order, u64), Problem> {
    let deadline = Instant::now() + span;
    let mut news = api.shop().news(Some(order_id.into()));
    limits::rest();
    loop {
        let is_over = api.is_leaving() || Instant::now() >= deadline;
        let (order, version) = find(api, order_id).await?;
        if is_over || order.state != State::Pending {
            return Ok((order, version));
        }
        tokio::select! {
            () = news.next() => {}
            () = api.left() => {}
            () = tokio::time::sleep_until(deadline.min(Instant::now() + LOOK_INTERVAL)) => {}
        }
    }
}
