//! Stock: counted, and shown.

use crate::conditional::{Condition, versioned};
use crate::input::{Id, Json, Path, Whole};
use crate::openapi::schemas::words;
use crate::problem::{Problem, SKU_NOT_FOUND};
use crate::shop::{Api, read};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::messages::{SetStock, StockPolicy};
use contracts::{Message, ServiceName};
use inventory::{ON_HAND_MAX, Policy, Record, Stock, stock_key};
use serde::{Deserialize, Serialize};
use service::Versioned;
use utoipa::openapi::Object;
use utoipa::{IntoParams, PartialSchema, ToSchema};

const DEFAULT_LOCATION: &str = "main";
/// Units that may lie at one location.
type OnHand = Whole<0, { ON_HAND_MAX as i64 }>;

/// Stock that was counted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CountedStock {
    /// Units that lie there.
    #[schema(schema_with = OnHand::schema)]
    on_hand: OnHand,
    /// Where; `main` if absent.
    #[schema(example = "main")]
    location: Option<Id>,
    /// What happens when an order wants more than there is; as it was, if absent.
    policy: Option<WhenShort>,
}

/// What happens when an order wants more than there is.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WhenShort {
    /// The order is refused.
    Deny,
    /// Always granted; nothing is counted.
    Untracked,
}

/// For the document.
pub(super) fn example_of_count() -> serde_json::Value {
    serde_json::json!({ "on_hand": 10, "location": "main", "policy": "deny" })
}

/// The stock of a SKU.
#[derive(Serialize, ToSchema)]
pub(super) struct StockView {
    /// What.
    #[schema(example = "tea")]
    sku: String,
    /// Units over all locations.
    on_hand: u64,
    /// Of them, units promised to orders.
    reserved: u64,
    /// Units that can still be promised.
    available: u64,
    /// By location.
    locations: Vec<LocationView>,
    /// What happens when an order wants more than there is.
    #[schema(schema_with = policies)]
    policy: &'static str,
    /// Rises with every change.
    version: u64,
}

fn policies() -> Object {
    words(["deny", "untracked"])
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

/// Which SKU.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct StockPath {
    /// The SKU.
    #[param(example = "tea")]
    sku: Id,
}

/// Sets the counted stock of a SKU at one location.
#[utoipa::path(put, path = "/stock/{sku}", tag = "inventory", request_body = CountedStock,
    params(StockPath), responses((status = 200, description = "The stock", body = StockView)))]
pub(super) async fn set_stock(
    State(api): State<Api>,
    Path(StockPath { sku }): Path<StockPath>,
    condition: Condition,
    Json(counted): Json<CountedStock>,
) -> Result<Response, Problem> {
    let policy = match counted.policy {
        None => StockPolicy::Unspecified,
        Some(WhenShort::Deny) => StockPolicy::Deny,
        Some(WhenShort::Untracked) => StockPolicy::Untracked,
    };
    let command = SetStock {
        sku: sku.to_string(),
        location: counted.location.map_or_else(|| DEFAULT_LOCATION.into(), String::from),
        on_hand: counted.on_hand.count(),
        policy: policy.into(),
    };
    let current = match condition.needs_current() {
        true => find(&api, &sku).await?.map(|(_, version)| version),
        false => None,
    };
    let version = condition.seen(current);
    let message = Message { version, ..api.message(sku.as_str(), command) };
    let json = api.send(ServiceName::Inventory, message, None).await?;
    let Versioned { version, content: stock } = read::<Versioned<Stock>>(&json)?;
    Ok(versioned(StatusCode::OK, version, &view(sku.as_str(), &stock, version)))
}

async fn find(api: &Api, sku: &Id) -> Result<Option<(Stock, u64)>, Problem> {
    api.record::<Record, Stock>(stock_key(sku.as_str())).await
}

/// The stock of a SKU.
#[utoipa::path(get, path = "/stock/{sku}", tag = "inventory", params(StockPath),
    responses((status = 200, description = "The stock", body = StockView)))]
pub(super) async fn get_stock(
    State(api): State<Api>,
    Path(StockPath { sku }): Path<StockPath>,
) -> Result<Response, Problem> {
    let missing = || Problem::new(&SKU_NOT_FOUND, format!("there is no SKU {sku}"));
    let (stock, version) = find(&api, &sku).await?.ok_or_else(missing)?;
    Ok(versioned(StatusCode::OK, version, &view(sku.as_str(), &stock, version)))
}

/// The stock of the examples in that state.
pub(super) fn example(state: &str) -> Option<StockView> {
    let mut states = inventory::examples::states().into_iter();
    let (_, records) = states.find(|(name, _)| *name == state)?;
    let stock = |(key, record): &(service::RecordKey, Record)| match record {
        Record::Stock(it) => Some(view(key.subject.as_str(), it, 1)),
        _ => None,
    };
    records.iter().find_map(stock)
}
