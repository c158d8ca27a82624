//! Telling the saga what became of an operation.

use crate::Work;
use crate::operation::{Operation, OperationKind, OperationState};
use crate::record::{Payment, Record};
use contracts::Body;
use contracts::messages as m;
use service::Decision;

/// The recorded outcome once more; nothing while there is none.
pub(crate) fn again(
    mut draft: Work<'_>,
    payment: &Payment,
    operation: &Operation,
) -> Decision<Record> {
    if !operation.state.is_definite() {
        return Decision::Ignore("the outcome is not known yet; it is told when it is");
    }
    draft.answer(outcome(&draft, payment, operation));
    draft.apply()
}

/// What is said of a definite outcome.
pub(crate) fn outcome(draft: &Work<'_>, payment: &Payment, operation: &Operation) -> Body {
    match operation.state {
        OperationState::Succeeded => done(draft, payment, operation),
        _ => refused(draft, payment, operation),
    }
}

/// The operation was done.
pub(crate) fn done(draft: &Work<'_>, payment: &Payment, operation: &Operation) -> Body {
    let (order_id, operation_id) = (draft.message.subject.to_string(), operation.id.to_string());
    let amount = Some(payment.money(operation.amount));
    match operation.kind {
        OperationKind::Authorize => m::PaymentAuthorized { order_id, operation_id, amount }.into(),
        OperationKind::Capture => m::PaymentCaptured { order_id, operation_id, amount }.into(),
        OperationKind::Void => m::PaymentVoided { order_id, operation_id }.into(),
        OperationKind::Refund => m::RefundSucceeded { order_id, operation_id, amount }.into(),
    }
}

/// The operation was refused for good.
pub(crate) fn refused(draft: &Work<'_>, payment: &Payment, operation: &Operation) -> Body {
    let (order_id, operation_id) = (draft.message.subject.to_string(), operation.id.to_string());
    let amount = Some(payment.money(operation.amount));
    let code = operation.code.clone().unwrap_or_default();
    match operation.kind {
        OperationKind::Authorize => m::PaymentFailed { order_id, operation_id, code }.into(),
        OperationKind::Capture => m::PaymentCaptureFailed { order_id, operation_id, code }.into(),
        OperationKind::Void => m::PaymentVoidFailed { order_id, operation_id, code, amount }.into(),
        OperationKind::Refund => m::RefundFailed { order_id, operation_id, code, amount }.into(),
    }
}
