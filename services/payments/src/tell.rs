//! Telling the saga what became of an operation.

use crate::operation::{OperationKind, OperationState};
use crate::record::{Payment, Record, State};
use contracts::messages as m;
use contracts::{Body, StepId};
use service::{Decision, Draft};

/// The recorded outcome once more; nothing while it is unknown.
pub(crate) fn again(
    mut draft: Draft<'_, Record>,
    payment: &Payment,
    kind: OperationKind,
) -> Decision<Record> {
    let Some(step) = draft.message.step.clone() else { return draft.illegal(payment.state) };
    let order_id = draft.message.subject.to_string();
    let known = payment.operation(&step);
    let body = match known.map(|it| (it.state, it.amount, it.code.clone())) {
        Some((OperationState::Succeeded, amount, _)) => {
            body(payment, &order_id, &step, kind, amount, &Ok(()))
        }
        Some((OperationState::Failed, amount, code)) => {
            body(payment, &order_id, &step, kind, amount, &Err(code.unwrap_or_default()))
        }
        Some((OperationState::Pending | OperationState::Unknown, ..)) => {
            return Decision::Ignore("the outcome is not known yet");
        }
        // The tombstone, or a payment that can't do this any more.
        None => {
            let code = if payment.state == State::Voided { "voided" } else { "not_possible" };
            body(payment, &order_id, &step, kind, 0, &Err(code.into()))
        }
    };
    draft.answer(body);
    draft.apply()
}

/// The outcome, to the step that waits for it: for a void the one that wanted it.
pub(crate) fn settled(
    draft: &mut Draft<'_, Record>,
    payment: &Payment,
    id: &StepId,
    kind: OperationKind,
    amount: i64,
    outcome: &Result<(), String>,
) {
    let order_id = draft.message.subject.to_string();
    let step = match (kind, &payment.void_wanted) {
        (OperationKind::Void, Some(step)) => step.clone(),
        _ => id.clone(),
    };
    let body = body(payment, &order_id, id, kind, amount, outcome);
    draft.send_for(&step, body);
}

/// Nothing is held, so nothing has to be voided.
pub(crate) fn voided(draft: &mut Draft<'_, Record>, step: &StepId) {
    let order_id = draft.message.subject.to_string();
    draft.send_for(step, m::PaymentVoided { order_id, operation_id: step.to_string() });
}

fn body(
    payment: &Payment,
    order_id: &str,
    id: &StepId,
    kind: OperationKind,
    amount: i64,
    outcome: &Result<(), String>,
) -> Body {
    let (order_id, operation_id) = (order_id.to_string(), id.to_string());
    let amount = Some(payment.money(amount));
    match (kind, outcome.clone()) {
        (OperationKind::Authorize, Ok(())) => {
            m::PaymentAuthorized { order_id, operation_id, amount }.into()
        }
        (OperationKind::Authorize, Err(code)) => {
            m::PaymentFailed { order_id, operation_id, code }.into()
        }
        (OperationKind::Capture, Ok(())) => {
            m::PaymentCaptured { order_id, operation_id, amount }.into()
        }
        (OperationKind::Capture, Err(code)) => {
            m::PaymentCaptureFailed { order_id, operation_id, code }.into()
        }
        (OperationKind::Void, Ok(())) => m::PaymentVoided { order_id, operation_id }.into(),
        (OperationKind::Void, Err(code)) => {
            m::PaymentVoidFailed { order_id, operation_id, code, amount }.into()
        }
        (OperationKind::Refund, Ok(())) => {
            m::RefundSucceeded { order_id, operation_id, amount }.into()
        }
        (OperationKind::Refund, Err(code)) => {
            m::RefundFailed { order_id, operation_id, code, amount }.into()
        }
    }
}
