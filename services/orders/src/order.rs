//! What orders keeps: one record per order.

use contracts::messages;
use contracts::{Money, Timestamp};
use serde::{Deserialize, Serialize};
use service::{Column, Index, Key, RecordKind, Value};

/// The orders, by order id.
pub const ORDERS: RecordKind = RecordKind {
    name: "orders",
    schema: 1,
    append_only: false,
    columns: &[
        Column::text("user_id"),
        Column::text("state"),
        Column::integer("created_at"),
        Column::integer("total"),
    ],
    indexes: &[
        Index { name: "orders_by_time", columns: &["created_at"], only: None },
        Index { name: "orders_by_user", columns: &["user_id", "created_at"], only: None },
        Index { name: "orders_by_state", columns: &["state", "created_at"], only: None },
    ],
    checks: &[
        "state IN ('pending', 'confirmed', 'completed', 'cancelling', 'cancelled', 'rejected')",
        "total >= 0",
    ],
};

service::records! {
    /// What orders keeps.
    Record { Order(Order) }
}

/// The key of an order.
pub fn order_key(order_id: &str) -> Key<Order> {
    Key::new(&ORDERS, order_id)
}

/// An order as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Who ordered.
    pub user_id: String,
    /// Where it stands.
    pub state: State,
    /// Why it was rejected or cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it costs.
    pub total: Money,
    /// What was ordered; nothing for an order of an amount only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OrderLine>,
    /// The token of the payment method.
    pub payment_method: String,
    /// When the money is taken.
    #[serde(default, skip_serializing_if = "CaptureMode::is_automatic")]
    pub capture_mode: CaptureMode,
    /// The customer's own data: a JSON object as text, empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// The customer wants it cancelled. From then on it is never announced as confirmed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_requested: bool,
    /// What was captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
    /// What was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
    /// Its sagas, as far as it was told.
    pub sagas: Vec<KnownSaga>,
    /// When it was taken.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Taken; its saga runs.
    Pending,
    /// Paid or authorized, its stock committed.
    Confirmed,
    /// Nothing is left to ship, nothing is due.
    Completed,
    /// It is being cancelled.
    Cancelling,
    /// It is not to be, by the customer's wish.
    Cancelled,
    /// It is not to be.
    Rejected,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Confirmed,
        Self::Completed,
        Self::Cancelling,
        Self::Cancelled,
        Self::Rejected,
    ];

    /// The name as shown and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Completed => "completed",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
        }
    }
}

/// What an order knows of one of its sagas. News of its end and of its reopening may come in any
/// order; the turn tells which is newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSaga {
    /// Its id.
    pub id: String,
    /// How often it was reopened.
    #[serde(default)]
    pub turn: u32,
    /// Whether it isn't over.
    pub live: bool,
}

impl KnownSaga {
    /// It has just begun.
    pub(crate) fn begun(id: impl Into<String>) -> Self {
        Self { id: id.into(), turn: 0, live: true }
    }
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// What.
    pub sku: String,
    /// How many units.
    pub quantity: u32,
    /// What one costs.
    pub unit_price: Money,
}

/// When the money is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMode {
    /// By the saga.
    #[default]
    Automatic,
    /// Later, shipment by shipment.
    Manual,
}

impl CaptureMode {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    const fn is_automatic(&self) -> bool {
        matches!(self, Self::Automatic)
    }
}

impl From<messages::CaptureMode> for CaptureMode {
    fn from(mode: messages::CaptureMode) -> Self {
        match mode {
            messages::CaptureMode::Manual => Self::Manual,
            messages::CaptureMode::Automatic | messages::CaptureMode::Unspecified => {
                Self::Automatic
            }
        }
    }
}

/// How much of an order is paid; derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Nothing.
    None,
    /// The money is held.
    Authorized,
    /// All of it.
    Paid,
    /// Some was given back.
    PartiallyRefunded,
    /// All was given back.
    Refunded,
}

/// How much of an order is shipped; derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FulfillmentStatus {
    /// Nothing.
    None,
    /// There is nothing to ship.
    NotRequired,
}

impl Order {
    pub(crate) fn columns(&self) -> Vec<Value> {
        vec![
            self.user_id.as_str().into(),
            self.state.as_str().into(),
            self.created_at.micros().into(),
            self.total.minor_units().into(),
        ]
    }

    /// Whether nothing will change any more by itself.
    pub fn is_settled(&self) -> bool {
        !matches!(self.state, State::Pending | State::Cancelling)
            && !self.sagas.iter().any(|saga| saga.live)
    }

    /// How much is paid.
    pub fn payment_status(&self) -> PaymentStatus {
        let refunded = self.refunded.filter(|refunded| !refunded.is_zero());
        match (self.paid, refunded) {
            (Some(paid), Some(refunded)) if refunded == paid => PaymentStatus::Refunded,
            (Some(_), Some(_)) => PaymentStatus::PartiallyRefunded,
            (Some(_), None) => PaymentStatus::Paid,
            (None, _) if self.state == State::Confirmed => PaymentStatus::Authorized,
            (None, _) => PaymentStatus::None,
        }
    }

    /// How much is shipped.
    pub fn fulfillment_status(&self) -> FulfillmentStatus {
        match self.lines.is_empty() {
            true => FulfillmentStatus::NotRequired,
            false => FulfillmentStatus::None,
        }
    }
}
