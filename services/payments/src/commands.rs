//! What the saga asks of payments. A known operation under a new message answers again with its
//! recorded outcome and changes nothing.

use crate::ledger::{Phase, post};
use crate::operation::{Operation, OperationKind, OperationState, ask};
use crate::outcome::settle;
use crate::record::{Payment, Record, State, payment_key};
use crate::tell;
use contracts::messages::{PaymentAuthorize, PaymentFailed, PaymentVoided, RefundSucceeded};
use contracts::planted::{Bug, planted};
use contracts::{Currency, Money, StepId};
use service::{Decision, Draft};

type Work<'a> = Draft<'a, Record>;

/// Writes the payment and ends the decision.
pub(crate) fn keep(mut draft: Work<'_>, payment: Payment) -> Decision<Record> {
    let payment = Payment { updated_at: draft.now, ..payment };
    draft.put(payment_key(draft.message.subject.as_str()), payment);
    draft.apply()
}

pub(crate) fn authorize(mut draft: Work<'_>, command: &PaymentAuthorize) -> Decision<Record> {
    let Some(step) = draft.message.step.clone() else { return draft.illegal("no step") };
    let total = command.total_or_amount(Currency::USD).unwrap_or(Money::new(-1, Currency::USD));
    if total.minor_units() < 0 {
        let (order_id, code) = (command.order_id.clone(), "invalid_amount".to_string());
        let zero = Money::zero(total.currency());
        let mut failed = Payment::new(zero, &command.method, &command.user_id, draft.now);
        failed.state = State::Failed;
        failed.failure_code = Some(code.clone());
        draft.answer(PaymentFailed { order_id, operation_id: step.to_string(), code });
        return keep(draft, failed);
    }
    let payment = Payment::new(total, &command.method, &command.user_id, draft.now);
    begin(draft, payment, step, OperationKind::Authorize, total.minor_units())
}

/// The tombstone: an authorization that comes later finds the payment voided.
pub(crate) fn void_first(mut draft: Work<'_>) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    draft.answer(PaymentVoided { order_id, operation_id: String::new() });
    if planted(Bug::NoTombstone) {
        return draft.apply();
    }
    let mut tombstone = Payment::new(Money::zero(Currency::USD), "", "", draft.now);
    tombstone.state = State::Voided;
    keep(draft, tombstone)
}

pub(crate) fn capture(draft: Work<'_>, payment: Payment) -> Decision<Record> {
    let Some(step) = draft.message.step.clone() else { return draft.illegal(payment.state) };
    let is_new = payment.operation(&step).is_none();
    if is_new && payment.state == State::Authorized && !payment.is_open(OperationKind::Void) {
        let amount = payment.capturable();
        return begin(draft, payment, step, OperationKind::Capture, amount);
    }
    tell::again(draft, &payment, OperationKind::Capture)
}

/// What became of the capture. If the command was lost on its way, this one takes its place: it is
/// the same intent under the same id.
pub(crate) fn query(draft: Work<'_>, payment: Payment) -> Decision<Record> {
    capture(draft, payment)
}

pub(crate) fn void(mut draft: Work<'_>, mut payment: Payment) -> Decision<Record> {
    let Some(step) = draft.message.step.clone() else { return draft.illegal(payment.state) };
    match payment.state {
        // First the authorization must be definite.
        State::Processing | State::RequiresAction => {
            payment.void_wanted = Some(step);
            keep(draft, payment)
        }
        State::Authorized if payment.is_open(OperationKind::Capture) => {
            payment.void_wanted = Some(step);
            keep(draft, payment)
        }
        State::Authorized => begin_void(draft, payment, &step),
        State::Voided | State::Failed => {
            let order_id = draft.message.subject.to_string();
            draft.answer(PaymentVoided { order_id, operation_id: step.to_string() });
            draft.apply()
        }
        // Everything was captured: nothing is held any more.
        State::Captured => {
            let order_id = draft.message.subject.to_string();
            draft.answer(PaymentVoided { order_id, operation_id: step.to_string() });
            draft.apply()
        }
    }
}

/// Begins to void; if that was refused before, once more, under a number of its own.
pub(crate) fn begin_void(draft: Work<'_>, payment: Payment, step: &StepId) -> Decision<Record> {
    let voids = payment.operations.iter().filter(|it| it.kind == OperationKind::Void);
    let count = voids.clone().count();
    let mut voids = voids;
    let id = match voids.next_back() {
        Some(last) if last.state != OperationState::Failed => {
            return Decision::Ignore("the void is on its way");
        }
        Some(_) => StepId::from(format!("{step}!{}", count + 1)),
        None => step.clone(),
    };
    let amount = payment.capturable();
    let payment = Payment { void_wanted: Some(step.clone()), ..payment };
    begin(draft, payment, id, OperationKind::Void, amount)
}

pub(crate) fn refund_of_nothing(mut draft: Work<'_>) -> Decision<Record> {
    let (order_id, step) = (draft.message.subject.to_string(), draft.message.step.clone());
    let operation_id = step.map(|step| step.to_string()).unwrap_or_default();
    draft.answer(RefundSucceeded { order_id, operation_id, amount: None });
    draft.apply()
}

/// All that was captured and not given back. The amount is taken at once, so that two refunds can't
/// give it back twice.
pub(crate) fn refund(mut draft: Work<'_>, mut payment: Payment) -> Decision<Record> {
    let Some(step) = draft.message.step.clone() else { return draft.illegal(payment.state) };
    if payment.operation(&step).is_some() {
        return tell::again(draft, &payment, OperationKind::Refund);
    }
    let amount = payment.refundable();
    if amount == 0 {
        return refund_of_nothing(draft);
    }
    payment.refund_pending += amount;
    post(&mut draft, &mut payment, (&step, OperationKind::Refund, amount), Phase::Requested);
    begin(draft, payment, step, OperationKind::Refund, amount)
}

/// Records the operation; then asks the provider, or, where there is none, it is done at once.
fn begin(
    mut draft: Work<'_>,
    mut payment: Payment,
    id: StepId,
    kind: OperationKind,
    amount: i64,
) -> Decision<Record> {
    payment.operations.push(Operation::new(id.clone(), kind, amount, draft.now));
    if payment.is_invoice() || amount == 0 {
        return settle(draft, payment, &id, Ok(()));
    }
    ask(&mut draft, &mut payment, &id);
    keep(draft, payment)
}
