//! The routes of orders.

use crate::idempotency::{fingerprint, inbox_key};
use crate::input::{self, Amount, Json, LINES_MAX, METADATA_BYTES_MAX, QUANTITY_MAX};
use crate::problem::{
    AMOUNT_MISMATCH, INTERNAL_ERROR, ORDER_NOT_FOUND, PAYLOAD_TOO_LARGE, Problem,
};
use crate::shop::Api;
use crate::view::{MoneyView, time, versioned};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contracts::messages::{CancelOrder, CaptureMode, CreateOrder, Line};
use contracts::{Body, Channel, Currency, Money, ServiceName, Source};
use orders::{AcknowledgedOrder, Order, Record, order_key};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Messages about one order that are read for its events.
const EVENTS_MAX: usize = 10_000;
const DEFAULT_PAYMENT_METHOD: &str = "pm_card_visa";

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(create_order))
        .routes(routes!(get_order))
        .routes(routes!(order_events))
        .routes(routes!(cancel_order))
}

/// An order to be placed: an amount, or lines, or both if they agree.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrder {
    /// 1 to 128 characters from `A-Z a-z 0-9 - _ . : ~`; made by the server if absent.
    #[schema(example = "o-1")]
    order_id: Option<String>,
    /// Who orders.
    #[schema(example = "u-1")]
    user_id: String,
    /// Major units, as a number or a text.
    #[schema(value_type = Option<String>, example = "123.45")]
    amount: Option<Amount>,
    /// ISO 4217; the configured default if absent.
    #[schema(example = "USD")]
    currency: Option<String>,
    /// What is ordered, at most 100 lines.
    lines: Option<Vec<NewLine>>,
    /// A token of the payment provider, or `invoice`.
    #[schema(example = "pm_card_visa")]
    payment_method: Option<String>,
    /// `automatic` or `manual`.
    #[schema(example = "automatic")]
    capture_mode: Option<String>,
    /// Any JSON object of at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
}

/// One line of an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLine {
    /// What.
    sku: String,
    /// How many units, at least 1.
    quantity: u32,
    /// What one costs, in major units.
    #[schema(value_type = String, example = "9.99")]
    unit_price: Amount,
}

/// An order.
#[derive(Serialize, ToSchema)]
struct OrderView {
    /// Its id.
    order_id: String,
    /// `created`, in the answer to POST /orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Who ordered.
    user_id: String,
    /// `pending`, `confirmed`, `completed`, `cancelling`, `cancelled` or `rejected`.
    state: &'static str,
    /// Why it was rejected or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Nothing will change any more by itself.
    settled: bool,
    /// The customer wants it cancelled.
    cancel_requested: bool,
    /// What it costs.
    total: MoneyView,
    /// What was ordered.
    lines: Vec<LineView>,
    /// `none`, `authorized`, `paid`, `partially_refunded` or `refunded`.
    #[schema(value_type = String)]
    payment_status: orders::PaymentStatus,
    /// `none` or `not_required`.
    #[schema(value_type = String)]
    fulfillment_status: orders::FulfillmentStatus,
    /// The saga that places it.
    saga_id: String,
    /// Rises with every change.
    version: u64,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    updated_at: String,
    /// The customer's own data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
}

/// One line of an order.
#[derive(Serialize, ToSchema)]
struct LineView {
    /// What.
    sku: String,
    /// How many units.
    quantity: u32,
    /// What one costs.
    unit_price: MoneyView,
}

impl From<&orders::OrderLine> for LineView {
    fn from(line: &orders::OrderLine) -> Self {
        let (sku, quantity) = (line.sku.clone(), line.quantity);
        Self { sku, quantity, unit_price: line.unit_price.into() }
    }
}

fn view(order_id: &str, order: &Order, version: u64) -> OrderView {
    OrderView {
        order_id: order_id.into(),
        status: None,
        user_id: order.user_id.clone(),
        state: order.state.as_str(),
        reason: order.reason.clone(),
        settled: order.is_settled(),
        cancel_requested: order.cancel_requested,
        total: order.total.into(),
        lines: order.lines.iter().map(LineView::from).collect(),
        payment_status: order.payment_status(),
        fulfillment_status: order.fulfillment_status(),
        saga_id: order_id.into(),
        version,
        created_at: time(order.created_at),
        updated_at: time(order.updated_at),
        metadata: RawValue::from_string(order.metadata.clone()).ok(),
    }
}

