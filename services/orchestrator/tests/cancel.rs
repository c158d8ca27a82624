//! A customer changes their mind: the saga that places the order turns round, or another undoes it.

mod common;

use common::{AUTHORIZING, CAPTURING, check};

#[test]
fn a_cancel_before_the_pivot_acts_as_a_refusal() {
    check(&format!(
        "{AUTHORIZING}
         wish -> PaymentVoid cancelled; ReleaseInventory cancelled; = COMPENSATING; \
         waits release_inventory 10s, void_payment 30s
         wish -> ignored: the saga is over, or its cancel was requested before
         PaymentAuthorized -> ignored: the step waits for no answer
         InventoryReleased -> RejectOrder cancelled; = COMPENSATING; \
         waits reject_order 5s, void_payment 30s
         PaymentVoided -> = COMPENSATING; waits reject_order 5s
         OrderCancelled -> SagaFinished COMPENSATED; = COMPENSATED
         wish -> ignored: the saga is over, or its cancel was requested before"
    ));
}

#[test]
fn a_cancel_while_the_money_is_being_taken_waits_for_the_outcome_and_then_undoes_all_of_it() {
    check(&format!(
        "{CAPTURING}
         wish -> = RUNNING; waits capture_payment 30s
         overdue capture_payment -> PaymentQuery; = RUNNING; waits capture_payment 30s
         PaymentCaptured -> ConfirmOrder paid 500; = RUNNING; waits confirm_order 10s
         OrderCancelling to confirm_order -> SagaFinished COMPLETED; \
         cancel ReleaseInventory cancelled; = COMPLETED; = cancel RUNNING; \
         waits cancel release_inventory 10s
         OrderCancelling to confirm_order -> ignored: the cancel saga runs already
         cancel InventoryReleased -> cancel PaymentVoid cancelled; = COMPLETED; = cancel RUNNING; \
         waits cancel void_payment 30s
         cancel PaymentVoided -> cancel PaymentRefund cancelled; = COMPLETED; = cancel RUNNING; \
         waits cancel refund_payment 30s
         cancel RefundSucceeded -> cancel MarkCancelled refunded 500; = COMPLETED; \
         = cancel RUNNING; waits cancel mark_cancelled 10s
         cancel OrderCancelled -> cancel SagaFinished COMPLETED; = COMPLETED; = cancel COMPLETED
         cancel OrderCancelled -> ignored: the step waits for no answer"
    ));
}

#[test]
fn a_cancel_while_the_money_is_refused_needs_no_other_saga() {
    check(&format!(
        "{CAPTURING}
         wish -> = RUNNING; waits capture_payment 30s
         PaymentCaptureFailed -> PaymentVoid payment_declined; ReleaseInventory payment_declined; \
         = COMPENSATING; waits release_inventory 10s, void_payment 30s
         InventoryReleased -> RejectOrder payment_declined; = COMPENSATING; \
         waits reject_order 5s, void_payment 30s
         PaymentVoided -> = COMPENSATING; waits reject_order 5s
         OrderCancelled -> SagaFinished COMPENSATED; = COMPENSATED"
    ));
}

#[test]
fn a_confirmed_order_is_undone_step_by_step_and_nothing_in_it_can_be_refused() {
    check(
        "order manual -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
         InventoryReserved -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         PaymentAuthorized -> CommitInventory; = RUNNING; waits commit_inventory 10s
         InventoryCommitted -> ConfirmOrder paid nothing; = RUNNING; waits confirm_order 10s
         OrderConfirmed -> SagaFinished COMPLETED; = COMPLETED
         OrderCancelling -> cancel ReleaseInventory cancelled; = COMPLETED; = cancel RUNNING; \
         waits cancel release_inventory 10s
         OrderCancelling -> ignored: the cancel saga runs already
         cancel overdue release_inventory -> cancel ReleaseInventory cancelled; = COMPLETED; \
         = cancel RUNNING; waits cancel release_inventory 10s
         cancel InventoryReleased -> cancel PaymentVoid cancelled; = COMPLETED; = cancel RUNNING; \
         waits cancel void_payment 30s
         cancel PaymentVoidFailed -> cancel PaymentRefund cancelled; = COMPLETED; \
         = cancel RUNNING; waits cancel refund_payment 30s
         cancel RefundFailed -> cancel MarkCancelled refunded nothing; = COMPLETED; \
         = cancel RUNNING; waits cancel mark_cancelled 10s
         cancel OrderCancelled -> cancel SagaFinished COMPLETED; = COMPLETED; = cancel COMPLETED",
    );
}
