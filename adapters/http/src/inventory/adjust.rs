//! `POST /stock/{sku}/adjustments`.

use super::stock::{DEFAULT_LOCATION, StockPath, StockView, expected, view};
use crate::conditional::{Condition, versioned};
use crate::idempotency::{Identity, fingerprint};
use crate::input::{Id, Json, Path, Text, Whole};
use crate::problem::Problem;
use crate::shop::{Api, read};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::messages::AdjustStock;
use contracts::{Message, ServiceName};
use inventory::{ON_HAND_MAX, Stock};
use serde::Deserialize;
use service::Versioned;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{OneOfBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

const DELTA_MAX: i64 = ON_HAND_MAX as i64;

/// Units that were found, or, less than 0, that are gone; never 0.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "Whole<{ -DELTA_MAX }, DELTA_MAX>")]
struct Delta(i64);

impl TryFrom<Whole<{ -DELTA_MAX }, DELTA_MAX>> for Delta {
    type Error = &'static str;

    fn try_from(delta: Whole<{ -DELTA_MAX }, DELTA_MAX>) -> Result<Self, Self::Error> {
        match delta.get() {
            0 => Err("is 0, which changes nothing; at least one unit is found or gone"),
            units => Ok(Self(units)),
        }
    }
}

impl PartialSchema for Delta {
    fn schema() -> RefOr<Schema> {
        let gone = Whole::<{ -DELTA_MAX }, -1>::schema();
        let found = Whole::<1, DELTA_MAX>::schema();
        OneOfBuilder::new().item(gone).item(found).into()
    }
}

/// What was found to be different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Adjustment {
    /// Units that were found, or, less than 0, that are gone.
    #[schema(schema_with = Delta::schema)]
    delta: Delta,
    /// Where; `main` if absent.
    #[schema(example = "main")]
    location: Option<Id>,
    /// Why; for people.
    #[schema(example = "broken in transport")]
    reason: Text,
}

/// For the document.
pub(super) fn example() -> serde_json::Value {
    serde_json::json!({ "delta": -1, "reason": "broken in transport" })
}

/// Adds to the stock of a SKU at one location, or takes from it.
#[utoipa::path(post, path = "/stock/{sku}/adjustments", tag = "inventory",
    request_body = Adjustment, params(StockPath),
    responses((status = 201, description = "The stock as it is then", body = StockView)))]
pub(super) async fn adjust_stock(
    State(api): State<Api>,
    Path(StockPath { sku }): Path<StockPath>,
    condition: Condition,
    identity: Identity,
    Json(adjustment): Json<Adjustment>,
) -> Result<Response, Problem> {
    let command = AdjustStock {
        sku: sku.to_string(),
        location: adjustment.location.map_or_else(|| DEFAULT_LOCATION.into(), String::from),
        delta: adjustment.delta.0,
        reason: adjustment.reason.into(),
    };
    let version = expected(&api, &sku, &condition).await?;
    let message = Message { version, ..api.message(sku.as_str(), command) };
    let said = condition.to_string();
    let fingerprint = fingerprint(&[&message.body.encode(), said.as_bytes()]);
    let key = identity.request_key("", fingerprint);
    let json = api.send(ServiceName::Inventory, message, key).await?;
    let Versioned { version, content: stock } = read::<Versioned<Stock>>(&json)?;
    Ok(versioned(StatusCode::CREATED, version, &view(sku.as_str(), &stock, version)))
}