fn acknowledgement(order: &AcknowledgedOrder) -> OrderView {
    let fulfillment_status = match order.lines.is_empty() {
        true => orders::FulfillmentStatus::NotRequired,
        false => orders::FulfillmentStatus::None,
    };
    OrderView {
        order_id: order.order_id.clone(),
        status: Some("created"),
        user_id: order.user_id.clone(),
        state: orders::State::Pending.as_str(),
        reason: None,
        settled: false,
        cancel_requested: false,
        total: order.total.into(),
        lines: order.lines.iter().map(LineView::from).collect(),
        payment_status: orders::PaymentStatus::None,
        fulfillment_status,
        saga_id: order.order_id.clone(),
        version: 1,
        created_at: time(order.created_at),
        updated_at: time(order.created_at),
        metadata: RawValue::from_string(order.metadata.clone()).ok(),
    }
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
    let asked = order(&api, new)?;
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

fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Problem> {
    let broken = |error| Problem::new(&INTERNAL_ERROR, format!("the reply can't be read: {error}"));
    serde_json::from_str(json).map_err(broken)
}

fn order(api: &Api, new: NewOrder) -> Result<CreateOrder, Problem> {
    if let Some(order_id) = &new.order_id {
        input::id("order_id", order_id)?;
    }
    input::id("user_id", &new.user_id)?;
    let method = new.payment_method.unwrap_or_else(|| DEFAULT_PAYMENT_METHOD.into());
    input::id("payment_method", &method)?;
    let currency = new.currency.map(|code| code.parse::<Currency>()).transpose();
    let currency = currency.map_err(|error| Problem::field("currency", error.to_string()))?;
    let currency = currency.unwrap_or(api.currency);
    let capture_mode = match new.capture_mode.as_deref() {
        None | Some("automatic") => CaptureMode::Automatic,
        Some("manual") => CaptureMode::Manual,
        Some(other) => {
            let message = format!("is {other:?}; automatic or manual is allowed");
            return Err(Problem::field("capture_mode", message));
        }
    };
    let amount = new.amount.map(|amount| amount.money("amount", currency)).transpose()?;
    let lines = lines(new.lines.as_deref().unwrap_or_default(), currency)?;
    Ok(CreateOrder {
        order_id: new.order_id.unwrap_or_default(),
        user_id: new.user_id,
        total: Some(total(amount, &lines, currency)?),
        lines,
        capture_mode: capture_mode.into(),
        payment_method: method,
        metadata: metadata(new.metadata)?,
    })
}

fn lines(new: &[NewLine], currency: Currency) -> Result<Vec<Line>, Problem> {
    if new.len() > LINES_MAX {
        let message = format!("has {} lines; at most {LINES_MAX} are allowed", new.len());
        return Err(Problem::field("lines", message));
    }
    let line = |(index, line): (usize, &NewLine)| {
        let field = |name: &str| format!("lines[{index}].{name}");
        input::id(&field("sku"), &line.sku)?;
        if line.quantity == 0 || line.quantity > QUANTITY_MAX {
            let message = format!("is {}; 1 to {QUANTITY_MAX} is allowed", line.quantity);
            return Err(Problem::field(field("quantity"), message));
        }
        let unit_price = line.unit_price.money(&field("unit_price"), currency)?;
        Ok(Line { sku: line.sku.clone(), quantity: line.quantity, unit_price: Some(unit_price) })
    };
    new.iter().enumerate().map(line).collect()
}

fn total(amount: Option<Money>, lines: &[Line], currency: Currency) -> Result<Money, Problem> {
    if lines.is_empty() {
        let message = "either amount or lines must be there";
        return amount.ok_or_else(|| Problem::field("amount", message));
    }
    let prices = lines.iter().map(|line| line.unit_price?.checked_mul(line.quantity));
    let add = |sum: Option<Money>, price: Option<Money>| sum?.checked_add(price?);
    let sum = input::sum("lines", prices.fold(Some(Money::zero(currency)), add))?;
    match amount {
        Some(amount) if amount != sum => {
            let detail = format!("amount is {amount}, the lines make {sum}");
            Err(Problem::new(&AMOUNT_MISMATCH, detail))
        }
        _ => Ok(sum),
    }
}

fn metadata(given: Option<Box<RawValue>>) -> Result<String, Problem> {
    let Some(given) = given else { return Ok(String::new()) };
    let text = given.get();
    if text.len() > METADATA_BYTES_MAX {
        let detail = format!("metadata has {} bytes, not {METADATA_BYTES_MAX}", text.len());
        return Err(Problem::new(&PAYLOAD_TOO_LARGE, detail));
    }
    match text.starts_with('{') {
        true => Ok(text.into()),
        false => Err(Problem::field("metadata", "must be a JSON object")),
    }
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
    #[schema(value_type = Object)]
    data: Body,
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
    let log = api.shop().log_of(order_id.as_str().into(), EVENTS_MAX).await;
    let log = log.map_err(|error| crate::shop::store_problem(&error))?;
    let is_event = |message: &contracts::Message| {
        message.source == Source::Service(ServiceName::Orders)
            && message.body.message_type().channel() == Channel::Event
    };
    let events = log.into_iter().map(|logged| logged.message).filter(is_event).enumerate();
    let events = events.map(|(index, message)| EventView {
        sequence: index + 1,
        r#type: message.body.message_type().name(),
        time: time(message.time),
        data: message.body,
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
    let order: Order = read(&json)?;
    let (_, version) = find(&api, &order_id).await?;
    let shown = view(&order_id, &order, version);
    Ok((StatusCode::ACCEPTED, axum::Json(shown)).into_response())
}
