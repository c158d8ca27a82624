//! What a message says, as JSON: money and times as everywhere, words instead of numbers.

mod stream;

use crate::openapi::{Routes, operation};
use crate::view::{MoneyView, time};
use contracts::messages::CaptureMode;
use contracts::{Body, Channel, MessageType, Money, ServiceName, Timestamp};
use serde_json::{Map, Value};
use utoipa::openapi::Object;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder};
use utoipa_axum::routes;

pub(crate) fn add(routes: Routes, service: ServiceName) -> Routes {
    let types: Vec<&str> = events_of(service).map(MessageType::name).collect();
    routes.with(operation(routes!(stream::stream_events)).chooses("type", &types))
}

/// The events that a service publishes.
pub fn events_of(service: ServiceName) -> impl Iterator<Item = MessageType> {
    let is_event = move |it: &MessageType| it.owner() == service && it.channel() == Channel::Event;
    MessageType::ALL.iter().copied().filter(is_event)
}

/// What a message says; which fields there are depends on its type.
pub fn data(body: &Body) -> Value {
    let mut data = serde_json::to_value(body).unwrap_or_default();
    if let Value::Object(fields) = &mut data {
        show(fields);
    }
    data
}

/// The schema of what a message says.
pub fn data_schema() -> Object {
    ObjectBuilder::new()
        .description(Some("What it says; which fields there are depends on the type"))
        .additional_properties(Some(AdditionalProperties::<utoipa::openapi::Schema>::FreeForm(
            true,
        )))
        .build()
}

fn show(fields: &mut Map<String, Value>) {
    // An amount in floating point is there for the predecessor's sake; `total` says the same.
    fields.retain(|_, value| !value.is_null() && !value.is_f64());
    for (name, value) in fields {
        match (name.as_str(), &mut *value) {
            ("expires_at", Value::Number(micros)) => {
                *value = time(Timestamp(micros.as_i64().unwrap_or_default())).into();
            }
            ("capture_mode", Value::Number(mode)) => *value = capture_mode(mode.as_i64()).into(),
            (_, Value::Object(inner)) => show(inner),
            (_, Value::Array(_)) => show_list(value),
            _ => {}
        }
    }
}

/// Money is kept as a pair; every other list is one of objects or texts.
fn show_list(value: &mut Value) {
    if let Ok(money) = serde_json::from_value::<Money>(value.clone()) {
        *value = serde_json::to_value(MoneyView::from(money)).unwrap_or_default();
    } else if let Value::Array(items) = value {
        items.iter_mut().filter_map(Value::as_object_mut).for_each(show);
    }
}

fn capture_mode(number: Option<i64>) -> &'static str {
    let mode = number.and_then(|number| i32::try_from(number).ok());
    match mode.and_then(|mode| CaptureMode::try_from(mode).ok()) {
        Some(CaptureMode::Manual) => "manual",
        Some(CaptureMode::Automatic | CaptureMode::Unspecified) | None => "automatic",
    }
}

#[cfg(test)]
mod tests {
    use super::{data, events_of};
    use contracts::messages::{
        CaptureMode, InventoryReserved, Line, OrderCancelled, OrderConfirmed, OrderCreated,
        PaymentCaptured, Place,
    };
    use contracts::{Body, Currency, Money, ServiceName};
    use serde_json::{Value, json};

    fn check(body: impl Into<Body>, expected: &Value) {
        assert_eq!(&data(&body.into()), expected);
    }

    #[test]
    fn events_show_money_times_and_words_as_everywhere() {
        let line = |unit_price| Line { sku: "s".into(), quantity: 2, unit_price };
        let created = OrderCreated {
            order_id: "o".into(),
            user_id: "u".into(),
            lines: vec![line(Some(Money::new(250, Currency::USD))), line(None)],
            capture_mode: CaptureMode::Manual.into(),
            payment_method: "invoice".into(),
            ..OrderCreated::default()
        };
        let money =
            |amount, minor| json!({ "amount": amount, "minor_units": minor, "currency": "USD" });
        let expected = json!({
            "order_id": "o", "user_id": "u", "total": money("5.00", 500),
            "lines": [
                { "sku": "s", "quantity": 2, "unit_price": money("2.50", 250) },
                { "sku": "s", "quantity": 2 },
            ],
            "capture_mode": "manual", "payment_method": "invoice",
        });
        check(created.with_total(Money::new(500, Currency::USD)), &expected);
        let captured = PaymentCaptured {
            order_id: "o".into(),
            operation_id: "o!capture_payment".into(),
            amount: Some(Money::new(500, Currency::USD)),
        };
        let expected = json!({
            "order_id": "o", "operation_id": "o!capture_payment", "amount": money("5.00", 500),
        });
        check(captured, &expected);
        let place = Place { sku: "s".into(), location: "main".into(), quantity: 2 };
        let reserved =
            InventoryReserved { order_id: "o".into(), lines: vec![place], expires_at: 1_500_000 };
        let expected = json!({
            "order_id": "o",
            "lines": [{ "sku": "s", "location": "main", "quantity": 2 }],
            "expires_at": "1970-01-01T00:00:01.500000Z",
        });
        check(reserved, &expected);
        check(OrderConfirmed { order_id: "o".into() }, &json!({ "order_id": "o" }));
        let cancelled = OrderCancelled { order_id: "o".into(), reason: "why".into() };
        check(cancelled, &json!({ "order_id": "o", "reason": "why" }));
    }

    #[test]
    fn every_event_says_something() {
        for event in ServiceName::ALL.into_iter().flat_map(events_of) {
            let fields = data(&Body::empty(event));
            assert!(fields.as_object().is_some_and(|it| !it.is_empty()), "{}", event.name());
        }
    }
}
