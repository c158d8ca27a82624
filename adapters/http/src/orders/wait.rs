//! Waiting for what comes of a new order.

use super::find;
use crate::limits;
use crate::problem::Problem;
use crate::shop::{Api, decode};
use engine::News;
use orders::{Order, Record, State, order_key};
use service::RecordKey;
use std::time::Duration;
use tokio::time::Instant;

/// Another process may have written to the store unheard, so whoever waits also looks by itself.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The order once it has left `pending`, or as it is when the time is over or the process is about
/// to end; and its version. What `news` tell of it need not be read.
///
/// # Errors
/// The store can't be read.
pub(super) async fn left_pending(
    api: &Api,
    order_id: &str,
    mut news: News,
    span: Duration,
) -> Result<(Order, u64), Problem> {
    let deadline = Instant::now() + span;
    let key = RecordKey::from(order_key(order_id));
    limits::rest();
    let mut heard = news.written(&key);
    loop {
        let is_over = api.is_leaving() || Instant::now() >= deadline;
        let (order, version) = match heard {
            Some(stored) => decode::<Record, Order>(&stored)?,
            None => find(api, order_id).await?,
        };
        if is_over || order.state != State::Pending {
            return Ok((order, version));
        }
        heard = tokio::select! {
            () = news.next() => news.written(&key),
            () = api.left() => None,
            () = tokio::time::sleep_until(deadline.min(Instant::now() + LOOK_INTERVAL)) => None,
        };
    }
}
