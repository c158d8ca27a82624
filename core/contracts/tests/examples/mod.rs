//! One example of every message and type, each field filled with a value of its own. The literals
//! name every field, so that a new field doesn't compile before it has a value here. A value that
//! stands here never changes: the golden file was written with it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use contracts::messages::*;
use contracts::{Body, Money};
use prost::{DecodeError, Message};
use serde_json::Value;

/// A message or a type as the golden file has it.
pub struct Example {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub fields: Value,
    read: Reader,
}

type Reader = Box<dyn Fn(&[u8]) -> Result<Read, DecodeError>>;

/// What was read: its fields, and what it is written as again.
pub struct Read {
    pub fields: Value,
    pub bytes: Vec<u8>,
}

impl Example {
    fn of_body(body: &Body) -> Self {
        let message_type = body.message_type();
        let read = move |bytes: &[u8]| {
            let body = Body::decode(message_type, bytes)?;
            Ok(Read { fields: fields(&body), bytes: body.encode() })
        };
        let (bytes, fields) = (body.encode(), fields(body));
        Self { name: message_type.name(), bytes, fields, read: Box::new(read) }
    }

    fn of_type<M: Message + Default + serde::Serialize>(name: &'static str, value: &M) -> Self {
        let read = |bytes: &[u8]| {
            let value = M::decode(bytes)?;
            Ok(Read { fields: fields(&value), bytes: value.encode_to_vec() })
        };
        Self { name, bytes: value.encode_to_vec(), fields: fields(value), read: Box::new(read) }
    }

    pub fn read(&self, bytes: &[u8]) -> Result<Read, DecodeError> {
        (self.read)(bytes)
    }
}

fn fields(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("JSON")
}

/// An example of everything in `proto/`.
pub fn all() -> Vec<Example> {
    let types = [
        Example::of_type("Envelope", &envelope()),
        Example::of_type("EventEnvelope", &event_envelope()),
        Example::of_type("Line", &line("sku-1", 3, money(199, "EUR"))),
        Example::of_type("Money", &money(12_345, "USD")),
        Example::of_type("Place", &place("sku-1", "berlin", 3)),
    ];
    bodies().iter().map(Example::of_body).chain(types).collect()
}

/// An example of every message.
pub fn bodies() -> Vec<Body> {
    [orders(), payments(), inventory(), orchestrator()].concat()
}

pub fn money(minor_units: i64, currency: &str) -> Money {
    Money::new(minor_units, currency.parse().expect("a currency"))
}

fn line(sku: &str, quantity: u32, unit_price: Money) -> Line {
    Line { sku: sku.into(), quantity, unit_price: Some(unit_price) }
}

fn place(sku: &str, location: &str, quantity: u32) -> Place {
    Place { sku: sku.into(), location: location.into(), quantity }
}

fn lines() -> Vec<Line> {
    vec![line("sku-1", 3, money(199, "EUR")), line("sku-2", 5, money(-700, "JPY"))]
}

fn order_id() -> String {
    "o-1".into()
}

fn reason() -> String {
    "because".into()
}

fn operation_id() -> String {
    "o-1!step".into()
}

fn code() -> String {
    "card_declined".into()
}

fn envelope() -> Envelope {
    Envelope {
        id: (1..=16).collect(),
        r#type: "OrderConfirmed".into(),
        source: "orders".into(),
        subject: "o-1".into(),
        time: 1_795_521_600_000_000,
        cause: (101..=116).collect(),
        step: "o-1!confirm_order".into(),
        version: 7_000,
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
        data: vec![201, 202],
    }
}

