//! Holding the customer's money.

use crate::ask::begin;
use crate::operation::{Operation, OperationKind};
use crate::record::{Payment, Record, State};
use crate::{Work, keep, tell};
use contracts::messages::{PaymentActionRequired, PaymentAuthorize, PaymentFailed};
use contracts::{Currency, MINOR_UNITS_MAX, Money, StepId};
use service::Decision;

/// What the predecessor's amounts are in, which name no currency.
const PREDECESSORS_CURRENCY: Currency = Currency::USD;

pub(crate) fn authorize(
    mut draft: Work<'_>,
    command: &PaymentAuthorize,
    step: &StepId,
) -> Decision<Record> {
    let (method, user_id) = (&command.method, &command.user_id);
    let Some(amount) = amount(command) else {
        let nothing = Money::zero(command.total.map_or(PREDECESSORS_CURRENCY, Money::currency));
        let mut refused = Payment::new(nothing, method, user_id, draft.now);
        refused.state = State::Failed;
        refused.failure_code = Some("invalid_amount".into());
        draft.answer(failed(&draft, step, &refused));
        return keep(draft, refused);
    };
    let payment = Payment::new(amount, method, user_id, draft.now);
    let minor_units = amount.minor_units();
    let hold = Operation::new(step.clone(), OperationKind::Authorize, minor_units, draft.now);
    begin(draft, payment, hold)
}

/// What is to be held. A message that says nothing of an amount doesn't ask for a hold of zero.
fn amount(command: &PaymentAuthorize) -> Option<Money> {
    let amount = command.total_or_amount(PREDECESSORS_CURRENCY).ok()?;
    let is_said = command.total.is_some() || !amount.is_zero();
    (is_said && (0..=MINOR_UNITS_MAX).contains(&amount.minor_units())).then_some(amount)
}

/// The authorization was asked for before, or must not happen any more.
pub(crate) fn again(mut draft: Work<'_>, payment: &Payment, step: &StepId) -> Decision<Record> {
    match (payment.latest(step), payment.state) {
        // Whatever became of it: nothing is held, and nothing will be.
        (_, State::Voided) | (None, State::Failed) => {
            draft.answer(failed(&draft, step, payment));
            draft.apply()
        }
        (Some(_), State::RequiresAction) => {
            let order_id = draft.message.subject.to_string();
            draft.answer(PaymentActionRequired { order_id, operation_id: step.to_string() });
            draft.apply()
        }
        (Some(known), _) => tell::again(draft, payment, known),
        // An order's money is held once.
        (None, state) => draft.illegal(state),
    }
}

fn failed(draft: &Work<'_>, step: &StepId, payment: &Payment) -> PaymentFailed {
    let (order_id, operation_id) = (draft.message.subject.to_string(), step.to_string());
    PaymentFailed { order_id, operation_id, code: payment.refusal() }
}
