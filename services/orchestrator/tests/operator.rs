//! What an operator decides.

mod common;

use common::{AUTHORIZING, CAPTURING, COMMITTING, check};

#[test]
fn a_paused_saga_takes_notes_and_sends_what_is_outstanding_when_it_goes_on() {
    check(
        "order -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
         pause -> = PAUSED; waits reserve_inventory 10s
         pause -> refused saga_state: only a saga that goes on by itself can be paused
         InventoryReserved -> = PAUSED
         resume -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; waits authorize_payment 30s
         resume -> refused saga_state: the saga is not paused
         pause -> = PAUSED; waits authorize_payment 30s
         overdue authorize_payment -> ignored: the saga is paused; \
         it is repeated when it goes on
         resume -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; waits authorize_payment 30s
         PaymentAuthorized -> CommitInventory; = RUNNING; waits commit_inventory 10s",
    );
}

#[test]
fn a_saga_that_is_paused_at_the_pivot_asks_when_it_goes_on() {
    check(&format!(
        "{CAPTURING}
         pause -> = PAUSED; waits capture_payment 30s
         resume -> PaymentQuery; = RUNNING; waits capture_payment 30s
         PaymentCaptured -> ConfirmOrder paid 500; = RUNNING; waits confirm_order 10s"
    ));
}

#[test]
fn a_refusal_during_a_pause_is_compensated_afterwards() {
    check(&format!(
        "{AUTHORIZING}
         pause -> = PAUSED; waits authorize_payment 30s
         PaymentFailed -> = PAUSED
         resume -> ReleaseInventory payment_declined; = COMPENSATING; \
         waits release_inventory 10s
         pause -> = PAUSED; waits release_inventory 10s
         InventoryReleased -> = PAUSED
         resume -> RejectOrder payment_declined; = COMPENSATING; waits reject_order 5s
         OrderRejected -> SagaFinished COMPENSATED; = COMPENSATED"
    ));
}

#[test]
fn a_cancel_during_a_pause_is_heard_afterwards() {
    check(&format!(
        "{COMMITTING}
         pause -> = PAUSED; waits commit_inventory 10s
         wish -> = PAUSED
         InventoryCommitted -> = PAUSED
         resume -> PaymentVoid cancelled; ReleaseInventory cancelled; = COMPENSATING; \
         waits release_inventory 10s, void_payment 30s
         InventoryReleased -> RejectOrder cancelled; = COMPENSATING; \
         waits reject_order 5s, void_payment 30s
         PaymentVoided -> = COMPENSATING; waits reject_order 5s
         OrderCancelled -> SagaFinished COMPENSATED; = COMPENSATED"
    ));
}

#[test]
fn an_undo_that_is_refused_for_good_rests_until_it_is_retried() {
    check(&format!(
        "{COMMITTING}
         InventoryRejected=expired to commit_inventory -> PaymentVoid expired; \
         ReleaseInventory expired; = COMPENSATING; waits release_inventory 10s, void_payment 30s
         PaymentVoidFailed -> = COMPENSATING; waits release_inventory 10s
         InventoryReleased -> RejectOrder expired; = COMPENSATING; waits reject_order 5s
         OrderRejected -> SagaCompensationFailed; = COMPENSATION_FAILED
         pause -> refused saga_state: only a saga that goes on by itself can be paused
         resume -> refused saga_state: the saga is not paused
         skip reserve_inventory -> refused saga_state: the step has no undo that was refused
         retry authorize_payment -> PaymentVoid expired; = COMPENSATING; waits void_payment 30s
         PaymentVoidFailed -> SagaCompensationFailed; = COMPENSATION_FAILED
         retry authorize_payment -> PaymentVoid expired; = COMPENSATING; waits void_payment 30s
         PaymentVoided -> SagaFinished COMPENSATED; = COMPENSATED
         resolve -> refused saga_state: the saga is over"
    ));
}

#[test]
fn an_undo_that_is_refused_for_good_can_be_skipped() {
    check(&format!(
        "{COMMITTING}
         InventoryRejected=expired to commit_inventory -> PaymentVoid expired; \
         ReleaseInventory expired; = COMPENSATING; waits release_inventory 10s, void_payment 30s
         PaymentVoidFailed -> = COMPENSATING; waits release_inventory 10s
         skip authorize_payment -> = COMPENSATING; waits release_inventory 10s
         InventoryReleased -> RejectOrder expired; = COMPENSATING; waits reject_order 5s
         OrderRejected -> SagaFinished COMPENSATED; = COMPENSATED
         retry authorize_payment -> refused saga_state: the step has no undo that was refused"
    ));
}

#[test]
fn a_resolved_saga_waits_for_nothing_and_hears_nothing() {
    check(&format!(
        "{COMMITTING}
         InventoryRejected=expired to commit_inventory -> PaymentVoid expired; \
         ReleaseInventory expired; = COMPENSATING; waits release_inventory 10s, void_payment 30s
         resolve -> SagaFinished RESOLVED; = RESOLVED
         PaymentVoidFailed -> ignored: the saga was resolved by an operator
         PaymentAuthorized -> ignored: the saga was resolved by an operator
         wish -> ignored: the saga was resolved by an operator
         pause -> refused saga_state: the saga was resolved by an operator
         retry authorize_payment -> refused saga_state: the saga was resolved by an operator
         resolve -> refused saga_state: the saga was resolved by an operator"
    ));
}

#[test]
fn a_resolved_saga_does_not_turn_round_when_its_step_is_refused_later() {
    check(&format!(
        "{CAPTURING}
         resolve -> SagaFinished RESOLVED; = RESOLVED
         PaymentCaptureFailed -> ignored: the saga was resolved by an operator
         PaymentCaptured -> ignored: the saga was resolved by an operator"
    ));
}

#[test]
fn the_cancel_saga_is_paused_and_resolved_like_any_other() {
    check(
        "order manual -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
         InventoryReserved -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         PaymentAuthorized -> CommitInventory; = RUNNING; waits commit_inventory 10s
         InventoryCommitted -> ConfirmOrder paid nothing; = RUNNING; waits confirm_order 10s
         OrderConfirmed -> SagaFinished COMPLETED; = COMPLETED
         cancel pause -> refused saga_not_found: there is no saga o-1!cancel_order!1
         OrderCancelling -> cancel ReleaseInventory cancelled; = COMPLETED; = cancel RUNNING; \
         waits cancel release_inventory 10s
         cancel pause -> = COMPLETED; = cancel PAUSED; waits cancel release_inventory 10s
         cancel InventoryReleased -> = COMPLETED; = cancel PAUSED
         cancel resume -> cancel PaymentVoid cancelled; = COMPLETED; = cancel RUNNING; \
         waits cancel void_payment 30s
         cancel overdue void_payment -> cancel PaymentVoid cancelled; = COMPLETED; \
         = cancel RUNNING; waits cancel void_payment 30s
         cancel resolve -> cancel SagaFinished RESOLVED; = COMPLETED; = cancel RESOLVED",
    );
}
