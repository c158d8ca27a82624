//! The predecessor's bytes, written by hand from the field numbers that its documents give.

use contracts::messages::{OrderCreated, PaymentAuthorize};
use contracts::{Body, Currency, Message, MessageId, Money, MoneyError, Source, Timestamp};
use prost::Message as _;

const RECEIVED: Timestamp = Timestamp(1_795_521_600_000_000);
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A field of text or bytes: its number and wire type 2, its length, its content.
fn text(number: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = u8::try_from(content.len()).expect("a short text");
    let long = length >= 0x80;
    let length = if long { vec![length, 1] } else { vec![length] };
    [&[number << 3 | 2], &length[..], content].concat()
}

/// A `double`: its number and wire type 1, eight bytes, the lowest first.
fn double(number: u8, value: f64) -> Vec<u8> {
    [&[number << 3 | 1], &value.to_le_bytes()[..]].concat()
}

fn envelope(message_type: &str, payload: &[u8]) -> Vec<u8> {
    [
        text(1, "4f9c"),
        text(2, message_type),
        text(3, "orders"),
        text(4, "c-1"),
        text(5, "4f9b"),
        text(6, TRACE),
        text(7, "2025-03-01T12:00:00+00:00"),
        text(8, payload),
    ]
    .concat()
}

fn read(message_type: &str, payload: &[u8]) -> Message {
    Message::from_predecessor(&envelope(message_type, payload), RECEIVED).expect("a message")
}

#[test]
fn every_attribute_of_the_envelope_is_read_or_taken_from_the_payload() {
    let order = [text(1, "o-1"), text(2, "u-1"), double(3, 123.45)].concat();
    let message = read("OrderCreated", &order);
    assert_eq!(message.source.as_str(), "orders");
    assert_eq!(message.subject.as_str(), "o-1");
    assert_eq!(message.time, RECEIVED);
    assert_eq!(message.traceparent.as_deref(), Some(TRACE));
    assert_eq!((message.step, message.version), (None, 0));
    let id = |text: &[u8]| MessageId::root(Timestamp(0), &[text]);
    assert_eq!((message.id, message.cause), (id(b"4f9c"), Some(id(b"4f9b"))));
}

#[test]
fn what_an_envelope_may_lack_is_left_out() {
    let bytes = [text(1, "4f9c"), text(2, "PaymentCaptured"), text(8, text(1, "o-1"))].concat();
    let message = Message::from_predecessor(&bytes, RECEIVED).expect("a message");
    assert_eq!(message.source, Source::Client);
    assert_eq!((message.cause, message.traceparent), (None, None));
}

#[test]
fn a_trace_that_is_none_is_not_carried_on() {
    let order = [text(2, "PaymentCaptured"), text(8, text(1, "o-1"))].concat();
    for trace in ["nonsense", &TRACE.repeat(3)] {
        let bytes = [text(1, "4f9c"), text(6, trace), order.clone()].concat();
        let message = Message::from_predecessor(&bytes, RECEIVED).expect("a message");
        assert_eq!(message.traceparent, None, "{trace}");
    }
}

#[test]
fn the_same_envelope_has_the_same_id_whenever_it_is_received() {
    let bytes = envelope("PaymentCaptured", &text(1, "o-1"));
    let ids = [0, 1, RECEIVED.micros()]
        .map(|time| Message::from_predecessor(&bytes, Timestamp(time)).expect("a message").id);
    assert_eq!(ids, [ids[0]; 3]);
}

#[test]
fn an_order_and_an_authorization_carry_their_double_as_an_exact_amount() {
    let order = [text(1, "o-1"), text(2, "u-1"), double(3, 123.45)].concat();
    let Body::OrderCreated(order) = read("OrderCreated", &order).body else { panic!() };
    assert_eq!((order.order_id.as_str(), order.user_id.as_str()), ("o-1", "u-1"));
    assert_eq!(order.total_or_amount(Currency::USD), Ok(usd(12_345)));
    let command = [text(1, "o-1"), double(2, 123.45)].concat();
    let Body::PaymentAuthorize(command) = read("PaymentAuthorize", &command).body else { panic!() };
    assert_eq!(command.order_id, "o-1");
    assert_eq!(command.total_or_amount(Currency::USD), Ok(usd(12_345)));
}

fn usd(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::USD)
}

