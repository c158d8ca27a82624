//! The ledger's transactions about an order.

use super::gap;
use crate::facts::Facts;
use crate::findings::Findings;
use contracts::Money;
use payments::{
    Balances, Direction, LedgerTransaction, OperationKind, Payment, Posting, TransactionKind,
    account_pairs,
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn hold(facts: &Facts, findings: &mut Findings) {
    let order_id = facts.subject.as_str();
    for (number, transaction) in &facts.ledger {
        balances(("ledger_transactions", order_id, *number), transaction, findings);
    }
    let Some(payment) = &facts.payment else {
        let row = ("ledger_transactions", order_id);
        return findings.expect(facts.ledger.is_empty(), row, || "belongs to no payment".into());
    };
    if let Some(gap) = gap(facts.ledger.keys(), payment.ledger_transactions) {
        findings.expect(false, ("ledger_transactions", order_id), || gap);
    }
    let ids: BTreeSet<&str> = facts.ledger.values().map(|it| it.transaction_id.as_str()).collect();
    findings.expect(ids.len() == facts.ledger.len(), ("ledger_transactions", order_id), || {
        "two transactions have the same id".into()
    });
    each_says_what_its_operation_says(facts, payment, findings);
    says_what_the_payment_says(facts, payment, findings);
}

/// 1: per currency the debits equal the credits, and nothing is posted that moves nothing.
fn balances(row: (&str, &str, u32), it: &LedgerTransaction, findings: &mut Findings) {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for posting in &it.postings {
        let minor_units = posting.amount.minor_units();
        findings.expect(minor_units > 0, row, || format!("posts {}", posting.amount));
        let sum = sums.entry(posting.amount.currency().code()).or_default();
        *sum = match posting.direction {
            Direction::Debit => sum.saturating_add(minor_units),
            Direction::Credit => sum.saturating_sub(minor_units),
        };
    }
    for (currency, sum) in sums {
        findings.expect(sum == 0, row, || {
            format!("its debits and credits differ by {sum} minor units of {currency}")
        });
    }
}

/// The id of a transaction is that of its operation and its phase; so is its amount.
fn each_says_what_its_operation_says(facts: &Facts, payment: &Payment, findings: &mut Findings) {
    for (number, it) in &facts.ledger {
        let row = ("ledger_transactions", facts.subject.as_str(), *number);
        let (operation_id, phase) = it.transaction_id.rsplit_once('!').unwrap_or_default();
        let operation = payment.operations.iter().find(|it| it.id.as_str() == operation_id);
        let Some(operation) = operation else {
            let what = || format!("{} belongs to no operation", it.transaction_id);
            findings.expect(false, row, what);
            continue;
        };
        let is_its_own = phase == it.kind.as_str() && is_phase(it.kind, operation.kind);
        findings.expect(is_its_own, row, || {
            let (kind, of) = (it.kind.as_str(), operation.kind.as_str());
            format!("{} is {kind}, by an operation to {of}", it.transaction_id)
        });
        let amount: Money = payment.money(operation.amount);
        let agrees = it.postings.iter().all(|posting| posting.amount == amount);
        findings.expect(agrees, row, || format!("its operation moved {amount}"));
        let wrong = wrong_accounts(it, payment, &facts.subject);
        findings.expect(wrong.is_empty(), row, || {
            format!("posts to other accounts than it should: {wrong:?}")
        });
    }
}

/// Whether such an operation is posted like that.
const fn is_phase(posted: TransactionKind, operation: OperationKind) -> bool {
    use TransactionKind::{Authorized, Captured, RefundFailed, RefundRequested};
    use TransactionKind::{RefundSucceeded, Voided};
    match operation {
        OperationKind::Authorize => matches!(posted, Authorized),
        OperationKind::Capture => matches!(posted, Captured),
        OperationKind::Void => matches!(posted, Voided),
        OperationKind::Refund => matches!(posted, RefundRequested | RefundSucceeded | RefundFailed),
    }
}

/// Accounts that are posted to and should not be, then those that should and are not.
fn wrong_accounts(it: &LedgerTransaction, payment: &Payment, order_id: &str) -> Vec<String> {
    let pairs = account_pairs(payment, order_id, it.kind).into_iter();
    let sides = |(debit, credit)| [(Direction::Debit, debit), (Direction::Credit, credit)];
    let mut expected: Vec<(Direction, String)> = pairs.flat_map(sides).collect();
    let mut wrong = vec![];
    for Posting { account, direction, .. } in &it.postings {
        match expected.iter().position(|(side, name)| side == direction && name == account) {
            Some(index) => _ = expected.swap_remove(index),
            None => wrong.push(account.clone()),
        }
    }
    wrong.extend(expected.into_iter().map(|(_, account)| account));
    wrong
}

fn says_what_the_payment_says(facts: &Facts, payment: &Payment, findings: &mut Findings) {
    let order_id = &facts.subject;
    let credits = |account: String| {
        let debits = facts.ledger.values().map(|it| it.balance_of(&account));
        debits.fold(0, i64::saturating_sub)
    };
    let said = Balances {
        hold: credits(format!("hold:order:{order_id}")),
        paid: credits(format!("paid:{order_id}")),
        refunding: credits(format!("refunding:{order_id}")),
    };
    let ours = payment.balances();
    findings.expect(said == ours, ("payments", order_id.as_str(), 1_u32), || {
        format!("the ledger says {said:?}, the payment {ours:?}")
    });
}
