//! Giving taken money back.

use crate::ask::begin;
use crate::ledger::{TransactionKind, post};
use crate::operation::{Operation, OperationKind};
use crate::record::{Payment, Record};
use crate::{Work, tell};
use contracts::messages::RefundSucceeded;
use contracts::{Money, StepId};
use service::Decision;

/// All that was taken and not asked back. The amount is taken off at once, so that two refunds
/// can't give it back twice.
pub(crate) fn refund(mut draft: Work<'_>, mut payment: Payment, step: &StepId) -> Decision<Record> {
    if let Some(known) = payment.latest(step) {
        return tell::again(draft, &payment, known);
    }
    if payment.is_open(OperationKind::Capture) {
        return Decision::Ignore("the capture is under way: what to give back isn't known yet");
    }
    if payment.is_open(OperationKind::Refund) {
        return Decision::Ignore("another refund is under way: what is left isn't known yet");
    }
    let amount = payment.refundable();
    if amount == 0 {
        return nothing(draft, Some(&payment), step);
    }
    payment.refund_pending += amount;
    let giving_back = Operation::new(step.clone(), OperationKind::Refund, amount, draft.now);
    post(&mut draft, &mut payment, &giving_back, TransactionKind::RefundRequested);
    begin(draft, payment, giving_back)
}

/// Nothing was taken, or nothing is left: there is nothing to give back.
pub(crate) fn nothing(
    mut draft: Work<'_>,
    payment: Option<&Payment>,
    step: &StepId,
) -> Decision<Record> {
    let (order_id, operation_id) = (draft.message.subject.to_string(), step.to_string());
    let amount = Some(payment.map_or_else(Money::default, |payment| payment.money(0)));
    draft.answer(RefundSucceeded { order_id, operation_id, amount });
    draft.apply()
}
