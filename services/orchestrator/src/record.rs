//! What the orchestrator keeps: one record per saga.

use contracts::messages::Line;
use contracts::{Money, Subject};
use saga::{Saga, Status};
use serde::{Deserialize, Serialize};
use service::{Column, Index, Key, RecordKind, Value};

/// The sagas: number 0 is the one that places the order, later ones count on.
pub const SAGAS: RecordKind = RecordKind {
    name: "sagas",
    schema: 1,
    append_only: false,
    columns: &[Column::text("state"), Column::text("definition"), Column::integer("started_at")],
    indexes: &[
        Index { name: "sagas_by_state", columns: &["state"], only: None },
        Index { name: "sagas_by_definition", columns: &["definition"], only: None },
        SAGAS_COUNTED,
    ],
    checks: &[
        "state IN ('RUNNING', 'PAUSED', 'COMPENSATING', 'COMPENSATION_FAILED', 'COMPLETED', \
         'COMPENSATED', 'RESOLVED')",
    ],
};

/// The sagas to be counted, by definition and state.
pub const SAGAS_COUNTED: Index =
    Index { name: "sagas_counted", columns: &["definition", "state"], only: None };

/// An order has one saga that places it and at most one that cancels it.
pub(crate) const SAGAS_MAX: u32 = 2;

/// The number of the saga that cancels the order.
pub(crate) const CANCEL: u32 = 1;

service::records! {
    /// What the orchestrator keeps.
    Record { Saga(OrderSaga) }
}

/// A saga, and what its commands need to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderSaga {
    /// Where it stands.
    pub saga: Saga,
    /// The order, for the saga that places it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<PlacedOrder>,
    /// What was captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
    /// What was refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Money>,
}

/// What the saga knows of the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedOrder {
    /// Who ordered.
    pub user_id: String,
    /// What it costs.
    pub total: Money,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// The token of the payment method.
    pub payment_method: String,
}

impl OrderSaga {
    pub(crate) fn columns(&self) -> Vec<Value> {
        vec![
            state_name(self.saga.status).into(),
            self.saga.definition.as_str().into(),
            self.saga.started_at.micros().into(),
        ]
    }

    /// One of the reasons that API.md knows; what the saga was refused for otherwise is told by its
    /// steps.
    pub(crate) fn reason_of_rejection(&self) -> String {
        let reason = self.saga.reason.as_deref().unwrap_or_default();
        if self.order.is_none() {
            return "cancelled".into(); // the saga that cancels
        }
        match reason {
            "out_of_stock" | "unknown_sku" | "payment_declined" | "invalid" | "cancelled" => {
                reason.into()
            }
            _ => "expired".into(),
        }
    }
}

/// The state as it is shown, stored and counted.
pub const fn state_name(status: Status) -> &'static str {
    match status {
        Status::Running => "RUNNING",
        Status::Paused => "PAUSED",
        Status::Compensating => "COMPENSATING",
        Status::CompensationFailed => "COMPENSATION_FAILED",
        Status::Completed => "COMPLETED",
        Status::Compensated => "COMPENSATED",
        Status::Resolved => "RESOLVED",
    }
}

/// Before the name of a definition in the name of its tally.
const IN_FLIGHT: &str = "in_flight:";

/// The tally of the sagas of a definition: those that have begun, and those that have ended.
pub(crate) fn in_flight(definition: &str) -> Subject {
    format!("{IN_FLIGHT}{definition}").into()
}

/// The definition whose sagas a tally counts.
pub fn counted_in(tally: &str) -> Option<&str> {
    tally.strip_prefix(IN_FLIGHT)
}

/// The key of one of an order's sagas.
pub fn saga_key(order_id: &str, number: u32) -> Key<OrderSaga> {
    Key::numbered(&SAGAS, order_id, number)
}

/// The id of one of an order's sagas: the order's id for the first.
pub fn saga_id(order_id: &str, definition: &str, number: u32) -> String {
    match number {
        0 => order_id.into(),
        _ => format!("{order_id}!{definition}!{number}"),
    }
}
