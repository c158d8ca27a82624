//! What holds whatever comes, in whatever order: commands of several steps, answers that are lost,
//! late, doubled, contrary or about nothing, checks that come too often, and long silences.

mod common;

use common::{ORDER, Shop, answered, authorize, command, overdue};
use contracts::messages::ProviderOutcome;
use contracts::{Body, Money, StepId};
use payments::{
    Balances, Direction, LedgerTransaction, Operation, OperationKind, OperationState, Payment,
    Record, State, TransactionKind,
};
use proptest::prelude::*;
use service::Decision;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Something that may happen.
#[derive(Clone, Debug)]
enum Event {
    Authorize {
        step: &'static str,
        method: &'static str,
        minor_units: i64,
    },
    Command {
        name: &'static str,
        step: &'static str,
    },
    /// About the operation with that index, if there are so many; else about none.
    Answer {
        operation: usize,
        outcome: ProviderOutcome,
    },
    Overdue {
        operation: usize,
    },
    Silence {
        seconds: u64,
    },
}

fn outcome() -> impl Strategy<Value = ProviderOutcome> {
    prop_oneof![
        4 => Just(ProviderOutcome::Succeeded),
        3 => Just(ProviderOutcome::Failed),
        2 => Just(ProviderOutcome::Unspecified),
        1 => Just(ProviderOutcome::ActionRequired),
        1 => Just(ProviderOutcome::NeverSeen),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let methods = prop_oneof![3 => Just("pm_card_visa"), 1 => Just("invoice")];
    let amounts = prop_oneof![6 => 1..100_000_i64, 1 => Just(0), 1 => Just(-1)];
    let commands = prop_oneof![
        3 => prop::sample::select(vec![("capture", "capture"), ("capture", "capture_2")]),
        2 => prop::sample::select(vec![("void", "void"), ("void", "void_2")]),
        2 => prop::sample::select(vec![("refund", "refund"), ("refund", "refund_2")]),
        1 => prop::sample::select(vec![("query", "capture"), ("query", "capture_2")]),
        1 => prop::sample::select(vec![("query", "authorize"), ("query", "void")]),
        // A step of another kind than its command.
        1 => prop::sample::select(vec![("capture", "authorize"), ("void", "capture")]),
    ];
    prop_oneof![
        2 => (prop::sample::select(vec!["authorize", "authorize_2"]), methods, amounts)
            .prop_map(|(step, method, minor_units)| Event::Authorize { step, method, minor_units }),
        5 => commands.prop_map(|(name, step)| Event::Command { name, step }),
        8 => (0..6_usize, outcome())
            .prop_map(|(operation, outcome)| Event::Answer { operation, outcome }),
        2 => (0..6_usize).prop_map(|operation| Event::Overdue { operation }),
        1 => (0..90_000_u64).prop_map(|seconds| Event::Silence { seconds }),
    ]
}

/// Begins with an authorization more often than not, so that stories get somewhere.
fn story() -> impl Strategy<Value = Vec<Event>> {
    (any::<bool>(), any::<bool>(), prop::collection::vec(event(), 1..40)).prop_map(
        |(begins, succeeds, events)| {
            let (step, method, minor_units) = ("authorize", "pm_card_visa", 12_345);
            let begin = Event::Authorize { step, method, minor_units };
            let outcome = ProviderOutcome::Succeeded;
            let begins = begins.then_some(begin);
            let succeeds = succeeds.then_some(Event::Answer { operation: 0, outcome });
            begins.into_iter().chain(succeeds).chain(events).collect()
        },
    )
}

fn happen(shop: &mut Shop, event: &Event) -> Option<Decision<Record>> {
    let id = |shop: &Shop, index: usize| {
        let operation = shop.payment().and_then(|payment| payment.operations.get(index));
        operation.map_or_else(|| "nonsense".to_string(), |operation| operation.id.to_string())
    };
    Some(match event {
        Event::Authorize { step, method, minor_units } => {
            shop.handle(Some(step), authorize(method, *minor_units))
        }
        Event::Command { name, step } => shop.handle(Some(step), command(name)),
        Event::Answer { operation, outcome } => {
            let id = id(shop, *operation);
            shop.handle(None, answered(&id, *outcome, "refused"))
        }
        Event::Overdue { operation } => {
            let id = id(shop, *operation);
            shop.handle(None, overdue(&id))
        }
        Event::Silence { seconds } => {
            shop.now = shop.now + Duration::from_secs(*seconds);
            return None;
        }
    })
}

/// The CHECKs of the table.
fn amounts_are_in_order(it: &Payment) {
    let counters = [it.authorized, it.captured, it.released, it.refund_pending, it.refunded];
    assert!(counters.iter().all(|counter| *counter >= 0), "{it:?}");
    assert!(it.captured + it.released <= it.authorized, "{it:?}");
    assert!(it.authorized <= it.amount.minor_units(), "{it:?}");
    assert!(it.refunded + it.refund_pending <= it.captured, "{it:?}");
}

fn every_transaction_balances(ledger: &[&LedgerTransaction]) {
    let mut ids = BTreeSet::new();
    for transaction in ledger {
        let mut sums: BTreeMap<(IsDebit, &str), i64> = BTreeMap::new();
        for posting in &transaction.postings {
            let money: Money = posting.amount;
            assert!(money.minor_units() > 0, "{transaction:?}");
            let side = matches!(posting.direction, Direction::Debit);
            *sums.entry((side, money.currency().code())).or_default() += money.minor_units();
        }
        for ((side, currency), sum) in &sums {
            assert_eq!(sums.get(&(!side, *currency)), Some(sum), "{transaction:?}");
        }
        assert!(ids.insert(transaction.transaction_id.clone()), "twice: {transaction:?}");
    }
}

/// Whether it is the debit side.
type IsDebit = bool;

fn the_ledger_says_what_the_payment_says(payment: &Payment, ledger: &[&LedgerTransaction]) {
    let credits = |account: &str| -> i64 {
        let name = format!("{account}:{ORDER}");
        -ledger.iter().map(|transaction| transaction.balance_of(&name)).sum::<i64>()
    };
    let said = Balances {
        hold: credits("hold:order"),
        paid: credits("paid"),
        refunding: credits("refunding"),
    };
    assert_eq!(said, payment.balances(), "{payment:?}");
    let captures = ledger.iter().filter(|it| it.kind == TransactionKind::Captured).count();
    assert!(captures <= 1, "captured twice: {ledger:?}");
}

fn operations_are_unique(payment: &Payment) {
    let ids: BTreeSet<&StepId> = payment.operations.iter().map(|it| &it.id).collect();
    assert_eq!(ids.len(), payment.operations.len(), "{payment:?}");
    let done = |kind| {
        let is_done = |it: &&Operation| it.kind == kind && it.state == OperationState::Succeeded;
        payment.operations.iter().filter(is_done).count()
    };
    assert!(done(OperationKind::Authorize) <= 1, "{payment:?}");
    assert!(done(OperationKind::Capture) <= 1, "{payment:?}");
    assert!(done(OperationKind::Void) <= 1, "{payment:?}");
}

fn nothing_definite_is_taken_back(before: Option<&Payment>, after: &Payment) {
    let Some(before) = before else { return };
    let may_follow = match before.state {
        State::Processing | State::RequiresAction => after.state != State::Captured,
        State::Authorized => {
            matches!(after.state, State::Authorized | State::Captured | State::Voided)
        }
        State::Captured | State::Voided | State::Failed => after.state == before.state,
    };
    assert!(may_follow, "{:?} -> {:?}", before.state, after.state);
    for (old, new) in before.operations.iter().zip(&after.operations) {
        assert_eq!((&old.id, old.kind, old.amount), (&new.id, new.kind, new.amount));
        assert!(!old.state.is_definite() || old.state == new.state, "{old:?} -> {new:?}");
        assert!(old.begun_at == new.begun_at && old.attempts <= new.attempts);
    }
    assert!(before.operations.len() <= after.operations.len());
}

/// What a step was told of an operation, good or bad.
type Told = BTreeMap<(String, &'static str), bool>;

/// A step that waits is told one thing only. Two may change with the truth: what was authorized can
/// be voided, and a void that was refused can succeed.
fn no_step_is_told_the_contrary(told: &mut Told, decision: &Decision<Record>) {
    let Decision::Apply(changes) = decision else { return };
    for sent in &changes.sends {
        let Some(step) = &sent.step else { continue };
        let (kind, is_good, may_change) = match &sent.body {
            Body::PaymentAuthorized(_) => ("authorize", true, false),
            Body::PaymentFailed(_) => ("authorize", false, true),
            Body::PaymentCaptured(_) => ("capture", true, false),
            Body::PaymentCaptureFailed(_) => ("capture", false, false),
            Body::PaymentVoided(_) => ("void", true, true),
            Body::PaymentVoidFailed(_) => ("void", false, false),
            // That nothing was taken by then says nothing of later.
            Body::RefundSucceeded(it) if it.amount.is_none_or(Money::is_zero) => continue,
            Body::RefundSucceeded(_) => ("refund", true, false),
            Body::RefundFailed(_) => ("refund", false, false),
            _ => continue,
        };
        let before = told.insert((step.to_string(), kind), is_good);
        let is_same = before.is_none_or(|before| before == is_good);
        assert!(is_same || may_change, "step {step} is told {:?} now", sent.body);
    }
}

/// The same operation id is never sent after the provider may have forgotten it.
fn nothing_forgotten_is_sent(shop: &Shop, decision: &Decision<Record>) {
    let Decision::Apply(changes) = decision else { return };
    for effect in &changes.effects {
        let Body::ProviderRequest(request) = &effect.body else { panic!("{effect:?}") };
        let id = StepId::from(&request.operation_id);
        let operation = shop.payment().and_then(|it| it.operation(&id)).expect("it is recorded");
        let age = shop.now.since(operation.begun_at);
        assert!(request.read || age < payments::IDEMPOTENCY_WINDOW, "{request:?} after {age:?}");
        assert_eq!(request.amount.map(Money::minor_units), Some(operation.amount));
        assert!(operation.amount > 0, "{request:?}");
    }
}

fn thorough() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(thorough())]

    #[test]
    fn whatever_comes_the_money_is_right(story in story()) {
        let mut shop = Shop::new();
        let mut told = BTreeMap::new();
        for event in &story {
            let before = shop.payment().cloned();
            let Some(decision) = happen(&mut shop, event) else { continue };
            no_step_is_told_the_contrary(&mut told, &decision);
            nothing_forgotten_is_sent(&shop, &decision);
            let ledger = shop.ledger();
            every_transaction_balances(&ledger);
            let Some(payment) = shop.payment() else { continue };
            amounts_are_in_order(payment);
            the_ledger_says_what_the_payment_says(payment, &ledger);
            operations_are_unique(payment);
            nothing_definite_is_taken_back(before.as_ref(), payment);
        }
    }

    #[test]
    fn what_is_settled_waits_for_nobody(story in story()) {
        let mut shop = Shop::new();
        for event in &story {
            happen(&mut shop, event);
        }
        // Every open operation is answered; what that begins is answered as well.
        while let Some(open) = shop.payment().and_then(|payment| {
            payment.operations.iter().find(|it| !it.state.is_definite()).cloned()
        }) {
            shop.handle(None, answered(open.id.as_str(), ProviderOutcome::Succeeded, ""));
        }
        prop_assert_eq!(shop.timers(), Vec::<&str>::new());
        if let Some(payment) = shop.payment() {
            prop_assert_eq!(&payment.void_wanted, &None);
            prop_assert_eq!(payment.refund_pending, 0);
            prop_assert!(!matches!(payment.state, State::Processing | State::RequiresAction));
        }
    }
}
