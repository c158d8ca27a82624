//! An order as it stands, and what was published about it.

use super::view::{OrderView, view};
use super::{OrderPath, find};
use crate::conditional::versioned;
use crate::events::{data, data_schema, events_of};
use crate::input::Path;
use crate::openapi::schemas;
use crate::problem::Problem;
use crate::shop::Api;
use crate::view::time;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::{Message, MessageType, ServiceName};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::Object;

/// Messages about one order that are read for its events.
const EVENTS_MAX: usize = 10_000;

/// An order as it stands.
#[utoipa::path(get, path = "/orders/{order_id}", tag = "orders", params(OrderPath),
    responses((status = 200, description = "The order", body = OrderView)))]
pub(super) async fn get_order(
    State(api): State<Api>,
    Path(OrderPath { order_id }): Path<OrderPath>,
) -> Result<Response, Problem> {
    let (order, version) = find(&api, order_id.as_str()).await?;
    Ok(versioned(StatusCode::OK, version, &view(order_id.as_str(), &order, version)))
}

/// Everything that was published about an order, oldest first.
#[derive(Serialize, ToSchema)]
pub(super) struct EventsView {
    /// The events.
    events: Vec<EventView>,
}

/// One event.
#[derive(Serialize, ToSchema)]
struct EventView {
    /// Counts from 1.
    sequence: usize,
    /// Such as `OrderCreated`.
    #[schema(schema_with = types)]
    r#type: &'static str,
    /// When it happened.
    #[schema(schema_with = schemas::time)]
    time: String,
    /// What it says.
    #[schema(schema_with = data_schema)]
    data: Value,
}

fn types() -> Object {
    schemas::words(events_of(ServiceName::Orders).map(MessageType::name))
}

impl EventsView {
    fn of<'a>(log: impl Iterator<Item = &'a Message>) -> Self {
        let is_own =
            |it: &&Message| events_of(ServiceName::Orders).any(|own| own == it.body.message_type());
        let events = log.filter(is_own).enumerate().map(|(index, message)| EventView {
            sequence: index + 1,
            r#type: message.body.message_type().name(),
            time: time(message.time),
            data: data(&message.body),
        });
        Self { events: events.collect() }
    }
}

/// What was published about an order.
///
/// Every event that orders published about it, oldest first.
#[utoipa::path(get, path = "/orders/{order_id}/events", tag = "orders", params(OrderPath),
    responses((status = 200, description = "The events", body = EventsView)))]
pub(super) async fn list_order_events(
    State(api): State<Api>,
    Path(OrderPath { order_id }): Path<OrderPath>,
) -> Result<axum::Json<EventsView>, Problem> {
    find(&api, order_id.as_str()).await?;
    let log = api.log_of(order_id.as_str(), EVENTS_MAX).await?;
    Ok(axum::Json(EventsView::of(log.iter().map(|logged| &logged.message))))
}

/// An example for the document.
pub(super) fn example_of_events() -> EventsView {
    let created = contracts::messages::OrderCreated {
        order_id: "o-1".into(),
        user_id: "u-1".into(),
        total: Some(contracts::Money::new(12_345, contracts::Currency::USD)),
        payment_method: "pm_card_visa".into(),
        ..Default::default()
    };
    let confirmed = contracts::messages::OrderConfirmed { order_id: "o-1".into() };
    let message =
        |body: contracts::Body| service::play::message(service::play::NOW, "o-1", None, body);
    EventsView::of([message(created.into()), message(confirmed.into())].iter())
}
