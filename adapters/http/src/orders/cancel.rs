//! `POST /orders/{order_id}/cancel`.

use super::view::{OrderView, view};
use super::{OrderPath, find};
use crate::conditional::{Condition, versioned};
use crate::idempotency::{Identity, fingerprint};
use crate::input::{Json, Path, Text};
use crate::problem::Problem;
use crate::shop::{Api, read};
use crate::trace;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::messages::CancelOrder;
use contracts::{Message, ServiceName};
use orders::Order;
use serde::Deserialize;
use service::Versioned;
use utoipa::ToSchema;

/// Why an order is cancelled.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancellation {
    /// For people, at most 500 characters.
    reason: Option<Text>,
}

/// An example for the document.
pub(super) fn example() -> serde_json::Value {
    serde_json::json!({ "reason": "ordered twice" })
}

/// Cancels an order.
///
/// Whatever its saga does just now; it ends in `cancelled`.
#[utoipa::path(post, path = "/orders/{order_id}/cancel", tag = "orders",
    request_body = Cancellation, params(OrderPath),
    responses((status = 202, description = "It will be cancelled", body = OrderView)))]
pub(super) async fn cancel_order(
    State(api): State<Api>,
    Path(OrderPath { order_id }): Path<OrderPath>,
    condition: Condition,
    identity: Identity,
    Json(cancellation): Json<Cancellation>,
) -> Result<Response, Problem> {
    trace::about_order(order_id.as_str());
    let reason = cancellation.reason.map(String::from);
    let reason = reason.unwrap_or_else(|| "cancelled by the customer".into());
    let fingerprint = fingerprint(&[
        order_id.as_str().as_bytes(),
        reason.as_bytes(),
        condition.to_string().as_bytes(),
    ]);
    let command = CancelOrder { order_id: order_id.to_string(), reason };
    let version = match condition.needs_current() {
        true => condition.seen(Some(find(&api, order_id.as_str()).await?.1))?,
        false => condition.seen(None)?,
    };
    let message = Message { version, ..api.message(order_id.as_str(), command) };
    let key = identity.request_key("", fingerprint);
    let json = api.send(ServiceName::Orders, message, key).await?;
    let Versioned { version, content: order } = read::<Versioned<Order>>(&json)?;
    Ok(versioned(StatusCode::ACCEPTED, version, &view(order_id.as_str(), &order, version)))
}
