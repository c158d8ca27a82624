//! The saga that places an order, told message by message.

mod common;

use common::{AUTHORIZING, CAPTURING, COMMITTING, check};

#[test]
fn an_order_completes_when_stock_money_and_order_are_certain() {
    check(
        "order -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
         order -> ignored: the saga runs already
         InventoryReserved -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         PaymentAuthorized -> CommitInventory; = RUNNING; waits commit_inventory 10s
         InventoryCommitted -> PaymentCapture; = RUNNING; waits capture_payment 30s
         PaymentCaptured -> ConfirmOrder paid 500; = RUNNING; waits confirm_order 10s
         PaymentCaptured -> ignored: the step waits for no answer
         OrderConfirmed -> SagaFinished COMPLETED; = COMPLETED
         overdue confirm_order 1 -> ignored: the step was settled or repeated meanwhile",
    );
}

#[test]
fn where_the_money_is_taken_later_the_stock_decides() {
    check(
        "order manual -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
         InventoryReserved -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         PaymentAuthorized -> CommitInventory; = RUNNING; waits commit_inventory 10s
         overdue commit_inventory -> CommitInventory; = RUNNING; waits commit_inventory 10s
         InventoryCommitted -> ConfirmOrder paid nothing; = RUNNING; waits confirm_order 10s
         OrderConfirmed -> SagaFinished COMPLETED; = COMPLETED",
    );
}

#[test]
fn an_order_that_is_out_of_stock_is_rejected_and_nothing_else_undone() {
    check(
        "order -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
         InventoryRejected=out_of_stock -> RejectOrder out_of_stock; = COMPENSATING; \
         waits reject_order 5s
         OrderRejected -> SagaFinished COMPENSATED; = COMPENSATED",
    );
}

#[test]
fn a_declined_payment_gives_the_stock_back() {
    check(&format!(
        "{AUTHORIZING}
         PaymentFailed -> ReleaseInventory payment_declined; = COMPENSATING; \
         waits release_inventory 10s
         PaymentFailed -> ignored: the step waits for no answer
         overdue release_inventory -> ReleaseInventory payment_declined; = COMPENSATING; \
         waits release_inventory 10s
         InventoryReleased -> RejectOrder payment_declined; = COMPENSATING; \
         waits reject_order 5s
         OrderRejected -> SagaFinished COMPENSATED; = COMPENSATED"
    ));
}

#[test]
fn a_commit_that_is_refused_gives_money_and_stock_back() {
    check(&format!(
        "{COMMITTING}
         InventoryRejected=expired to commit_inventory -> PaymentVoid expired; \
         ReleaseInventory expired; = COMPENSATING; waits release_inventory 10s, void_payment 30s
         PaymentVoided -> = COMPENSATING; waits release_inventory 10s
         InventoryReleased -> RejectOrder expired; = COMPENSATING; waits reject_order 5s
         OrderRejected -> SagaFinished COMPENSATED; = COMPENSATED"
    ));
}

#[test]
fn a_customer_who_must_act_first_is_waited_for() {
    check(&format!(
        "{AUTHORIZING}
         PaymentActionRequired -> = RUNNING; waits authorize_payment 900s
         overdue authorize_payment -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         PaymentAuthorized -> CommitInventory; = RUNNING; waits commit_inventory 10s
         PaymentActionRequired -> ignored: the step waits for no answer"
    ));
}

#[test]
fn an_authorization_that_nobody_answers_is_voided_while_stock_and_order_do_not_wait() {
    check(&format!(
        "{AUTHORIZING}
         overdue authorize_payment -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         overdue authorize_payment 1 -> ignored: the step was settled or repeated meanwhile
         overdue authorize_payment -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         overdue authorize_payment -> PaymentVoid expired; ReleaseInventory expired; \
         = COMPENSATING; waits release_inventory 10s, void_payment 30s
         InventoryReleased -> RejectOrder expired; = COMPENSATING; \
         waits reject_order 5s, void_payment 30s
         OrderRejected -> = COMPENSATING; waits void_payment 30s
         overdue void_payment -> PaymentVoid expired; = COMPENSATING; waits void_payment 30s
         PaymentAuthorized -> ignored: the step waits for no answer
         PaymentVoided -> SagaFinished COMPENSATED; = COMPENSATED"
    ));
}

