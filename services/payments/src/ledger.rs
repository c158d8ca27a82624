//! The ledger: double entry, append-only. A transaction that doesn't balance can't be made.

use crate::Work;
use crate::operation::Operation;
use crate::record::{Payment, ledger_key};
use contracts::{Money, Timestamp};
use serde::{Deserialize, Serialize};
use service::{TallyChange, Value};

/// One transaction: debits and credits of the same sum, in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerTransaction {
    /// The operation and its phase: the same movement can't be posted twice.
    pub transaction_id: String,
    /// What happened.
    pub kind: TransactionKind,
    /// When it was posted.
    pub at: Timestamp,
    /// Its postings.
    pub postings: Vec<Posting>,
}

/// What a transaction says has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// The money is held.
    Authorized,
    /// Held money was taken.
    Captured,
    /// Held money was given back.
    Voided,
    /// Taken money is to be given back.
    RefundRequested,
    /// It was given back.
    RefundSucceeded,
    /// It was not, and is owed again.
    RefundFailed,
}

impl TransactionKind {
    /// The name as shown and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::RefundRequested => "refund_requested",
            Self::RefundSucceeded => "refund_succeeded",
            Self::RefundFailed => "refund_failed",
        }
    }
}

/// One side of a transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posting {
    /// Where.
    pub account: String,
    /// Which side.
    pub direction: Direction,
    /// How much; more than nothing.
    pub amount: Money,
}

impl Posting {
    /// What it adds to the debits and to the credits of its account, in minor units.
    pub const fn sides(&self) -> (i64, i64) {
        match self.direction {
            Direction::Debit => (self.amount.minor_units(), 0),
            Direction::Credit => (0, self.amount.minor_units()),
        }
    }

    /// What it adds to the balance of its account.
    fn tallied(&self) -> TallyChange {
        let (plus, minus) = self.sides();
        let unit = self.amount.currency().code().into();
        TallyChange { name: balance_name(&self.account).into(), unit, plus, minus }
    }
}

/// The accounts that only one order touches, by what stands before the order's id; and the name of
/// all of one kind together. The balance of a single one is the sum of the order's few postings.
const ORDER_ACCOUNTS: [(&str, &str); 3] =
    [("hold:order:", "hold:order:*"), ("paid:", "paid:*"), ("refunding:", "refunding:*")];

/// Under which name an account is summed up as money moves: its own, or that of all accounts of its
/// kind. Debits are what came on, credits what went off, in minor units; over all names they are
/// equal.
pub fn balance_name(account: &str) -> &str {
    let of_order = ORDER_ACCOUNTS.iter().find(|(prefix, _)| account.starts_with(prefix));
    of_order.map_or(account, |(_, name)| name)
}

/// The order whose account it is, if only one order touches it.
pub fn order_of_account(account: &str) -> Option<&str> {
    let order_id = ORDER_ACCOUNTS.iter().find_map(|(prefix, _)| account.strip_prefix(prefix));
    order_id.filter(|order_id| *order_id != "*")
}

/// A side of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The left one.
    Debit,
    /// The right one.
    Credit,
}

impl LedgerTransaction {
    /// A transaction that moves `amount` once per pair of an account to debit and one to credit: it
    /// balances by construction. None if there is nothing to move.
    pub fn of_pairs(
        transaction_id: String,
        kind: TransactionKind,
        at: Timestamp,
        amount: Money,
        pairs: Vec<(String, String)>,
    ) -> Option<Self> {
        if amount.minor_units() <= 0 || pairs.is_empty() {
            return None;
        }
        let sides = |(debit, credit)| {
            let side = |account, direction| Posting { account, direction, amount };
            [side(debit, Direction::Debit), side(credit, Direction::Credit)]
        };
        let postings = pairs.into_iter().flat_map(sides).collect();
        Some(Self { transaction_id, kind, at, postings })
    }

    pub(crate) fn columns(&self) -> Vec<Value> {
        vec![self.at.micros().into()]
    }

    /// Debits less credits of an account, in minor units.
    pub fn balance_of(&self, account: &str) -> i64 {
        let of_account = self.postings.iter().filter(|posting| posting.account == account);
        of_account.fold(0, |sum: i64, posting| match posting.direction {
            Direction::Debit => sum.saturating_add(posting.amount.minor_units()),
            Direction::Credit => sum.saturating_sub(posting.amount.minor_units()),
        })
    }
}

/// Posts what an operation has moved. An operation of nothing moves nothing.
pub(crate) fn post(
    draft: &mut Work<'_>,
    payment: &mut Payment,
    operation: &Operation,
    kind: TransactionKind,
) {
    let order_id = draft.message.subject.as_str();
    let transaction_id = format!("{}!{}", operation.id, kind.as_str());
    let amount = payment.money(operation.amount);
    let pairs = account_pairs(payment, order_id, kind);
    let key = ledger_key(order_id, payment.ledger_transactions);
    let made = LedgerTransaction::of_pairs(transaction_id, kind, draft.now, amount, pairs);
    let Some(transaction) = made else { return };
    transaction.postings.iter().for_each(|posting| draft.tally(posting.tallied()));
    draft.append(key, transaction);
    payment.ledger_transactions = payment.ledger_transactions.saturating_add(1);
}

/// Which accounts an event moves money between: pairs of debit and credit.
pub fn account_pairs(
    payment: &Payment,
    order_id: &str,
    kind: TransactionKind,
) -> Vec<(String, String)> {
    let hold = || format!("hold:order:{order_id}");
    let paid = || format!("paid:{order_id}");
    let refunding = || format!("refunding:{order_id}");
    match kind {
        TransactionKind::Authorized => vec![(held_by(payment), hold())],
        TransactionKind::Captured => {
            vec![(hold(), held_by(payment)), (owed_by(payment), paid())]
        }
        TransactionKind::Voided => vec![(hold(), held_by(payment))],
        TransactionKind::RefundRequested => vec![(paid(), refunding())],
        TransactionKind::RefundSucceeded => vec![(refunding(), owed_by(payment))],
        TransactionKind::RefundFailed => vec![(refunding(), paid())],
    }
}

/// Whose promise the hold is.
fn held_by(payment: &Payment) -> String {
    match payment.is_invoice() {
        true => format!("hold:receivable:{}", payment.user_id),
        false => format!("hold:provider:{}", payment.provider()),
    }
}

/// Who owes us what was taken.
fn owed_by(payment: &Payment) -> String {
    match payment.is_invoice() {
        true => format!("receivable:{}", payment.user_id),
        false => format!("clearing:{}", payment.provider()),
    }
}
