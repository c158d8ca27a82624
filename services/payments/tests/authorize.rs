//! Holding the money.

mod common;

use common::{ORDER, Shop, authorize, check};
use contracts::messages::{OperationKind, PaymentAuthorize, PaymentFailed, ProviderRequest};
use contracts::{Body, Currency, MINOR_UNITS_MAX, Money};
use payments::State;
use service::Decision;

#[test]
fn the_operation_is_recorded_before_the_provider_is_asked() {
    let mut shop = Shop::new();
    let decision = shop.handle(Some("o-1!authorize"), authorize("pm_card_visa", 12_345));
    let Decision::Apply(changes) = decision else { panic!("{decision:?}") };
    let request = ProviderRequest {
        order_id: ORDER.into(),
        operation_id: "o-1!authorize".into(),
        kind: OperationKind::Authorize.into(),
        amount: Some(Money::new(12_345, Currency::USD)),
        method: "pm_card_visa".into(),
        authorization_id: String::new(),
        read: false,
    };
    let asked = &changes.effects[0];
    assert_eq!((asked.destination, asked.id.as_str()), ("provider", "o-1!authorize!1"));
    assert_eq!(asked.body, Body::from(request));
    assert_eq!(shop.timers(), ["operation:o-1!authorize"]);
    let operation = &shop.payment().expect("a payment").operations[0];
    assert_eq!(operation.id.as_str(), "o-1!authorize");
}

#[test]
fn a_repeated_authorization_is_answered_with_what_is_recorded() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         authorize -> ignored: the outcome is not known yet; it is told when it is
         provider authorize ok -> authorize: Authorized 500; = authorized
         authorize -> authorize: Authorized 500; = authorized
         authorize for other -> illegal: Authorized",
    );
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize no card_declined -> authorize: Failed card_declined; = failed
         authorize -> authorize: Failed card_declined; = failed
         authorize for other -> other: Failed card_declined; = failed",
    );
}

#[test]
fn an_authorization_that_comes_after_its_void_takes_nothing() {
    check(
        "void -> void: Voided; = voided
         authorize -> authorize: Failed voided; = voided
         authorize -> authorize: Failed voided; = voided
         provider authorize ok -> ignored: there is no such operation
         void -> void: Voided; = voided",
    );
}

#[test]
fn a_straggling_authorization_of_a_voided_payment_is_told_that_nothing_is_held() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize ok -> authorize: Authorized 500; = authorized
         void -> ask void!1; check 10s; = authorized
         provider void ok -> void: Voided; = voided
         authorize -> authorize: Failed voided; = voided",
    );
}

#[test]
fn the_customer_is_waited_for_by_reads_and_the_saga_told_once() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize waits -> check 1s; authorize: ActionRequired; = requires_action
         provider authorize waits -> ignored: the customer has not acted yet; the timer asks again
         overdue authorize -> read authorize!2; check 5s; = requires_action
         provider authorize waits -> ignored: the customer has not acted yet; the timer asks again
         authorize -> authorize: ActionRequired; = requires_action
         overdue authorize -> read authorize!3; check 30s; = requires_action
         provider authorize ok -> authorize: Authorized 500; = authorized
         provider authorize waits -> ignored: the operation was settled before",
    );
}

#[test]
fn a_payment_that_requires_action_and_was_never_seen_is_sent_again() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize waits -> check 1s; authorize: ActionRequired; = requires_action
         overdue authorize -> read authorize!2; check 5s; = requires_action
         provider authorize never_seen -> ask authorize!3; check 30s; = processing
         provider authorize ok -> authorize: Authorized 500; = authorized",
    );
}

fn check_amount(command: PaymentAuthorize, expected: Result<i64, &str>) {
    let body = Body::from(command.clone());
    let mut shop = Shop::new();
    let first = shop.handle(Some("o-1!authorize"), body.clone());
    let Decision::Apply(changes) = &first else { panic!("{first:?}") };
    let payment = shop.payment().expect("a record of it").clone();
    match expected {
        Ok(minor_units) => assert_eq!(payment.amount.minor_units(), minor_units, "{command:?}"),
        Err(code) => {
            let told = PaymentFailed {
                order_id: ORDER.into(),
                operation_id: "o-1!authorize".into(),
                code: code.into(),
            };
            assert_eq!(changes.sends[0].body, Body::from(told), "{command:?}");
            assert_eq!(changes.effects, [], "{command:?}");
            assert_eq!((payment.state, payment.amount.minor_units()), (State::Failed, 0));
            let again = shop.handle(Some("o-1!authorize"), body);
            let Decision::Apply(again) = again else { panic!("{again:?}") };
            assert_eq!(again.sends, changes.sends, "{command:?}");
        }
    }
}

#[test]
fn an_amount_that_is_missing_negative_or_too_large_is_refused_and_the_refusal_kept() {
    let of = |minor_units| PaymentAuthorize {
        total: Some(Money::new(minor_units, Currency::USD)),
        ..PaymentAuthorize::default()
    };
    check_amount(of(12_345), Ok(12_345));
    check_amount(of(0), Ok(0));
    check_amount(of(MINOR_UNITS_MAX), Ok(MINOR_UNITS_MAX));
    check_amount(of(MINOR_UNITS_MAX + 1), Err("invalid_amount"));
    check_amount(of(-1), Err("invalid_amount"));
    check_amount(PaymentAuthorize::default(), Err("invalid_amount"));
}

#[test]
fn the_predecessors_amount_is_read_where_there_is_no_total() {
    let predecessors = |amount: f64| {
        let bytes = [&[0x11][..], &amount.to_le_bytes()].concat();
        let body = Body::decode(contracts::MessageType::PaymentAuthorize, &bytes);
        let Ok(Body::PaymentAuthorize(command)) = body else { panic!("{body:?}") };
        command
    };
    check_amount(predecessors(123.45), Ok(12_345));
    check_amount(predecessors(-1.0), Err("invalid_amount"));
    check_amount(predecessors(0.001), Err("invalid_amount"));
}