#[test]
fn an_authorization_that_comes_after_its_void_is_voided_again_and_the_saga_reopened() {
    check(&format!(
        "{AUTHORIZING}
         overdue authorize_payment -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         overdue authorize_payment -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
         waits authorize_payment 30s
         overdue authorize_payment -> PaymentVoid expired; ReleaseInventory expired; \
         = COMPENSATING; waits release_inventory 10s, void_payment 30s
         InventoryReleased -> RejectOrder expired; = COMPENSATING; \
         waits reject_order 5s, void_payment 30s
         OrderRejected -> = COMPENSATING; waits void_payment 30s
         PaymentVoided -> SagaFinished COMPENSATED; = COMPENSATED
         PaymentAuthorized -> PaymentVoid expired; SagaReopened turn 1; = COMPENSATING; \
         waits void_payment 30s
         PaymentAuthorized -> ignored: the step waits for no answer
         PaymentVoided -> SagaFinished COMPENSATED turn 1; = COMPENSATED
         PaymentVoided -> ignored: the undo waits for no answer"
    ));
}

#[test]
fn stock_that_is_reserved_after_its_release_is_released_again() {
    check(
        "order -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
         overdue reserve_inventory -> ReserveInventory 2 shoe; = RUNNING; \
         waits reserve_inventory 10s
         overdue reserve_inventory -> ReserveInventory 2 shoe; = RUNNING; \
         waits reserve_inventory 20s
         overdue reserve_inventory -> ReleaseInventory expired; = COMPENSATING; \
         waits release_inventory 10s
         InventoryReleased -> RejectOrder expired; = COMPENSATING; waits reject_order 5s
         InventoryReserved -> ReleaseInventory expired; = COMPENSATING; \
         waits reject_order 5s, release_inventory 10s
         OrderRejected -> = COMPENSATING; waits release_inventory 10s
         InventoryReleased -> SagaFinished COMPENSATED turn 1; = COMPENSATED",
    );
}

#[test]
fn a_capture_of_unknown_outcome_is_asked_about_and_never_compensated() {
    check(&format!(
        "{CAPTURING}
         overdue capture_payment -> PaymentQuery; = RUNNING; waits capture_payment 30s
         overdue capture_payment -> PaymentQuery; = RUNNING; waits capture_payment 30s
         overdue capture_payment -> PaymentQuery; = RUNNING; waits capture_payment 40s
         overdue capture_payment -> PaymentQuery; = RUNNING; waits capture_payment 80s
         overdue capture_payment -> PaymentQuery; = RUNNING; waits capture_payment 160s
         overdue capture_payment -> PaymentQuery; = RUNNING; waits capture_payment 300s
         PaymentCaptured -> ConfirmOrder paid 500; = RUNNING; waits confirm_order 10s
         overdue confirm_order -> ConfirmOrder paid 500; = RUNNING; waits confirm_order 10s
         OrderConfirmed -> SagaFinished COMPLETED; = COMPLETED"
    ));
}

#[test]
fn a_declined_capture_gives_everything_back() {
    check(&format!(
        "{CAPTURING}
         overdue capture_payment -> PaymentQuery; = RUNNING; waits capture_payment 30s
         PaymentCaptureFailed -> PaymentVoid payment_declined; ReleaseInventory payment_declined; \
         = COMPENSATING; waits release_inventory 10s, void_payment 30s
         InventoryReleased -> RejectOrder payment_declined; = COMPENSATING; \
         waits reject_order 5s, void_payment 30s
         PaymentVoided -> = COMPENSATING; waits reject_order 5s
         OrderRejected -> SagaFinished COMPENSATED; = COMPENSATED"
    ));
}

#[test]
fn an_answer_to_nothing_is_ignored() {
    check(
        "wish -> ignored: there is no such saga
         PaymentCaptured -> ignored: no saga of the order has this step
         order -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
         InventoryReserved to no step -> ignored: it serves no step of a saga
         InventoryReserved to nonsense -> ignored: no saga of the order has this step
         PaymentAuthorized -> ignored: the step waits for no answer
         PaymentVoided -> ignored: the undo waits for no answer
         cancel InventoryReleased -> ignored: no saga of the order has this step
         cancel overdue void_payment 1 -> ignored: there is no such saga",
    );
}
