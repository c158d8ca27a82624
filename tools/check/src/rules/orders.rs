//! What the four services say of one order.

use super::Moment;
use crate::facts::Facts;
use crate::findings::Findings;
use contracts::Money;
use inventory::ReservationState;
use orchestrator::OrderSaga;
use orders::{CaptureMode, KnownSaga, Order, State};
use payments::{Operation, OperationKind, OperationState, Payment};
use saga::Status;

pub(super) fn hold(facts: &Facts, moment: Moment, findings: &mut Findings) {
    if moment == Moment::Apart {
        return;
    }
    let order_id = facts.subject.as_str();
    let Some(order) = &facts.order else {
        let has_saga = facts.sagas.contains_key(&0) && moment == Moment::Quiet;
        return findings.expect(!has_saga, ("sagas", order_id), || "there is no such order".into());
    };
    // News of a saga that goes on may be under way.
    let is_settled = order.is_settled() && (moment == Moment::Quiet || is_up_to_date(order, facts));
    if moment == Moment::Quiet || is_settled {
        knows_its_sagas(order_id, order, facts, findings);
    }
    if !is_settled || was_resolved(facts) {
        return;
    }
    knows_what_was_moved(order_id, order, facts, findings);
    match order.state {
        State::Confirmed | State::Completed => {
            is_held_and_paid(order_id, order, facts, findings);
        }
        State::Rejected | State::Cancelled => nothing_is_left(order_id, facts, findings),
        State::Pending | State::Cancelling => {}
    }
}

/// Whether the order has heard of the last reply that came late and reopened a saga of it.
fn is_up_to_date(order: &Order, facts: &Facts) -> bool {
    let is_behind = |known: &KnownSaga| {
        let saga = facts.sagas.values().find(|it| it.saga.id == known.id);
        saga.is_some_and(|it| it.saga.late_replies > known.turn)
    };
    !order.sagas.iter().any(is_behind)
}

fn knows_its_sagas(order_id: &str, order: &Order, facts: &Facts, findings: &mut Findings) {
    let row = ("orders", order_id);
    for known in &order.sagas {
        let saga = facts.sagas.values().find(|it| it.saga.id == known.id);
        let Some(it) = saga else {
            findings.expect(false, row, || format!("its saga {} is not there", known.id));
            continue;
        };
        let (status, is_live) = (it.saga.status, it.saga.status.is_live());
        let takes_it_for = if known.live { "live" } else { "over" };
        findings.expect(known.live == is_live, row, || {
            format!("takes its saga {} for {takes_it_for}, it is {status:?}", known.id)
        });
    }
    let goes_on = matches!(order.state, State::Pending | State::Cancelling);
    let is_live = order.sagas.iter().any(|known| known.live);
    findings.expect(is_live || !goes_on, row, || {
        format!("is {} and no saga of it is live", order.state.as_str())
    });
}

/// Whether an operator has ended a saga of the order, with a reason: then what is left is theirs.
fn was_resolved(facts: &Facts) -> bool {
    facts.sagas.values().any(|it| it.saga.status == Status::Resolved)
}

/// The order, its sagas and its payment know of the same money. Nothing and zero are the same.
fn knows_what_was_moved(order_id: &str, order: &Order, facts: &Facts, findings: &mut Findings) {
    let payment = |units: fn(&Payment) -> i64| facts.payment.as_ref().map(|it| it.money(units(it)));
    let saga = |number: u32, money: fn(&OrderSaga) -> Option<Money>| {
        facts.sagas.get(&number).and_then(money)
    };
    let moved = [
        ("paid", order.paid, saga(0, |it| it.paid), payment(|it| it.captured)),
        ("refunded", order.refunded, saga(1, |it| it.refunded), payment(|it| it.refunded)),
    ];
    let some = |money: Option<Money>| money.filter(|money| !money.is_zero());
    for (what, said, noted, done) in moved {
        let agree = some(said) == some(noted) && some(said) == some(done);
        findings.expect(agree, ("orders", order_id), || {
            let text = |money: Option<Money>| money.map_or("nothing".into(), |it| it.to_string());
            let (said, noted, done) = (text(said), text(noted), text(done));
            format!("says {said} is {what}, its saga says {noted}, its payment {done}")
        });
    }
}

/// 10, of an order that is good: its stock is its own, its money is taken or held.
fn is_held_and_paid(order_id: &str, order: &Order, facts: &Facts, findings: &mut Findings) {
    let row = ("orders", order_id);
    let state = order.state.as_str();
    let is_final =
        |state| matches!(state, ReservationState::Committed | ReservationState::Consumed);
    let is_committed = facts.reservation.as_ref().is_some_and(|it| is_final(it.state));
    findings.expect(is_committed, row, || format!("is {state}, its stock is not committed"));
    let Some(payment) = &facts.payment else {
        return findings.expect(false, row, || format!("is {state} without a payment"));
    };
    let total = order.total;
    let (kept, what) = match order.capture_mode {
        CaptureMode::Automatic => (payment.captured - payment.refunded, "captured"),
        CaptureMode::Manual => (payment.authorized, "authorized"),
    };
    findings.expect(payment.money(kept) == total, row, || {
        format!("is {state} and costs {total}, {} is {what}", payment.money(kept))
    });
}

/// 10, of an order that is not to be: nothing is held, and what was taken was given back, unless a
/// provider refused that for good.
fn nothing_is_left(order_id: &str, facts: &Facts, findings: &mut Findings) {
    let row = ("orders", order_id);
    let holds_stock = facts.reservation.as_ref().is_some_and(inventory::Reservation::is_open);
    findings.expect(!holds_stock, row, || "is not to be, but its stock is held".into());
    let Some(payment) = &facts.payment else { return };
    let was_refused = |kind| {
        let is_it = |it: &Operation| it.kind == kind && it.state == OperationState::Failed;
        payment.operations.iter().any(is_it)
    };
    let (held, kept) = (payment.capturable(), payment.captured - payment.refunded);
    findings.expect(held == 0 || was_refused(OperationKind::Void), row, || {
        format!("is not to be, but {} is held", payment.money(held))
    });
    findings.expect(kept == 0 || was_refused(OperationKind::Refund), row, || {
        format!("is not to be, but {} is kept", payment.money(kept))
    });
}
