//! An order as it is shown.

use crate::view::{MoneyView, time};
use orders::{AcknowledgedOrder, Order};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// An order.
#[derive(Serialize, ToSchema)]
pub struct OrderView {
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

impl LineView {
    /// A line of a message; nothing if it has no price.
    pub fn of_message(line: &contracts::messages::Line) -> Option<Self> {
        let (sku, quantity) = (line.sku.clone(), line.quantity);
        Some(Self { sku, quantity, unit_price: line.unit_price?.into() })
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
