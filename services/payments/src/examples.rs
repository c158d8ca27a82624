//! One example of every state and message, all about order `o-1`, for the generated table of what
//! happens in which state. The states are played, so each is one that an order can reach.

use crate::record::{Record, payment_key};
use crate::{Payment, Payments};
use contracts::messages::{
    OperationOverdue, PaymentAuthorize, PaymentCapture, PaymentQuery, PaymentRefund, PaymentVoid,
    ProviderAnswered, ProviderOutcome,
};
use contracts::{
    Body, Currency, Message, MessageId, Money, ServiceName, Source, StepId, Timestamp,
};
use service::{Decision, Kept, RecordKey, Records, Service};

const ORDER: &str = "o-1";
const AUTHORIZE: &str = "o-1!authorize_payment";
const CAPTURE: &str = "o-1!capture_payment";
const VOID: &str = "o-1!void_payment";
const REFUND: &str = "o-1!cancel_order!1!refund_payment";
/// 2026-11-24T12:00:00Z.
const NOW: Timestamp = Timestamp(1_795_521_600_000_000);

/// Every state of a payment, as the records of a shop; and `none`, where there is no payment.
pub fn states() -> Vec<(&'static str, Vec<(RecordKey, Record)>)> {
    use ProviderOutcome::{ActionRequired, Failed, Succeeded};
    let authorized = [authorize(), answer(AUTHORIZE, Succeeded)];
    let and = |more: &[Message]| played(&[&authorized, more].concat());
    vec![
        ("none", vec![]),
        ("processing", played(&[authorize()])),
        ("requires_action", played(&[authorize(), answer(AUTHORIZE, ActionRequired)])),
        ("authorized", and(&[])),
        ("captured", and(&[capture(), answer(CAPTURE, Succeeded)])),
        ("voided", and(&[void(), answer(VOID, Succeeded)])),
        ("failed", played(&[authorize(), answer(AUTHORIZE, Failed)])),
    ]
}

/// One example of every message that payments accepts.
pub fn messages() -> Vec<Message> {
    vec![
        authorize(),
        capture(),
        void(),
        refund(),
        message(Some(CAPTURE), PaymentQuery { order_id: ORDER.into() }),
        answer(AUTHORIZE, ProviderOutcome::Succeeded),
        message(None, OperationOverdue { order_id: ORDER.into(), operation_id: AUTHORIZE.into() }),
    ]
}

fn authorize() -> Message {
    let command = PaymentAuthorize {
        order_id: ORDER.into(),
        method: "pm_card_visa".into(),
        user_id: "u-1".into(),
        ..PaymentAuthorize::default()
    };
    message(Some(AUTHORIZE), command.with_total(Money::new(12_345, Currency::USD)))
}

fn capture() -> Message {
    message(Some(CAPTURE), PaymentCapture { order_id: ORDER.into() })
}

fn void() -> Message {
    message(Some(VOID), PaymentVoid { order_id: ORDER.into(), reason: "expired".into() })
}

fn refund() -> Message {
    message(Some(REFUND), PaymentRefund { order_id: ORDER.into(), reason: "cancelled".into() })
}

fn answer(operation_id: &str, outcome: ProviderOutcome) -> Message {
    let code = if outcome == ProviderOutcome::Failed { "card_declined" } else { "" };
    let answer = ProviderAnswered {
        order_id: ORDER.into(),
        operation_id: operation_id.into(),
        outcome: outcome.into(),
        code: code.into(),
        provider_reference: format!("fake_{operation_id}"),
    };
    message(None, answer)
}

fn message(step: Option<&str>, body: impl Into<Body>) -> Message {
    let body = body.into();
    let source = match body {
        Body::ProviderAnswered(_) => Source::Provider,
        Body::OperationOverdue(_) => Source::Service(ServiceName::Payments),
        _ => Source::Service(ServiceName::Orchestrator),
    };
    let name = body.message_type().name();
    Message {
        id: MessageId::root(NOW, &[name.as_bytes()]),
        source,
        subject: ORDER.into(),
        time: NOW,
        cause: None,
        step: step.map(StepId::from),
        version: 0,
        traceparent: None,
        body,
    }
}

/// What is there after these messages.
fn played(messages: &[Message]) -> Vec<(RecordKey, Record)> {
    let key = payment_key(ORDER);
    let mut payment: Option<Record> = None;
    let mut ledger = vec![];
    for message in messages {
        let mut records = Records::default();
        records.put(key.clone().into(), payment.clone());
        if let Decision::Apply(changes) = Payments.decide(&records, message, NOW) {
            let written = changes.writes.into_iter().map(|(_, record)| record);
            payment = written.last().filter(|it| Payment::of(it).is_some()).or(payment);
            ledger.extend(changes.appends);
        }
    }
    payment.map(|payment| (key.into(), payment)).into_iter().chain(ledger).collect()
}
