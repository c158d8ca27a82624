//! What the ledger says.

mod common;

use common::{START, Shop, answered, authorize, command};
use contracts::messages::ProviderOutcome::{self, Failed, Succeeded};
use contracts::{Currency, Money};
use payments::{
    Balances, Direction, LedgerTransaction, TransactionKind, balance_name, order_of_account,
};
use service::Decision;
use std::collections::BTreeMap;

/// One line per transaction: its id, the accounts debited, then those credited.
fn check(method: &str, story: &[(&str, ProviderOutcome)], balances: [i64; 3], expected: &[&str]) {
    let mut shop = Shop::new();
    shop.handle(Some("authorize"), authorize(method, 500));
    shop.handle(None, answered("authorize", Succeeded, ""));
    for (name, outcome) in story {
        shop.handle(Some(name), command(name));
        shop.handle(None, answered(name, *outcome, "refused"));
    }
    let line = |transaction: &&LedgerTransaction| {
        let side = |direction| {
            let of_side = transaction.postings.iter().filter(|it| it.direction == direction);
            let accounts: Vec<String> = of_side
                .map(|posting| format!("{} {}", posting.account, posting.amount.minor_units()))
                .collect();
            accounts.join(" + ")
        };
        let (debits, credits) = (side(Direction::Debit), side(Direction::Credit));
        format!("{}: {debits} | {credits}", transaction.transaction_id)
    };
    assert_eq!(shop.ledger().iter().map(line).collect::<Vec<_>>(), expected);
    let [hold, paid, refunding] = balances;
    let said = shop.payment().expect("a payment").balances();
    assert_eq!(said, Balances { hold, paid, refunding });
}

#[test]
fn every_movement_is_posted_to_the_accounts_of_its_provider() {
    check(
        "pm_card_visa",
        &[("capture", Succeeded), ("refund", Succeeded)],
        [0, 0, 0],
        &[
            "authorize!authorized: hold:provider:fake 500 | hold:order:o-1 500",
            "capture!captured: hold:order:o-1 500 + clearing:fake 500 \
             | hold:provider:fake 500 + paid:o-1 500",
            "refund!refund_requested: paid:o-1 500 | refunding:o-1 500",
            "refund!refund_succeeded: refunding:o-1 500 | clearing:fake 500",
        ],
    );
}

#[test]
fn an_invoice_is_posted_to_the_receivables_of_its_user() {
    check(
        "invoice",
        &[("capture", Succeeded), ("refund", Succeeded)],
        [0, 0, 0],
        &[
            "authorize!authorized: hold:receivable:u-1 500 | hold:order:o-1 500",
            "capture!captured: hold:order:o-1 500 + receivable:u-1 500 \
             | hold:receivable:u-1 500 + paid:o-1 500",
            "refund!refund_requested: paid:o-1 500 | refunding:o-1 500",
            "refund!refund_succeeded: refunding:o-1 500 | receivable:u-1 500",
        ],
    );
}

#[test]
fn a_void_takes_the_hold_back_and_a_refused_one_posts_nothing() {
    let authorized = "authorize!authorized: hold:provider:fake 500 | hold:order:o-1 500";
    check(
        "pm_card_visa",
        &[("void", Succeeded)],
        [0, 0, 0],
        &[authorized, "void!voided: hold:order:o-1 500 | hold:provider:fake 500"],
    );
    check("pm_card_visa", &[("void", Failed)], [500, 0, 0], &[authorized]);
    check("pm_card_visa", &[("capture", Failed)], [500, 0, 0], &[authorized]);
}

#[test]
fn a_refund_that_was_refused_is_owed_again() {
    check(
        "pm_card_visa",
        &[("capture", Succeeded), ("refund", Failed)],
        [0, 500, 0],
        &[
            "authorize!authorized: hold:provider:fake 500 | hold:order:o-1 500",
            "capture!captured: hold:order:o-1 500 + clearing:fake 500 \
             | hold:provider:fake 500 + paid:o-1 500",
            "refund!refund_requested: paid:o-1 500 | refunding:o-1 500",
            "refund!refund_failed: refunding:o-1 500 | paid:o-1 500",
        ],
    );
}

#[test]
fn a_transaction_of_nothing_can_not_be_made() {
    let made = |minor_units, pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(debit, credit)| (debit.to_string(), credit.to_string()));
        let (id, kind) = ("x!voided".to_string(), TransactionKind::Voided);
        let amount = Money::new(minor_units, Currency::USD);
        LedgerTransaction::of_pairs(id, kind, START, amount, pairs.collect()).is_some()
    };
    assert!(made(1, &[("a", "b")]));
    assert!(!made(0, &[("a", "b")]));
    assert!(!made(-1, &[("a", "b")]));
    assert!(!made(1, &[]));
}

#[test]
fn what_is_posted_is_added_to_the_balances_of_accounts_that_many_orders_touch() {
    let mut shop = Shop::new();
    let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (step, command) in
        [("authorize", authorize("invoice", 500)), ("capture", command("capture"))]
    {
        let Decision::Apply(changes) = shop.handle(Some(step), command) else {
            panic!("{step} is not applied");
        };
        for it in changes.tallies {
            assert_eq!(it.unit.as_str(), "USD");
            let sum = sums.entry(it.name.to_string()).or_default();
            *sum = (sum.0 + it.plus, sum.1 + it.minus);
        }
    }
    let told: Vec<String> =
        sums.iter().map(|(name, (debits, credits))| format!("{name} {debits}/{credits}")).collect();
    let expected = [
        "hold:order:* 500/500",
        "hold:receivable:u-1 500/500",
        "paid:* 0/500",
        "receivable:u-1 500/0",
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_account_of_one_order_is_known_by_its_name() {
    let check = |account, name, order_id| {
        assert_eq!((balance_name(account), order_of_account(account)), (name, order_id));
    };
    check("hold:order:o-1", "hold:order:*", Some("o-1"));
    check("paid:o:2", "paid:*", Some("o:2"));
    check("refunding:o-1", "refunding:*", Some("o-1"));
    check("paid:*", "paid:*", None);
    check("receivable:u-1", "receivable:u-1", None);
    check("hold:provider:fake", "hold:provider:fake", None);
}
