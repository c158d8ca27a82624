//! Stock: counted, and shown.

use crate::conditional::{Condition, versioned};
use crate::input::{self, Id, Path, Whole};
use crate::list::{List, Listed, NoFilter, PageParameters};
use crate::openapi::schemas::words;
use crate::problem::{Problem, SKU_NOT_FOUND};
use crate::shop::{Api, read};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::messages::{SetStock, StockPolicy};
use contracts::{Message, ServiceName};
use engine::Newest;
use inventory::{ON_HAND_MAX, Policy, Record, STOCK, Stock, stock_key};
use serde::{Deserialize, Serialize};
use service::Versioned;
use utoipa::openapi::Object;
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// Where stock lies of which nobody says where.
pub(super) const DEFAULT_LOCATION: &str = "main";
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

/// The stock at that version.
pub(super) fn view(sku: &str, stock: &Stock, version: u64) -> StockView {
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
    pub sku: Id,
}

/// Sets the counted stock of a SKU at one location.
#[utoipa::path(put, path = "/stock/{sku}", tag = "inventory", request_body = CountedStock,
    params(StockPath), responses((status = 200, description = "The stock", body = StockView)))]
pub(super) async fn set_stock(
    State(api): State<Api>,
    Path(StockPath { sku }): Path<StockPath>,
    condition: Condition,
    input::Json(counted): input::Json<CountedStock>,
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
    let version = expected(&api, &sku, &condition).await?;
    let message = Message { version, ..api.message(sku.as_str(), command) };
    let json = api.send(ServiceName::Inventory, message, None).await?;
    let Versioned { version, content: stock } = read::<Versioned<Stock>>(&json)?;
    Ok(versioned(StatusCode::OK, version, &view(sku.as_str(), &stock, version)))
}

/// The version that a change of the stock depends on; 0: any.
pub(super) async fn expected(api: &Api, sku: &Id, condition: &Condition) -> Result<u64, Problem> {
    let current = match condition.needs_current() {
        true => find(api, sku).await?.map(|(_, version)| version),
        false => None,
    };
    condition.seen(current)
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

/// A page of the stock.
#[derive(Serialize, ToSchema)]
pub(super) struct StockListView {
    /// By SKU, the one that was heard of last comes first.
    stock: Vec<StockView>,
    /// Leads to the next page; empty at the end.
    next_page_token: String,
}

/// The stock of all SKUs.
#[utoipa::path(get, path = "/stock", tag = "inventory", params(PageParameters),
    responses((status = 200, description = "A page of the stock", body = StockListView)))]
pub(super) async fn list_stock(
    State(api): State<Api>,
    Listed { filter: NoFilter {}, part }: Listed<NoFilter>,
) -> Result<Json<StockListView>, Problem> {
    let list = List::of(&STOCK, Newest::ByKey);
    let (rows, next_page_token) = list.page::<Record, Stock>(&api, &part).await?;
    let stock = rows.iter().map(|row| view(row.key.subject.as_str(), &row.record, row.version));
    Ok(Json(StockListView { stock: stock.collect(), next_page_token }))
}

/// For the document.
pub(super) fn example_of_page() -> StockListView {
    StockListView { stock: example("held").into_iter().collect(), next_page_token: String::new() }
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
