//! The events of orders as they are shown: money as everywhere, words instead of numbers.

use super::view::LineView;
use crate::view::MoneyView;
use contracts::Body;
use contracts::messages::{
    CaptureMode, OrderCancelRequested, OrderCancelled, OrderCancelling, OrderCompleted,
    OrderConfirmed, OrderCreated, OrderRejected,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What an event says; which fields there are depends on its type.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventData {
    /// `OrderCreated`.
    Created {
        /// The order.
        order_id: String,
        /// Who ordered.
        user_id: String,
        /// What it costs.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<MoneyView>,
        /// What was ordered.
        lines: Vec<LineView>,
        /// `automatic` or `manual`.
        capture_mode: &'static str,
        /// The token of the payment provider.
        payment_method: String,
    },
    /// `OrderRejected`, `OrderCancelRequested`, `OrderCancelling` and `OrderCancelled`.
    Because {
        /// The order.
        order_id: String,
        /// Why.
        reason: String,
    },
    /// `OrderConfirmed` and `OrderCompleted`.
    Plain {
        /// The order.
        order_id: String,
    },
}

/// What an event of orders says; nothing for every other message.
pub fn event_data(body: &Body) -> Option<EventData> {
    Some(match body {
        Body::OrderCreated(it) => created(it),
        Body::OrderConfirmed(OrderConfirmed { order_id })
        | Body::OrderCompleted(OrderCompleted { order_id }) => {
            EventData::Plain { order_id: order_id.clone() }
        }
        Body::OrderRejected(OrderRejected { order_id, reason })
        | Body::OrderCancelRequested(OrderCancelRequested { order_id, reason })
        | Body::OrderCancelling(OrderCancelling { order_id, reason })
        | Body::OrderCancelled(OrderCancelled { order_id, reason }) => {
            EventData::Because { order_id: order_id.clone(), reason: reason.clone() }
        }
        _ => return None,
    })
}

fn created(it: &OrderCreated) -> EventData {
    EventData::Created {
        order_id: it.order_id.clone(),
        user_id: it.user_id.clone(),
        total: it.total.map(MoneyView::from),
        lines: it.lines.iter().filter_map(LineView::of_message).collect(),
        capture_mode: match it.capture_mode() {
            CaptureMode::Manual => "manual",
            CaptureMode::Automatic | CaptureMode::Unspecified => "automatic",
        },
        payment_method: it.payment_method.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::event_data;
    use contracts::messages::{CaptureMode, Line, OrderCancelled, OrderConfirmed, OrderCreated};
    use contracts::{Body, Channel, Currency, MessageType, Money, ServiceName};
    use serde_json::json;

    fn check(body: impl Into<Body>, expected: &serde_json::Value) {
        let shown = serde_json::to_value(event_data(&body.into())).expect("JSON");
        assert_eq!(&shown, expected);
    }

    #[test]
    fn events_show_money_and_words_as_everywhere() {
        let usd: Currency = "USD".parse().expect("a currency");
        let line = Line { sku: "s".into(), quantity: 2, unit_price: Some(Money::new(250, usd)) };
        let created = OrderCreated {
            order_id: "o".into(),
            user_id: "u".into(),
            total: Some(Money::new(500, usd)),
            lines: vec![line],
            capture_mode: CaptureMode::Automatic.into(),
            payment_method: "invoice".into(),
            ..OrderCreated::default()
        };
        let money =
            |amount, minor| json!({ "amount": amount, "minor_units": minor, "currency": "USD" });
        let expected = json!({
            "order_id": "o", "user_id": "u", "total": money("5.00", 500),
            "lines": [{ "sku": "s", "quantity": 2, "unit_price": money("2.50", 250) }],
            "capture_mode": "automatic", "payment_method": "invoice",
        });
        check(created, &expected);
        check(OrderConfirmed { order_id: "o".into() }, &json!({ "order_id": "o" }));
        let cancelled = OrderCancelled { order_id: "o".into(), reason: "why".into() };
        check(cancelled, &json!({ "order_id": "o", "reason": "why" }));
    }

    #[test]
    fn every_event_of_orders_has_a_view() {
        let is_event =
            |it: &&MessageType| it.owner() == ServiceName::Orders && it.channel() == Channel::Event;
        for event in MessageType::ALL.iter().filter(is_event) {
            assert!(event_data(&Body::empty(*event)).is_some(), "{}", event.name());
        }
    }
}
