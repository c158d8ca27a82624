//! What an answer means to the step that waits for it.

use contracts::Body;
use saga::Answer;

/// Nothing for a message that answers no step.
pub(crate) fn answer(body: &Body) -> Option<Answer> {
    match body {
        Body::InventoryReserved(_)
        | Body::InventoryCommitted(_)
        | Body::InventoryReleased(_)
        | Body::PaymentAuthorized(_)
        | Body::PaymentCaptured(_)
        | Body::PaymentVoided(_)
        | Body::OrderConfirmed(_)
        | Body::OrderRejected(_)
        | Body::OrderCancelled(_)
        | Body::OrderCancelling(_)
        | Body::RefundSucceeded(_)
        // A refund that is refused for good doesn't hold the order up: the ledger shows what is
        // owed, and payments has the work item.
        | Body::RefundFailed(_) => Some(Answer::Success),
        Body::PaymentActionRequired(_) => Some(Answer::Ongoing),
        Body::InventoryRejected(it) => Some(Answer::Refused(it.reason.clone())),
        Body::PaymentFailed(_) | Body::PaymentCaptureFailed(_) => {
            Some(Answer::Refused("payment_declined".into()))
        }
        Body::PaymentVoidFailed(it) => Some(Answer::Refused(it.code.clone())),
        _ => None,
    }
}
