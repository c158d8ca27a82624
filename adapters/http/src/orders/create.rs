//! `POST /orders`.

use super::request::{NewOrder, order};
use super::view::{OrderView, acknowledgement, view};
use super::wait::left_pending;
use crate::conditional::{Condition, versioned};
use crate::idempotency::{Identity, fingerprint};
use crate::input::Json;
use crate::prefer::Wait;
use crate::problem::Problem;
use crate::shop::{Api, read};
use crate::trace;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use contracts::messages::CreateOrder;
use contracts::{Body, ServiceName};
use orders::AcknowledgedOrder;

/// Places an order.
///
/// It is answered once the order is on disk; its saga goes on by itself. The same order id, or the
/// same idempotency key, with the same request gets the same answer. `Prefer: wait=10` waits until
/// the order has left `pending`, or until the time is over, and shows the order as it is then.
#[utoipa::path(post, path = "/orders", request_body = NewOrder, tag = "orders",
    responses((status = 201, description = "The order was taken", body = OrderView)))]
pub(super) async fn create_order(
    State(api): State<Api>,
    condition: Condition,
    identity: Identity,
    wait: Wait,
    Json(new): Json<NewOrder>,
) -> Result<Response, Problem> {
    condition.allows_creation()?;
    let asked = order(new, api.currency())?;
    let fingerprint = fingerprint(&[&Body::from(asked.clone()).encode()]);
    let order_id = match asked.order_id.as_str() {
        "" => uuid::Uuid::now_v7().to_string(),
        given => given.to_string(),
    };
    trace::about_order(&order_id);
    let user_id = asked.user_id.clone();
    let message = api.message(&order_id, CreateOrder { order_id: order_id.clone(), ..asked });
    let key = identity.request_key(&user_id, fingerprint);
    let waiting = wait.span().map(|span| (span, api.shop().news(Some(order_id.as_str().into()))));
    let json = api.send(ServiceName::Orders, message, key).await?;
    let told: AcknowledgedOrder = read(&json)?;
    let mut response = match waiting {
        None => versioned(StatusCode::CREATED, 1, &acknowledgement(&told)),
        Some((span, news)) => {
            let is_first = told.order_id == order_id; // not one that was placed before
            let of_told = || api.shop().news(Some(told.order_id.as_str().into()));
            let news = if is_first { news } else { of_told() };
            let (order, version) = left_pending(&api, &told.order_id, news, span).await?;
            let shown = view(&told.order_id, &order, version).created();
            let mut response = versioned(StatusCode::CREATED, version, &shown);
            wait.say(&mut response);
            response
        }
    };
    if let Ok(location) = HeaderValue::from_str(&format!("/orders/{}", told.order_id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