#[test]
fn messages_of_an_order_id_alone_are_read() {
    for name in ["PaymentCaptured", "ReserveInventory", "InventoryReserved", "InventoryReleased"] {
        let message = read(name, &text(1, "o-7"));
        assert_eq!(message.body.message_type().name(), name);
        assert_eq!(message.subject.as_str(), "o-7");
        let order_id = serde_json::to_value(&message.body).expect("JSON")["order_id"].clone();
        assert_eq!(order_id, "o-7", "{name}");
    }
}

#[test]
fn a_field_that_nobody_knows_is_skipped() {
    let payload = [text(1, "o-1"), text(15, "from a later version")].concat();
    let bytes = [envelope("PaymentCaptured", &payload), text(14, "this too")].concat();
    let message = Message::from_predecessor(&bytes, RECEIVED).expect("a message");
    assert_eq!(message, read("PaymentCaptured", &text(1, "o-1")));
}

#[test]
fn what_is_no_message_is_refused_with_a_sentence() {
    let order = text(1, "o-1");
    let no_id = [text(2, "PaymentCaptured"), text(8, &order)].concat();
    check(&envelope("PaymentTeleported", &order), "no message is named \"PaymentTeleported\"");
    check(&envelope("", &order), "no message is named \"\"");
    check(&envelope("PaymentCaptured", b""), "PaymentCaptured has no order id");
    check(&envelope("OrderConfirmed", &order), "the predecessor knew no OrderConfirmed");
    check(&no_id, "its id is empty");
    check(&envelope("PaymentCaptured", b"\xff\xff"), "failed to decode");
    check(&envelope("PaymentCaptured", b"\x08\x01"), "PaymentCaptured.order_id: invalid wire type");
    check(&envelope("PaymentCaptured", b"\x0a\x09o-1"), "failed to decode");
    check(b"no Protobuf at all", "failed to decode");
    check(&envelope("PaymentCaptured", &order)[..40], "failed to decode");
}

fn check(bytes: &[u8], sentence: &str) {
    let error = Message::from_predecessor(bytes, RECEIVED).expect_err(sentence).to_string();
    let prefix = "unreadable message: ";
    assert!(error.starts_with(prefix) && error.contains(sentence), "{error:?} is no {sentence:?}");
}

#[test]
fn both_fields_are_filled_and_money_wins() {
    for (minor_units, currency, amount) in [
        (12_345, "USD", 123.45),
        (1, "USD", 0.01),
        (0, "USD", 0.0),
        (500, "JPY", 500.0),
        (1_001, "KWD", 1.001),
    ] {
        let total = Money::new(minor_units, currency.parse().expect("a currency"));
        let order = OrderCreated::default().with_total(total);
        let command = PaymentAuthorize::default().with_total(total);
        assert!(contains(&order.encode_to_vec(), &double(3, amount)), "{order:?}");
        assert!(contains(&command.encode_to_vec(), &double(2, amount)), "{command:?}");
        let yen: Currency = "JPY".parse().expect("a currency");
        assert_eq!(order.total_or_amount(yen), Ok(total));
        assert_eq!(command.total_or_amount(yen), Ok(total));
    }
    let contrary = [double(3, 9.99), OrderCreated::default().encode_to_vec()].concat();
    let total = [text(4, [&b"\x08\xb9\x60"[..], &text(2, "USD")].concat())].concat();
    let order = OrderCreated::decode(&[contrary, total].concat()[..]).expect("an order");
    assert_eq!(order.total_or_amount(Currency::USD), Ok(usd(12_345)));
}

/// A `double` of zero is not written.
fn contains(bytes: &[u8], field: &[u8]) -> bool {
    let is_zero = field[1..].iter().all(|byte| *byte == 0);
    bytes.windows(field.len()).any(|it| it == field) != is_zero
}

#[test]
fn a_double_that_is_no_amount_of_the_currency_is_refused() {
    let total = |amount: f64, currency: &str| {
        let order = OrderCreated::decode(&double(3, amount)[..]).expect("an order");
        order.total_or_amount(currency.parse().expect("a currency"))
    };
    assert_eq!(total(123.0, "JPY"), Ok(Money::new(123, "JPY".parse().expect("a currency"))));
    assert!(matches!(total(123.456, "USD"), Err(MoneyError::TooPrecise { .. })));
    assert!(matches!(total(0.1 + 0.2, "USD"), Err(MoneyError::TooPrecise { .. })));
    assert!(matches!(total(1e300, "USD"), Err(MoneyError::TooLarge(_))));
    assert!(matches!(total(f64::NAN, "USD"), Err(MoneyError::NoNumber(_))));
    assert!(matches!(total(f64::INFINITY, "USD"), Err(MoneyError::NoNumber(_))));
}
