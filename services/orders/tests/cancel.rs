//! A customer changes their mind, at any time.

mod common;

use common::check;

#[test]
fn a_cancel_before_the_decision_ends_in_cancelled_when_the_saga_has_undone_everything() {
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         cancel wish -> all: OrderCancelRequested wish; shown pending (cancel requested) wish; \
         = pending (cancel requested) wish
         reject cancelled -> reject_order: OrderCancelled wish; = cancelled (cancel requested) wish
         reject cancelled -> reject_order: OrderCancelled wish; = cancelled (cancel requested) wish
         finished place 0 -> = cancelled (cancel requested) wish, settled",
    );
}

#[test]
fn an_order_that_would_be_rejected_anyway_is_cancelled_if_that_was_wished() {
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         cancel wish -> all: OrderCancelRequested wish; shown pending (cancel requested) wish; \
         = pending (cancel requested) wish
         reject out_of_stock -> reject_order: OrderCancelled wish; \
         = cancelled (cancel requested) wish",
    );
}

#[test]
fn a_cancel_that_comes_when_the_money_is_taken_leads_into_the_cancel_saga() {
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         cancel wish -> all: OrderCancelRequested wish; shown pending (cancel requested) wish; \
         = pending (cancel requested) wish
         confirm 500 -> confirm_order: OrderCancelling wish; \
         = cancelling (cancel requested) wish, paid 500
         confirm 500 -> confirm_order: OrderCancelling wish; \
         = cancelling (cancel requested) wish, paid 500
         finished place 0 -> = cancelling (cancel requested) wish, paid 500
         mark_cancelled 500 -> mark_cancelled: OrderCancelled wish; \
         = cancelled (cancel requested) wish, paid 500, refunded 500
         mark_cancelled 500 -> mark_cancelled: OrderCancelled wish; \
         = cancelled (cancel requested) wish, paid 500, refunded 500
         finished cancel 0 -> = cancelled (cancel requested) wish, paid 500, refunded 500, settled",
    );
}

#[test]
fn a_confirmed_order_is_cancelled_by_a_saga_of_its_own() {
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         confirm 500 -> confirm_order: OrderConfirmed; = confirmed, paid 500
         finished place 0 -> = confirmed, paid 500, settled
         cancel wish -> all: OrderCancelling wish; \
         shown cancelling (cancel requested) wish, paid 500; \
         = cancelling (cancel requested) wish, paid 500
         confirm 500 -> confirm_order: OrderCancelling wish; \
         = cancelling (cancel requested) wish, paid 500
         mark_cancelled 500 -> mark_cancelled: OrderCancelled wish; \
         = cancelled (cancel requested) wish, paid 500, refunded 500
         confirm 500 -> confirm_order: OrderCancelling wish; \
         = cancelled (cancel requested) wish, paid 500, refunded 500
         finished cancel 0 -> = cancelled (cancel requested) wish, paid 500, refunded 500, settled",
    );
}

#[test]
fn a_second_wish_changes_nothing_and_shows_the_order_as_it_is() {
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         cancel wish -> all: OrderCancelRequested wish; shown pending (cancel requested) wish; \
         = pending (cancel requested) wish
         cancel other -> shown pending (cancel requested) wish; = pending (cancel requested) wish
         confirm 500 -> confirm_order: OrderCancelling wish; \
         = cancelling (cancel requested) wish, paid 500
         cancel other -> shown cancelling (cancel requested) wish, paid 500; \
         = cancelling (cancel requested) wish, paid 500
         mark_cancelled 500 -> mark_cancelled: OrderCancelled wish; \
         = cancelled (cancel requested) wish, paid 500, refunded 500
         cancel other -> shown cancelled (cancel requested) wish, paid 500, refunded 500; \
         = cancelled (cancel requested) wish, paid 500, refunded 500",
    );
}

#[test]
fn what_is_completed_or_rejected_can_not_be_cancelled() {
    check(
        "create amount -> all: OrderCreated; acknowledged o-1 500; = pending
         confirm 500 -> confirm_order: OrderConfirmed; all: OrderCompleted; = completed, paid 500
         cancel wish -> refused order_not_cancellable; = completed, paid 500",
    );
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         reject out_of_stock -> reject_order: OrderRejected out_of_stock; = rejected out_of_stock
         cancel wish -> refused order_not_cancellable; = rejected out_of_stock",
    );
}

#[test]
fn a_saga_that_lives_again_unsettles_the_order_until_it_is_over_again() {
    check(
        "create -> all: OrderCreated; acknowledged o-1 500; = pending
         reject expired -> reject_order: OrderRejected expired; = rejected expired
         finished place 0 -> = rejected expired, settled
         reopened place 1 -> = rejected expired
         finished place 0 -> ignored: the order has no such saga that is live
         finished place 1 -> = rejected expired, settled
         reopened place 1 -> ignored: its end after that is known already",
    );
}

#[test]
fn a_cancel_that_is_meant_for_another_version_of_the_order_is_refused() {
    check(
        "@1 cancel wish -> refused order_not_found; = none
         create -> all: OrderCreated; acknowledged o-1 500; = pending
         @2 cancel wish -> refused version_mismatch; = pending
         confirm 500 -> confirm_order: OrderConfirmed; = confirmed, paid 500
         @1 cancel wish -> refused version_mismatch; = confirmed, paid 500
         @2 cancel wish -> all: OrderCancelling wish; \
         shown cancelling (cancel requested) wish, paid 500; \
         = cancelling (cancel requested) wish, paid 500
         @2 cancel wish -> refused version_mismatch; \
         = cancelling (cancel requested) wish, paid 500
         @3 cancel wish -> shown cancelling (cancel requested) wish, paid 500; \
         = cancelling (cancel requested) wish, paid 500",
    );
}
