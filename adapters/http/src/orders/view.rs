//! An order as it is shown.

use crate::openapi::schemas::{self, words};
use crate::view::{MoneyView, time};
use orders::{AcknowledgedOrder, Order, Record, State};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::Object;

/// An order.
#[derive(Serialize, ToSchema)]
pub struct OrderView {
    /// Its id.
    #[schema(example = "o-1")]
    order_id: String,
    /// `created`, in the answer to POST /orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = created)]
    status: Option<&'static str>,
    /// Who ordered.
    user_id: String,
    /// `pending`, `confirmed`, `completed`, `cancelling`, `cancelled` or `rejected`.
    #[schema(schema_with = states)]
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
    #[schema(schema_with = payment_statuses)]
    payment_status: orders::PaymentStatus,
    /// `none` or `not_required`.
    #[schema(schema_with = fulfillment_statuses)]
    fulfillment_status: orders::FulfillmentStatus,
    /// The saga that places it.
    saga_id: String,
    /// Rises with every change.
    version: u64,
    /// When it was taken.
    #[schema(schema_with = schemas::time)]
    created_at: String,
    /// When it last changed.
    #[schema(schema_with = schemas::time)]
    updated_at: String,
    /// The customer's own data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
}

fn created() -> Object {
    words(["created"])
}

/// The words of a state.
pub fn states() -> Object {
    words(State::ALL.map(State::as_str))
}

fn payment_statuses() -> Object {
    words(["none", "authorized", "paid", "partially_refunded", "refunded"])
}

fn fulfillment_statuses() -> Object {
    words(["none", "not_required"])
}

/// One line of an order.
#[derive(Serialize, ToSchema)]
pub struct LineView {
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

impl OrderView {
    /// In the answer to POST /orders.
    pub fn created(self) -> Self {
        Self { status: Some("created"), ..self }
    }
}

/// An order at that version.
pub fn view(order_id: &str, order: &Order, version: u64) -> OrderView {
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

/// What is told of a new order, now and for ever.
pub fn acknowledgement(order: &AcknowledgedOrder) -> OrderView {
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

/// The order of the examples in that state.
pub fn example(state: &str) -> Option<OrderView> {
    let (order_id, order) = example_order(state)?;
    Some(view(&order_id, &order, 1))
}

/// An acknowledgement of it.
pub fn example_of_acknowledgement() -> Option<OrderView> {
    example("pending").map(OrderView::created)
}

fn example_order(state: &str) -> Option<(String, Order)> {
    let mut states = orders::examples::states().into_iter();
    let (_, records) = states.find(|(name, _)| *name == state)?;
    let (key, Record::Order(order)) = records.into_iter().next()?;
    Some((key.subject.to_string(), order))
}