fn event_envelope() -> EventEnvelope {
    EventEnvelope {
        id: "4f9c".into(),
        r#type: "OrderCreated".into(),
        source: "orders".into(),
        correlation_id: "c-1".into(),
        causation_id: "4f9b".into(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
        timestamp: "2026-11-24T12:00:00+00:00".into(),
        payload: vec![201, 202],
    }
}

#[expect(deprecated, reason = "the predecessor's field has a place on the wire too")]
fn orders() -> Vec<Body> {
    vec![
        CreateOrder {
            order_id: order_id(),
            user_id: "u-1".into(),
            total: Some(money(12_345, "USD")),
            lines: lines(),
            capture_mode: CaptureMode::Manual.into(),
            payment_method: "pm_card_visa".into(),
            metadata: r#"{"channel":"web"}"#.into(),
        }
        .into(),
        CancelOrder { order_id: order_id(), reason: reason() }.into(),
        ConfirmOrder { order_id: order_id(), paid: Some(money(12_345, "USD")) }.into(),
        RejectOrder { order_id: order_id(), reason: reason() }.into(),
        MarkCancelled { order_id: order_id(), refunded: Some(money(12_345, "USD")) }.into(),
        OrderCreated {
            order_id: order_id(),
            user_id: "u-1".into(),
            amount: 123.45,
            total: Some(money(12_345, "USD")),
            lines: lines(),
            capture_mode: CaptureMode::Manual.into(),
            payment_method: "pm_card_visa".into(),
        }
        .into(),
        OrderConfirmed { order_id: order_id() }.into(),
        OrderCompleted { order_id: order_id() }.into(),
        OrderRejected { order_id: order_id(), reason: reason() }.into(),
        OrderCancelRequested { order_id: order_id(), reason: reason() }.into(),
        OrderCancelling { order_id: order_id(), reason: reason() }.into(),
        OrderCancelled { order_id: order_id(), reason: reason() }.into(),
    ]
}

fn payments() -> Vec<Body> {
    [payment_commands(), payment_events(), payment_effects()].concat()
}

#[expect(deprecated, reason = "the predecessor's field has a place on the wire too")]
fn payment_commands() -> Vec<Body> {
    vec![
        PaymentAuthorize {
            order_id: order_id(),
            amount: 123.45,
            total: Some(money(12_345, "USD")),
            method: "pm_card_visa".into(),
            user_id: "u-1".into(),
        }
        .into(),
        PaymentCapture { order_id: order_id() }.into(),
        PaymentVoid { order_id: order_id(), reason: reason() }.into(),
        PaymentRefund { order_id: order_id(), reason: reason() }.into(),
        PaymentQuery { order_id: order_id() }.into(),
    ]
}

fn payment_events() -> Vec<Body> {
    let (order_id, operation_id) = (order_id(), operation_id());
    let ids = || (order_id.clone(), operation_id.clone());
    let amount = Some(money(12_345, "USD"));
    let authorized =
        |(order_id, operation_id)| PaymentAuthorized { order_id, operation_id, amount };
    let required = |(order_id, operation_id)| PaymentActionRequired { order_id, operation_id };
    let failed = |(order_id, operation_id)| PaymentFailed { order_id, operation_id, code: code() };
    let captured = |(order_id, operation_id)| PaymentCaptured { order_id, operation_id, amount };
    let not_captured =
        |(order_id, operation_id)| PaymentCaptureFailed { order_id, operation_id, code: code() };
    let voided = |(order_id, operation_id)| PaymentVoided { order_id, operation_id };
    let not_voided = |(order_id, operation_id)| PaymentVoidFailed {
        order_id,
        operation_id,
        code: code(),
        amount,
    };
    let refunded = |(order_id, operation_id)| RefundSucceeded { order_id, operation_id, amount };
    let not_refunded =
        |(order_id, operation_id)| RefundFailed { order_id, operation_id, code: code(), amount };
    let conflict = |(order_id, operation_id)| PaymentConflict {
        order_id,
        operation_id,
        recorded: "failed".into(),
        claimed: "succeeded".into(),
    };
    vec![
        authorized(ids()).into(),
        required(ids()).into(),
        failed(ids()).into(),
        captured(ids()).into(),
        not_captured(ids()).into(),
        voided(ids()).into(),
        not_voided(ids()).into(),
        refunded(ids()).into(),
        not_refunded(ids()).into(),
        conflict(ids()).into(),
    ]
}

fn payment_effects() -> Vec<Body> {
    vec![
        OperationOverdue { order_id: order_id(), operation_id: operation_id() }.into(),
        ProviderRequest {
            order_id: order_id(),
            operation_id: operation_id(),
            kind: OperationKind::Refund.into(),
            amount: Some(money(12_345, "USD")),
            method: "pm_card_visa".into(),
            authorization_id: "o-1!authorize".into(),
            read: true,
        }
        .into(),
        ProviderAnswered {
            order_id: order_id(),
            operation_id: operation_id(),
            outcome: ProviderOutcome::Failed.into(),
            code: code(),
            provider_reference: "ch_1".into(),
        }
        .into(),
    ]
}

fn inventory() -> Vec<Body> {
    let expires_at = 1_795_522_800_000_000;
    let places = vec![place("sku-1", "berlin", 3), place("sku-2", "paris", 5)];
    let (sku, location) = ("sku-1".to_string(), "berlin".to_string());
    vec![
        ReserveInventory { order_id: order_id(), lines: lines(), expires_at }.into(),
        CommitInventory { order_id: order_id() }.into(),
        ReleaseInventory { order_id: order_id(), reason: reason() }.into(),
        SetStock {
            sku: sku.clone(),
            location: location.clone(),
            on_hand: 300,
            policy: StockPolicy::Untracked.into(),
        }
        .into(),
        AdjustStock { sku: sku.clone(), location, delta: -5, reason: reason() }.into(),
        InventoryReserved { order_id: order_id(), lines: places, expires_at }.into(),
        InventoryRejected { order_id: order_id(), reason: reason() }.into(),
        InventoryCommitted { order_id: order_id() }.into(),
        InventoryReleased { order_id: order_id(), reason: reason() }.into(),
        StockLevelChanged { sku, on_hand: 300, reserved: 7 }.into(),
        HoldExpired { order_id: order_id() }.into(),
    ]
}

fn orchestrator() -> Vec<Body> {
    let (saga_id, definition) = ("o-1!cancel_order!1".to_string(), "cancel_order".to_string());
    let (order_id, step) = (order_id(), "o-1!cancel_order!1!refund_payment".to_string());
    let ids = || (order_id.clone(), saga_id.clone());
    let pause = |(order_id, saga_id)| PauseSaga { order_id, saga_id, reason: reason() };
    let resume = |(order_id, saga_id)| ResumeSaga { order_id, saga_id, reason: reason() };
    let resolve = |(order_id, saga_id)| ResolveSaga { order_id, saga_id, reason: reason() };
    let retry =
        |(order_id, saga_id), step| RetryCompensation { order_id, saga_id, step, reason: reason() };
    let skip =
        |(order_id, saga_id), step| SkipCompensation { order_id, saga_id, step, reason: reason() };
    let finished = |(order_id, saga_id), definition| SagaFinished {
        order_id,
        saga_id,
        definition,
        state: "COMPENSATED".into(),
        turn: 2,
    };
    let reopened =
        |(order_id, saga_id), definition| SagaReopened { order_id, saga_id, definition, turn: 2 };
    let failed =
        |(order_id, saga_id), definition| SagaCompensationFailed { order_id, saga_id, definition };
    let overdue = |(order_id, saga_id)| StepOverdue { order_id, saga_id, step, attempt: 3 };
    vec![
        pause(ids()).into(),
        resume(ids()).into(),
        resolve(ids()).into(),
        retry(ids(), "reserve_inventory".into()).into(),
        skip(ids(), "reserve_inventory".into()).into(),
        finished(ids(), definition.clone()).into(),
        reopened(ids(), definition.clone()).into(),
        failed(ids(), definition).into(),
        overdue(ids()).into(),
    ]
}
