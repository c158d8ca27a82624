//! The routes of inventory.

use crate::idempotency::fingerprint;
use crate::input::{self, Json};
use crate::problem::{Problem, RESERVATION_NOT_FOUND, SKU_NOT_FOUND};
use crate::shop::{Api, read};
use crate::view::{Path, time, versioned};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::ServiceName;
use contracts::messages::{SetStock, StockPolicy};
use inventory::{ON_HAND_MAX, Policy, Record, Reservation, Stock, reservation_key, stock_key};
use serde::{Deserialize, Serialize};
use service::Versioned;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const DEFAULT_LOCATION: &str = "main";

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(set_stock, get_stock)).routes(routes!(get_reservation))
}

/// Stock that was counted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountedStock {
    /// Units that lie there.
    on_hand: u64,
    /// Where; `main` if absent.
    location: Option<String>,
    /// `deny` or `untracked`; as it was, if absent.
    policy: Option<String>,
}

/// The stock of a SKU.
#[derive(Serialize, ToSchema)]
struct StockView {
    /// What.
    sku: String,
    /// Units over all locations.
    on_hand: u64,
    /// Of them, units promised to orders.
    reserved: u64,
    /// Units that can still be promised.
    available: u64,
    /// By location.
    locations: Vec<LocationView>,
    /// `deny` or `untracked`.
    policy: &'static str,
    /// Rises with every change.
    version: u64,
}

/// The stock at one location.
#[derive(Serialize, ToSchema)]
struct LocationView {
    /// Its name.
    location: String,
    /// Units that lie there.
    on_hand: u64,
    /// Of them, units promised to orders.
    reserved: u64,
    /// Units that can still be promised.
    available: u64,
}

fn view(sku: &str, stock: &Stock, version: u64) -> StockView {
    let location = |place: &inventory::Place| LocationView {
        location: place.location.clone(),
        on_hand: place.on_hand,
        reserved: place.reserved,
        available: place.available(),
    };
    StockView {
        sku: sku.into(),
        on_hand: stock.on_hand(),
        reserved: stock.reserved(),
        available: stock.on_hand().saturating_sub(stock.reserved()),
        locations: stock.places.iter().map(location).collect(),
        policy: match stock.policy {
            Policy::Deny => "deny",
            Policy::Untracked => "untracked",
        },
        version,
    }
}

/// Sets the counted stock of a SKU at one location.
#[utoipa::path(put, path = "/stock/{sku}", tag = "inventory", request_body = CountedStock,
    params(("sku" = String, Path)),
    responses(
        (status = 200, description = "The stock", body = StockView),
        (status = 409, description = "`stock_below_reserved`", body = Problem),
        (status = 422, description = "A value is not allowed", body = Problem)))]
async fn set_stock(
    State(api): State<Api>,
    Path(sku): Path<String>,
    Json(counted): Json<CountedStock>,
) -> Result<Response, Problem> {
    input::id("sku", &sku)?;
    let location = counted.location.unwrap_or_else(|| DEFAULT_LOCATION.into());
    input::id("location", &location)?;
    if counted.on_hand > ON_HAND_MAX {
        let message = format!("is {}; 0 to {ON_HAND_MAX} is allowed", counted.on_hand);
        return Err(Problem::field("on_hand", message));
    }
    let policy = match counted.policy.as_deref() {
        None => StockPolicy::Unspecified,
        Some("deny") => StockPolicy::Deny,
        Some("untracked") => StockPolicy::Untracked,
        Some(other) => {
            let message = format!("is {other:?}; deny or untracked is allowed");
            return Err(Problem::field("policy", message));
        }
    };
    let command =
        SetStock { sku: sku.clone(), location, on_hand: counted.on_hand, policy: policy.into() };
    let message = api.message(&sku, command);
    let (key, fingerprint) = (message.id, fingerprint(&[&message.body.encode()]));
    let json = api.send(ServiceName::Inventory, message, key, fingerprint).await?;
    let Versioned { version, content: stock } = read::<Versioned<Stock>>(&json)?;
    Ok(versioned(StatusCode::OK, version, &view(&sku, &stock, version)))
}

/// The stock of a SKU.
#[utoipa::path(get, path = "/stock/{sku}", tag = "inventory", params(("sku" = String, Path)),
    responses(
        (status = 200, description = "The stock", body = StockView),
        (status = 404, description = "`sku_not_found`", body = Problem)))]
async fn get_stock(State(api): State<Api>, Path(sku): Path<String>) -> Result<Response, Problem> {
    input::id("sku", &sku)?;
    let found = api.record::<Record, Stock>(stock_key(&sku)).await?;
    let missing = || Problem::new(&SKU_NOT_FOUND, format!("there is no SKU {sku}"));
    let (stock, version) = found.ok_or_else(missing)?;
    Ok(versioned(StatusCode::OK, version, &view(&sku, &stock, version)))
}

/// What is held for an order.
#[derive(Serialize, ToSchema)]
struct ReservationView {
    /// The order.
    order_id: String,
    /// `held`, `committed`, `consumed`, `released` or `rejected`.
    state: &'static str,
    /// Why it was released or rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What is, or was, held.
    lines: Vec<HeldLineView>,
    /// When a hold ends by itself; RFC 3339.
    expires_at: String,
    /// Rises with every change.
    version: u64,
}

/// Units of one SKU at one location.
#[derive(Serialize, ToSchema)]
struct HeldLineView {
    /// What.
    sku: String,
    /// Where; empty for what is not counted.
    location: String,
    /// How many units.
    quantity: u32,
}

/// What is held for an order.
#[utoipa::path(get, path = "/reservations/{order_id}", tag = "inventory",
    params(("order_id" = String, Path)),
    responses(
        (status = 200, description = "The reservation", body = ReservationView),
        (status = 404, description = "`reservation_not_found`", body = Problem)))]
async fn get_reservation(
    State(api): State<Api>,
    Path(order_id): Path<String>,
) -> Result<Response, Problem> {
    input::id("order_id", &order_id)?;
    let found = api.record::<Record, Reservation>(reservation_key(&order_id)).await?;
    let detail = || format!("nothing is reserved for order {order_id}");
    let (held, version) = found.ok_or_else(|| Problem::new(&RESERVATION_NOT_FOUND, detail()))?;
    let line = |line: inventory::HeldLine| HeldLineView {
        sku: line.sku,
        location: line.location,
        quantity: line.quantity,
    };
    let shown = ReservationView {
        order_id,
        state: held.state.as_str(),
        reason: held.reason,
        lines: held.lines.into_iter().map(line).collect(),
        expires_at: time(held.expires_at),
        version,
    };
    Ok(versioned(StatusCode::OK, version, &shown))
}
