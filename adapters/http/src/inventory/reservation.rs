//! Reservations as they are shown.

use crate::conditional::versioned;
use crate::input::{Id, Path};
use crate::openapi::schemas::{self, words};
use crate::problem::{Problem, RESERVATION_NOT_FOUND};
use crate::shop::Api;
use crate::trace;
use crate::view::time;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use inventory::{Record, Reservation, reservation_key};
use serde::{Deserialize, Serialize};
use utoipa::openapi::Object;
use utoipa::{IntoParams, ToSchema};

/// What is held for an order.
#[derive(Serialize, ToSchema)]
pub(super) struct ReservationView {
    /// The order.
    #[schema(example = "o-1")]
    order_id: String,
    /// Where it stands.
    #[schema(schema_with = states)]
    state: &'static str,
    /// Why it was released or rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What is, or was, held.
    lines: Vec<HeldLineView>,
    /// When a hold ends by itself.
    #[schema(schema_with = schemas::time)]
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

fn states() -> Object {
    words(["held", "committed", "consumed", "released", "rejected"])
}

fn view(order_id: &str, held: &Reservation, version: u64) -> ReservationView {
    let line = |line: &inventory::HeldLine| HeldLineView {
        sku: line.sku.clone(),
        location: line.location.clone(),
        quantity: line.quantity,
    };
    ReservationView {
        order_id: order_id.into(),
        state: held.state.as_str(),
        reason: held.reason.clone(),
        lines: held.lines.iter().map(line).collect(),
        expires_at: time(held.expires_at),
        version,
    }
}

/// Which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ReservationPath {
    /// The order's id.
    #[param(example = "o-1")]
    order_id: Id,
}

/// What is held for an order.
#[utoipa::path(get, path = "/reservations/{order_id}", tag = "inventory",
    params(ReservationPath),
    responses((status = 200, description = "The reservation", body = ReservationView)))]
pub(super) async fn get_reservation(
    State(api): State<Api>,
    Path(ReservationPath { order_id }): Path<ReservationPath>,
) -> Result<Response, Problem> {
    trace::about_order(order_id.as_str());
    let found = api.record::<Record, Reservation>(reservation_key(order_id.as_str())).await?;
    let detail = || format!("nothing is reserved for order {order_id}");
    let (held, version) = found.ok_or_else(|| Problem::new(&RESERVATION_NOT_FOUND, detail()))?;
    Ok(versioned(StatusCode::OK, version, &view(order_id.as_str(), &held, version)))
}

/// The reservation of the examples in that state.
pub(super) fn example(state: &str) -> Option<ReservationView> {
    let mut states = inventory::examples::states().into_iter();
    let (_, records) = states.find(|(name, _)| *name == state)?;
    let held = |(key, record): &(service::RecordKey, Record)| match record {
        Record::Reservation(it) => Some(view(key.subject.as_str(), it, 1)),
        _ => None,
    };
    records.iter().find_map(held)
}
