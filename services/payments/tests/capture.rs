//! Taking the money: once, and never a guess whether it was taken.

mod common;

use common::check;

const AUTHORIZED: &str = "authorize -> ask authorize!1; check 10s; = processing
    provider authorize ok -> authorize: Authorized 500; = authorized\n";

#[test]
fn a_repeated_capture_is_answered_with_what_is_recorded() {
    check(&format!(
        "{AUTHORIZED}
         capture -> ask capture!1; check 10s; = authorized
         capture -> ignored: the outcome is not known yet; it is told when it is
         capture for other -> ignored: another capture is under way
         provider capture ok -> capture: Captured 500; = captured
         capture -> capture: Captured 500; = captured
         capture for other -> other: Captured 500 by capture; = captured"
    ));
}

#[test]
fn a_refused_capture_stays_refused_and_leaves_the_hold() {
    check(&format!(
        "{AUTHORIZED}
         capture -> ask capture!1; check 10s; = authorized
         provider capture no declined -> capture: CaptureFailed declined; = authorized
         capture -> capture: CaptureFailed declined; = authorized
         provider capture ok -> all: Conflict capture failed not succeeded; = authorized
         void -> ask void!1; check 10s; = authorized
         provider void ok -> void: Voided; = voided
         capture -> capture: CaptureFailed declined; = voided
         capture for other -> other: CaptureFailed voided; = voided"
    ));
}

#[test]
fn a_query_tells_the_recorded_outcome_and_stands_in_for_a_capture_that_was_lost() {
    check(&format!(
        "{AUTHORIZED}
         query -> ask capture!1; check 10s; = authorized
         query -> ignored: the outcome is not known yet; it is told when it is
         provider capture silent -> check 1s; = authorized
         query -> ignored: the outcome is not known yet; it is told when it is
         overdue capture -> ask capture!2; check 5s; = authorized
         provider capture ok -> capture: Captured 500; = captured
         query -> capture: Captured 500; = captured
         capture -> capture: Captured 500; = captured
         query for authorize -> authorize: Authorized 500; = captured"
    ));
}

#[test]
fn a_capture_of_what_is_not_held_is_refused_and_one_that_nobody_can_ask_for_is_illegal() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         capture -> illegal: Processing
         provider authorize no card_declined -> authorize: Failed card_declined; = failed
         capture -> capture: CaptureFailed card_declined; = failed",
    );
    check(&format!(
        "{AUTHORIZED}
         capture for authorize -> illegal: \"the step is known as another kind of operation\""
    ));
}

#[test]
fn an_invoice_and_an_amount_of_zero_need_no_provider() {
    check(
        "authorize invoice 500 -> authorize: Authorized 500; = authorized
         capture -> capture: Captured 500; = captured
         refund -> refund: RefundSucceeded 500; = captured",
    );
    check(
        "authorize invoice 500 -> authorize: Authorized 500; = authorized
         void -> void: Voided; = voided
         capture -> capture: CaptureFailed voided; = voided",
    );
    check(
        "authorize pm_card_visa 0 -> authorize: Authorized 0; = authorized
         capture -> capture: Captured 0; = captured
         refund -> refund: RefundSucceeded 0; = captured",
    );
    check(
        "authorize pm_card_visa 0 -> authorize: Authorized 0; = authorized
         void -> void: Voided; = voided",
    );
}
