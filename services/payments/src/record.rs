//! What payments keeps: payments with their operations, and the ledger.

use crate::ledger::LedgerTransaction;
use crate::operation::{Operation, OperationKind, OperationState};
use contracts::{Money, StepId, Timestamp};
use serde::{Deserialize, Serialize};
use service::{Column, Index, Key, RecordKind, Value};

/// The payments; number 1 is an order's first.
pub const PAYMENTS: RecordKind = RecordKind {
    name: "payments",
    schema: 1,
    append_only: false,
    columns: &[
        Column::text("state"),
        Column::integer("amount"),
        Column::integer("authorized"),
        Column::integer("captured"),
        Column::integer("released"),
        Column::integer("refund_pending"),
        Column::integer("refunded"),
    ],
    indexes: &[Index { name: "payments_by_state", columns: &["state"], only: None }],
    checks: &[
        "state IN ('processing', 'requires_action', 'authorized', 'captured', 'voided', 'failed')",
        "captured >= 0 AND released >= 0 AND refund_pending >= 0 AND refunded >= 0",
        "captured + released <= authorized AND authorized <= amount",
        "refunded + refund_pending <= captured",
    ],
};

/// The ledger: append-only, one row per transaction.
pub const LEDGER_TRANSACTIONS: RecordKind = RecordKind {
    name: "ledger_transactions",
    schema: 1,
    append_only: true,
    columns: &[Column::integer("at")],
    indexes: &[],
    checks: &[],
};

service::records! {
    /// What payments keeps.
    Record { Payment(Payment), Transaction(LedgerTransaction) }
}

/// The key of an order's payment.
pub fn payment_key(order_id: &str) -> Key<Payment> {
    Key::numbered(&PAYMENTS, order_id, 1)
}

/// The key of one of an order's transactions.
pub fn ledger_key(order_id: &str, number: u32) -> Key<LedgerTransaction> {
    Key::numbered(&LEDGER_TRANSACTIONS, order_id, number)
}

/// A payment: its amounts, which say more than its state, and everything that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Where it stands.
    pub state: State,
    /// What is to be paid.
    pub amount: Money,
    /// Minor units that the provider holds or held for us.
    pub authorized: i64,
    /// Minor units that were taken.
    pub captured: i64,
    /// Minor units that were given back without being taken.
    pub released: i64,
    /// Minor units whose refund is on its way.
    #[serde(default)]
    pub refund_pending: i64,
    /// Minor units that were given back after being taken.
    #[serde(default)]
    pub refunded: i64,
    /// The token of the payment method, never card data.
    pub method: String,
    /// Who pays.
    pub user_id: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// In the order in which they were begun.
    pub operations: Vec<Operation>,
    /// The step that wants it voided, while the authorization is not definite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void_wanted: Option<StepId>,
    /// How many transactions the ledger lists under the order.
    #[serde(default)]
    pub transactions: u32,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The authorization is not definite.
    Processing,
    /// The customer must act first.
    RequiresAction,
    /// The money is held.
    Authorized,
    /// The money is taken.
    Captured,
    /// The money is not held any more, or never will be.
    Voided,
    /// The money was refused.
    Failed,
}

impl State {
    /// The name as shown and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::RequiresAction => "requires_action",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::Failed => "failed",
        }
    }
}

/// The method that is paid later, without a provider.
const INVOICE: &str = "invoice";

impl Payment {
    pub(crate) fn new(amount: Money, method: &str, user_id: &str, now: Timestamp) -> Self {
        Self {
            state: State::Processing,
            amount,
            authorized: 0,
            captured: 0,
            released: 0,
            refund_pending: 0,
            refunded: 0,
            method: method.into(),
            user_id: user_id.into(),
            failure_code: None,
            operations: vec![],
            void_wanted: None,
            transactions: 0,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) fn columns(&self) -> Vec<Value> {
        vec![
            self.state.as_str().into(),
            self.amount.minor_units().into(),
            self.authorized.into(),
            self.captured.into(),
            self.released.into(),
            self.refund_pending.into(),
            self.refunded.into(),
        ]
    }

    /// Whether it is paid later, without a provider.
    pub fn is_invoice(&self) -> bool {
        self.method == INVOICE
    }

    /// Who holds the money.
    pub fn provider(&self) -> &'static str {
        if self.is_invoice() { INVOICE } else { "fake" }
    }

    /// So many minor units of the payment's currency.
    pub const fn money(&self, minor_units: i64) -> Money {
        Money::new(minor_units, self.amount.currency())
    }

    /// Minor units that can still be taken.
    pub const fn capturable(&self) -> i64 {
        self.authorized - self.captured - self.released
    }

    /// Minor units that can still be given back.
    pub const fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.refund_pending
    }

    /// The operation with that id.
    pub fn operation(&self, id: &StepId) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == *id)
    }

    pub(crate) fn operation_mut(&mut self, id: &StepId) -> Option<&mut Operation> {
        self.operations.iter_mut().find(|operation| operation.id == *id)
    }

    pub(crate) fn is_open(&self, kind: OperationKind) -> bool {
        let open = |it: &&Operation| it.kind == kind && !it.state.is_definite();
        self.operations.iter().find(open).is_some()
    }

    /// The authorization that captures, voids and refunds belong to.
    pub(crate) fn authorization(&self) -> Option<&Operation> {
        let is_it = |it: &&Operation| {
            it.kind == OperationKind::Authorize && it.state == OperationState::Succeeded
        };
        self.operations.iter().find(is_it)
    }
}
