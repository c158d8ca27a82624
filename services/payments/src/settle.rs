//! The outcome of an operation is definite: amounts, state, ledger, and whoever waits for it.

use crate::ask::timer_label;
use crate::ledger::{TransactionKind, post};
use crate::operation::{Operation, OperationKind, OperationState};
use crate::record::{Payment, Record, State};
use crate::void::void_wanted;
use crate::{Work, keep, tell};
use contracts::StepId;
use service::Decision;

/// Done, or refused for good with the provider's code.
pub(crate) fn settle(
    mut draft: Work<'_>,
    mut payment: Payment,
    id: &StepId,
    outcome: Result<(), &str>,
) -> Decision<Record> {
    let Some(operation) = payment.operation_mut(id) else {
        return Decision::Ignore("there is no such operation");
    };
    operation.state = match outcome {
        Ok(()) => OperationState::Succeeded,
        Err(_) => OperationState::Failed,
    };
    operation.code = outcome.err().map(Into::into);
    operation.needs_attention = false;
    if operation.next_check_at.take().is_some() {
        draft.cancel_timer(timer_label(id));
    }
    let settled = operation.clone();
    if let Some(kind) = posted(settled.kind, outcome.is_ok()) {
        post(&mut draft, &mut payment, &settled, kind);
    }
    count(&mut payment, &settled);
    draft.send_for(settled.step(), tell::outcome(&draft, &payment, &settled));
    match payment.void_wanted.take() {
        Some(step) => void_wanted(draft, payment, &step),
        None => keep(draft, payment),
    }
}

/// What the ledger says of it: nothing of what was refused, unless it had taken its amount before.
const fn posted(kind: OperationKind, is_done: bool) -> Option<TransactionKind> {
    match (kind, is_done) {
        (OperationKind::Authorize, true) => Some(TransactionKind::Authorized),
        (OperationKind::Capture, true) => Some(TransactionKind::Captured),
        (OperationKind::Void, true) => Some(TransactionKind::Voided),
        (OperationKind::Refund, true) => Some(TransactionKind::RefundSucceeded),
        (OperationKind::Refund, false) => Some(TransactionKind::RefundFailed),
        (_, false) => None,
    }
}

/// Moves the payment's counters. None can overflow: each stays between zero and the amount.
fn count(payment: &mut Payment, settled: &Operation) {
    let amount = settled.amount;
    let is_done = settled.state == OperationState::Succeeded;
    match (settled.kind, is_done) {
        (OperationKind::Authorize, true) => {
            payment.authorized += amount;
            payment.state = State::Authorized;
        }
        (OperationKind::Authorize, false) => {
            payment.state = State::Failed;
            payment.failure_code.clone_from(&settled.code);
        }
        (OperationKind::Capture, true) => {
            payment.captured += amount;
            payment.state = State::Captured;
        }
        (OperationKind::Capture, false) => payment.failure_code.clone_from(&settled.code),
        (OperationKind::Void, true) => {
            payment.released += amount;
            payment.state = State::Voided;
        }
        // The money stays held until the provider's hold runs out.
        (OperationKind::Void, false) => {}
        (OperationKind::Refund, true) => {
            payment.refund_pending -= amount;
            payment.refunded += amount;
        }
        (OperationKind::Refund, false) => payment.refund_pending -= amount,
    }
}
