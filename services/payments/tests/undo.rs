//! Giving holds back, and giving taken money back.

mod common;

use common::{Shop, answered, check, command};
use contracts::messages::ProviderOutcome;
use payments::VOIDS_MAX;
use service::Decision;

#[test]
fn a_void_waits_until_the_authorization_is_definite() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         void -> = processing
         void -> ignored: the void waits for the outcome of what is under way
         provider authorize silent -> check 1s; = processing
         overdue authorize -> ask authorize!2; check 5s; = processing
         provider authorize ok -> ask void!1; check 10s; authorize: Authorized 500; = authorized
         capture -> capture: CaptureFailed voided; = authorized
         void -> ignored: the void is under way
         provider void ok -> void: Voided; = voided
         void -> void: Voided; = voided",
    );
}

#[test]
fn a_void_of_an_authorization_that_fails_finds_nothing_to_give_back() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize waits -> check 1s; authorize: ActionRequired; = requires_action
         void -> = requires_action
         provider authorize no expired -> authorize: Failed expired; void: Voided; = failed
         void -> void: Voided; = failed",
    );
}

#[test]
fn a_void_that_is_refused_for_good_is_asked_anew_only_by_its_step() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize ok -> authorize: Authorized 500; = authorized
         void -> ask void!1; check 10s; = authorized
         provider void no refused -> void: VoidFailed 500 refused; = authorized
         capture -> capture: CaptureFailed voided; = authorized
         void -> ask void!2!1; check 10s; = authorized
         provider void!2 no refused -> void: VoidFailed 500 refused by void!2; = authorized
         query for void -> void: VoidFailed 500 refused by void!2; = authorized
         void -> ask void!3!1; check 10s; = authorized
         query for void -> ignored: the outcome is not known yet; it is told when it is
         void for other -> ignored: the void is under way
         provider void!3 ok -> void: Voided by void!3; = voided
         provider void ok -> all: Conflict void failed not succeeded; = voided",
    );
}

#[test]
fn a_step_whose_void_was_refused_is_told_the_same_by_command_and_query_once_another_has_voided() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize ok -> authorize: Authorized 500; = authorized
         void for early -> ask early!1; check 10s; = authorized
         provider early no refused -> early: VoidFailed 500 refused; = authorized
         query for early -> early: VoidFailed 500 refused; = authorized
         void -> ask void!1; check 10s; = authorized
         provider void ok -> void: Voided; = voided
         void for early -> early: Voided; = voided
         query for early -> early: Voided; = voided
         authorize -> authorize: Failed voided; = voided
         query for authorize -> authorize: Failed voided; = voided",
    );
}

#[test]
fn a_void_that_is_always_refused_does_not_make_the_record_grow_for_ever() {
    let mut shop = Shop::new();
    shop.handle(Some("o-1!authorize"), command("authorize"));
    shop.handle(None, answered("o-1!authorize", ProviderOutcome::Succeeded, ""));
    for _ in 0..VOIDS_MAX + 5 {
        let decision = shop.handle(Some("o-1!void"), command("void"));
        assert!(matches!(decision, Decision::Apply(_)), "{decision:?}");
        let open = shop.payment().and_then(|it| it.operations.last()).cloned().expect("a void");
        if !open.state.is_definite() {
            shop.handle(None, answered(open.id.as_str(), ProviderOutcome::Failed, "refused"));
        }
    }
    let payment = shop.payment().expect("a payment");
    assert_eq!(payment.operations.len(), 1 + VOIDS_MAX);
}

#[test]
fn a_void_of_taken_money_finds_nothing_held() {
    check(
        "authorize invoice 500 -> authorize: Authorized 500; = authorized
         capture -> capture: Captured 500; = captured
         void -> void: Voided; = captured",
    );
}

#[test]
fn a_void_during_a_capture_of_unknown_outcome_waits_for_it() {
    let before = "authorize -> ask authorize!1; check 10s; = processing
         provider authorize ok -> authorize: Authorized 500; = authorized
         capture -> ask capture!1; check 10s; = authorized
         provider capture silent -> check 1s; = authorized
         void -> = authorized\n";
    check(&format!(
        "{before}
         provider capture ok -> capture: Captured 500; void: Voided; = captured"
    ));
    check(&format!(
        "{before}
         provider capture no x -> ask void!1; check 10s; capture: CaptureFailed x; = authorized
         provider void ok -> void: Voided; = voided"
    ));
}

const CAPTURED: &str = "authorize -> ask authorize!1; check 10s; = processing
    provider authorize ok -> authorize: Authorized 500; = authorized
    capture -> ask capture!1; check 10s; = authorized
    provider capture ok -> capture: Captured 500; = captured\n";

#[test]
fn a_refund_is_asked_once_and_answered_as_often_as_it_is_repeated() {
    check(&format!(
        "{CAPTURED}
         refund -> ask refund!1; check 10s; = captured
         refund -> ignored: the outcome is not known yet; it is told when it is
         refund for other -> ignored: another refund is under way: what is left isn't known yet
         provider refund ok -> refund: RefundSucceeded 500; = captured
         refund -> refund: RefundSucceeded 500; = captured
         refund for other -> other: RefundSucceeded 0; = captured"
    ));
}

#[test]
fn a_refund_that_is_refused_gives_its_amount_back() {
    check(&format!(
        "{CAPTURED}
         refund -> ask refund!1; check 10s; = captured
         provider refund no account_closed -> refund: RefundFailed 500 account_closed; = captured
         refund -> refund: RefundFailed 500 account_closed; = captured
         refund for other -> ask other!1; check 10s; = captured
         provider other ok -> other: RefundSucceeded 500; = captured"
    ));
}

#[test]
fn a_refund_of_what_was_never_taken_succeeds_with_nothing() {
    check("refund -> refund: RefundSucceeded 0; = none");
    check(
        "void -> void: Voided; = voided
         refund -> refund: RefundSucceeded 0; = voided",
    );
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize ok -> authorize: Authorized 500; = authorized
         refund -> refund: RefundSucceeded 0; = authorized
         capture -> ask capture!1; check 10s; = authorized
         refund -> ignored: the capture is under way: what to give back isn't known yet",
    );
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize no card_declined -> authorize: Failed card_declined; = failed
         refund -> refund: RefundSucceeded 0; = failed",
    );
}
