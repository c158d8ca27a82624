//! The routes of orders.

mod events;
mod request;
mod view;

use crate::idempotency::{fingerprint, inbox_key};
use crate::input::{self, Json};
use crate::problem::{ORDER_NOT_FOUND, Problem};
use crate::shop::{Api, read};
use crate::view::{Path, time, versioned};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use contracts::messages::{CancelOrder, CreateOrder};
use contracts::{Body, ServiceName};
use events::{EventData, event_data};
use orders::{AcknowledgedOrder, Order, Record, order_key};
use request::{NewOrder, order};
use serde::{Deserialize, Serialize};
use service::Versioned;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use view::{OrderView, acknowledgement, view};

/// Messages about one order that are read for its events.
const EVENTS_MAX: usize = 10_000;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(create_order))
        .routes(routes!(get_order))
        .routes(routes!(order_events))
        .routes(routes!(cancel_order))
}

/// Places an order. It is answered once the order is on disk; its saga goes on by itself.
#[utoipa::path(post, path = "/orders", request_body = NewOrder, tag = "orders",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition safe")),
    responses(
        (status = 201, description = "The order was taken", body = OrderView,
         headers(("Location" = String))),
        (status = 409, description = "`order_exists`", body = Problem),
        (status = 422, description = "A value is not allowed", body = Problem),
        (status = 503, description = "Not now", body = Problem)))]
async fn create_order(
    State(api): State<Api>,
    headers: HeaderMap,
    Json(new): Json<NewOrder>,
) -> Result<Response, Problem> {
    let asked = order(new, api.currency)?;
    let fingerprint = fingerprint(&[&Body::from(asked.clone()).encode()]);
    let order_id = match asked.order_id.as_str() {
        "" => uuid::Uuid::now_v7().to_string(),
        given => given.to_string(),
    };
    let user_id = asked.user_id.clone();
    let request = CreateOrder { order_id: order_id.clone(), ..asked };
    let message = api.message(&order_id, request);
    let key = inbox_key(&headers, "POST /orders", &user_id, message.id)?;
    let json = api.send(ServiceName::Orders, message, key, fingerprint).await?;
    let told: AcknowledgedOrder = read(&json)?;
    let mut response = versioned(StatusCode::CREATED, 1, &acknowledgement(&told));
    if let Ok(location) = HeaderValue::from_str(&format!("/orders/{}", told.order_id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn find(api: &Api, order_id: &str) -> Result<(Order, u64), Problem> {
    let found = api.record::<Record, Order>(order_key(order_id)).await?;
    let detail = || format!("there is no order {order_id}");
    found.ok_or_else(|| Problem::new(&ORDER_NOT_FOUND, detail()))
}

/// An order as it stands.
#[utoipa::path(get, path = "/orders/{order_id}", tag = "orders",
    params(("order_id" = String, Path)),
    responses(
        (status = 200, description = "The order", body = OrderView),
        (status = 404, description = "`order_not_found`", body = Problem)))]
async fn get_order(
    State(api): State<Api>,
    Path(order_id): Path<String>,
) -> Result<Response, Problem> {
    input::id("order_id", &order_id)?;
    let (order, version) = find(&api, &order_id).await?;
    Ok(versioned(StatusCode::OK, version, &view(&order_id, &order, version)))
}

/// Everything that was published about an order, oldest first.
#[derive(Serialize, ToSchema)]
struct EventsView {
    /// The events.
    events: Vec<EventView>,
}

/// One event.
#[derive(Serialize, ToSchema)]
struct EventView {
    /// Counts from 1.
    sequence: usize,
    /// Such as `OrderCreated`.
    r#type: &'static str,
    /// RFC 3339.
    time: String,
    /// What it says.
    data: EventData,
}

/// Every event that orders published about an order, oldest first.
#[utoipa::path(get, path = "/orders/{order_id}/events", tag = "orders",
    params(("order_id" = String, Path)),
    responses(
        (status = 200, description = "The events", body = EventsView),
        (status = 404, description = "`order_not_found`", body = Problem)))]
async fn order_events(
    State(api): State<Api>,
    Path(order_id): Path<String>,
) -> Result<axum::Json<EventsView>, Problem> {
    input::id("order_id", &order_id)?;
    find(&api, &order_id).await?;
    let log = api.log_of(&order_id, EVENTS_MAX).await?;
    let messages = log.iter().map(|logged| &logged.message);
    let published = messages.filter_map(|it| Some((it, event_data(&it.body)?)));
    let events = published.enumerate().map(|(index, (message, data))| EventView {
        sequence: index + 1,
        r#type: message.body.message_type().name(),
        time: time(message.time),
        data,
    });
    Ok(axum::Json(EventsView { events: events.collect() }))
}

/// Why an order is cancelled.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    /// For people.
    reason: Option<String>,
}

/// Cancels an order, whatever its saga does just now; it ends in `cancelled`.
#[utoipa::path(post, path = "/orders/{order_id}/cancel", tag = "orders",
    request_body = Cancellation,
    params(("order_id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repetition safe")),
    responses(
        (status = 202, description = "It will be cancelled", body = OrderView),
        (status = 404, description = "`order_not_found`", body = Problem),
        (status = 409, description = "`order_not_cancellable`", body = Problem)))]
async fn cancel_order(
    State(api): State<Api>,
    Path(order_id): Path<String>,
    headers: HeaderMap,
    Json(cancellation): Json<Cancellation>,
) -> Result<Response, Problem> {
    input::id("order_id", &order_id)?;
    let reason = cancellation.reason.unwrap_or_else(|| "cancelled by the customer".into());
    input::text("reason", &reason)?;
    let fingerprint = fingerprint(&[order_id.as_bytes(), reason.as_bytes()]);
    let message = api.message(&order_id, CancelOrder { order_id: order_id.clone(), reason });
    let route = format!("POST /orders/{order_id}/cancel");
    let key = inbox_key(&headers, &route, "", message.id)?;
    let json = api.send(ServiceName::Orders, message, key, fingerprint).await?;
    let Versioned { version, content: order } = read::<Versioned<Order>>(&json)?;
    Ok(versioned(StatusCode::ACCEPTED, version, &view(&order_id, &order, version)))
}
