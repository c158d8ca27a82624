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
        // When the oldest operation that somebody must look at was begun; mostly nothing.
        Column::integer("attention_since"),
    ],
    indexes: &[Index {
        name: "payments_needing_attention",
        columns: &["attention_since"],
        only: Some("attention_since IS NOT NULL"),
    }],
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

/// The order's first payment. Others (a retry, an edit of the order) would count on.
const FIRST: u32 = 1;

/// The key of an order's payment. Outside it is called `{order_id}!1`.
pub fn payment_key(order_id: &str) -> Key<Payment> {
    Key::numbered(&PAYMENTS, order_id, FIRST)
}

/// The key of one of an order's transactions.
pub fn ledger_key(order_id: &str, number: u32) -> Key<LedgerTransaction> {
    Key::numbered(&LEDGER_TRANSACTIONS, order_id, number)
}

/// A payment: its amounts, which say more than its state, and everything that was asked for.
/// Amounts are minor units of the payment's currency, none beyond [`contracts::MINOR_UNITS_MAX`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Where it stands.
    pub state: State,
    /// What is to be paid.
    pub amount: Money,
    /// What the provider holds or held for us.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub authorized: i64,
    /// What was taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub captured: i64,
    /// What was given back without being taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub released: i64,
    /// What is being given back after it was taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refund_pending: i64,
    /// What was given back after it was taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunded: i64,
    /// The token of the payment method, never card data.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Who pays.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user_id: String,
    /// Who holds the money.
    pub provider: Provider,
    /// Why it, or its capture, was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// In the order in which they were begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// The step that wants it voided as soon as what is under way is definite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void_wanted: Option<StepId>,
    /// How many transactions the ledger lists under the order.
    #[serde(default, skip_serializing_if = "is_none_of")]
    pub ledger_transactions: u32,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(amount: &i64) -> bool {
    *amount == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) const fn is_none_of(count: &u32) -> bool {
    *count == 0
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The authorization is not definite.
    Processing,
    /// Nor is it before the customer acts.
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
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Processing,
        Self::RequiresAction,
        Self::Authorized,
        Self::Captured,
        Self::Voided,
        Self::Failed,
    ];

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

/// Who holds the money of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The built-in one.
    Fake,
    /// Nobody: the customer pays later, and owes it until then.
    Invoice,
}

impl Provider {
    /// Whose method that is.
    fn of(method: &str) -> Self {
        if method == Self::Invoice.as_str() { Self::Invoice } else { Self::Fake }
    }

    /// The name as shown, stored, and used in accounts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fake => "fake",
            Self::Invoice => "invoice",
        }
    }
}

/// The balances (credits less debits) of an order's own accounts, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balances {
    /// Of `hold:order:{order_id}`: held and neither taken nor given back.
    pub hold: i64,
    /// Of `paid:{order_id}`: taken and not asked back.
    pub paid: i64,
    /// Of `refunding:{order_id}`: asked back and still with us.
    pub refunding: i64,
}

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
            provider: Provider::of(method),
            failure_code: None,
            operations: vec![],
            void_wanted: None,
            ledger_transactions: 0,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) fn columns(&self) -> Vec<Value> {
        let needing = self.operations.iter().filter(|operation| operation.needs_attention);
        let attention_since = needing.map(|operation| operation.begun_at.micros()).min();
        vec![
            self.state.as_str().into(),
            self.amount.minor_units().into(),
            self.authorized.into(),
            self.captured.into(),
            self.released.into(),
            self.refund_pending.into(),
            self.refunded.into(),
            attention_since.into(),
        ]
    }

    /// Whether it is paid later, without a provider.
    pub fn is_invoice(&self) -> bool {
        self.provider == Provider::Invoice
    }

    /// The name of who holds the money.
    pub const fn provider(&self) -> &'static str {
        self.provider.as_str()
    }

    /// So many minor units of the payment's currency.
    pub const fn money(&self, minor_units: i64) -> Money {
        Money::new(minor_units, self.amount.currency())
    }

    /// Minor units that are held: neither taken nor given back.
    pub const fn capturable(&self) -> i64 {
        self.authorized - self.captured - self.released
    }

    /// Minor units that were taken and not asked back.
    pub const fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.refund_pending
    }

    /// What the ledger must say of the order's own accounts.
    pub const fn balances(&self) -> Balances {
        Balances {
            hold: self.capturable(),
            paid: self.refundable(),
            refunding: self.refund_pending,
        }
    }

    /// The operation with that id.
    pub fn operation(&self, id: &StepId) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == *id)
    }

    pub(crate) fn operation_mut(&mut self, id: &StepId) -> Option<&mut Operation> {
        self.operations.iter_mut().find(|operation| operation.id == *id)
    }

    /// The newest operation of a step: only a void has more than one.
    pub(crate) fn latest(&self, step: &StepId) -> Option<&Operation> {
        self.operations.iter().rev().find(|operation| operation.step() == step)
    }

    pub(crate) fn of_kind(&self, kind: OperationKind) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(move |operation| operation.kind == kind)
    }

    /// Whether such an operation is under way: asked for, without a definite outcome.
    pub(crate) fn is_open(&self, kind: OperationKind) -> bool {
        self.of_kind(kind).any(|operation| !operation.state.is_definite())
    }

    /// The first operation of the kind that was done.
    pub(crate) fn done(&self, kind: OperationKind) -> Option<&Operation> {
        self.of_kind(kind).find(|operation| operation.state == OperationState::Succeeded)
    }
}
