//! The ledger: double entry, append-only. A transaction that doesn't balance can't be made.

use crate::operation::OperationKind;
use crate::record::{Payment, Record, ledger_key};
use contracts::{Money, StepId, Timestamp};
use serde::{Deserialize, Serialize};
use service::{Draft, Value};

/// One transaction: debits and credits of the same sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerTransaction {
    /// The operation and its phase.
    pub transaction_id: String,
    /// When it was posted.
    pub at: Timestamp,
    /// Its postings.
    pub postings: Vec<Posting>,
}

/// One side of a transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posting {
    /// Where.
    pub account: String,
    /// Which side.
    pub direction: Direction,
    /// How much; never negative.
    pub amount: Money,
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

/// Which part of an operation a transaction posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It was asked for and takes its amount.
    Requested,
    /// It was done.
    Succeeded,
    /// It was refused, and gives its amount back.
    Failed,
}

impl LedgerTransaction {
    pub(crate) fn columns(&self) -> Vec<Value> {
        vec![self.at.micros().into()]
    }

    /// Pairs of accounts, each debited and credited with the same amount: it balances by
    /// construction.
    fn of_pairs(id: String, at: Timestamp, pairs: &[(String, String)], amount: Money) -> Self {
        let sides = |(debit, credit): &(String, String)| {
            let side = |account: &String, direction| Posting {
                account: account.clone(),
                direction,
                amount,
            };
            [side(debit, Direction::Debit), side(credit, Direction::Credit)]
        };
        Self { transaction_id: id, at, postings: pairs.iter().flat_map(sides).collect() }
    }

    /// Debits less credits of an account, in minor units.
    pub fn balance_of(&self, account: &str) -> i64 {
        let of_account = self.postings.iter().filter(|posting| posting.account == account);
        let signed = of_account.map(|posting| match posting.direction {
            Direction::Debit => posting.amount.minor_units(),
            Direction::Credit => -posting.amount.minor_units(),
        });
        signed.sum()
    }
}

/// Which accounts an event moves money between: pairs of debit and credit.
fn pairs(
    payment: &Payment,
    order_id: &str,
    kind: OperationKind,
    phase: Phase,
) -> Vec<(String, String)> {
    let (held_by, owed_by) = if payment.is_invoice() {
        let user = &payment.user_id;
        (format!("hold:receivable:{user}"), format!("receivable:{user}"))
    } else {
        let provider = payment.provider();
        (format!("hold:provider:{provider}"), format!("clearing:{provider}"))
    };
    let hold = format!("hold:order:{order_id}");
    let paid = format!("paid:{order_id}");
    let refunding = format!("refunding:{order_id}");
    match (kind, phase) {
        (OperationKind::Authorize, Phase::Succeeded) => vec![(held_by, hold)],
        (OperationKind::Capture, Phase::Succeeded) => vec![(hold, held_by), (owed_by, paid)],
        (OperationKind::Void, Phase::Succeeded) => vec![(hold, held_by)],
        (OperationKind::Refund, Phase::Requested) => vec![(paid, refunding)],
        (OperationKind::Refund, Phase::Succeeded) => vec![(refunding, owed_by)],
        (OperationKind::Refund, Phase::Failed) => vec![(refunding, paid)],
        _ => vec![],
    }
}

/// Posts what an operation has moved.
pub(crate) fn post(
    draft: &mut Draft<'_, Record>,
    payment: &mut Payment,
    operation: (&StepId, OperationKind, i64),
    phase: Phase,
) {
    let (id, kind, amount) = operation;
    let order_id = draft.message.subject.to_string();
    let pairs = pairs(payment, &order_id, kind, phase);
    if pairs.is_empty() || amount == 0 {
        return;
    }
    let phase = match phase {
        Phase::Requested => "requested",
        Phase::Succeeded => "succeeded",
        Phase::Failed => "failed",
    };
    let id = format!("{id}!{phase}");
    let money = payment.money(amount);
    let transaction = LedgerTransaction::of_pairs(id, draft.now, &pairs, money);
    draft.append(ledger_key(&order_id, payment.transactions), transaction);
    payment.transactions += 1;
}
