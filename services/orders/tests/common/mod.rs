//! A small shop around the rules: plays stories, told line by line, and says what came of each.
#![allow(dead_code, reason = "each test file uses a part of it")]

use contracts::messages::{
    CancelOrder, CaptureMode, ConfirmOrder, CreateOrder, Line, MarkCancelled, RejectOrder,
    SagaFinished, SagaReopened,
};
use contracts::{Body, Currency, Message, Money, Timestamp};
use orders::{AcknowledgedOrder, Order, Orders, Record, order_key};
use service::play::{self, NOW, Play};
use service::{Decision, Reply, Versioned};
use std::time::Duration;

pub const ORDER: &str = "o-1";
pub const TOTAL: Money = Money::new(500, Currency::USD);

/// What orders keeps of one order, and the time.
pub struct Shop {
    pub now: Timestamp,
    play: Play<Orders>,
}

impl Shop {
    pub fn new() -> Self {
        Self { now: NOW, play: Play::new(Orders) }
    }

    pub fn order(&self) -> Option<&Order> {
        self.play.get(&order_key(ORDER))
    }

    /// A second later than the message before.
    pub fn handle(&mut self, body: impl Into<Body>) -> Decision<Record> {
        self.handle_at_version(0, body)
    }

    /// What is meant for that version of the order; 0: for any.
    pub fn handle_at_version(&mut self, version: u64, body: impl Into<Body>) -> Decision<Record> {
        self.now = self.now + Duration::from_secs(1);
        let body = body.into();
        let step = match &body {
            Body::ConfirmOrder(_) => Some("o-1!confirm_order"),
            Body::RejectOrder(_) => Some("o-1!reject_order"),
            Body::MarkCancelled(_) => Some("o-1!cancel_order!1!mark_cancelled"),
            _ => None,
        };
        let message = play::message(self.now, ORDER, step, body);
        self.play.handle(&Message { version, ..message }, self.now)
    }
}

/// An order of one line.
pub fn create() -> CreateOrder {
    let line = Line { sku: "shoe".into(), quantity: 1, unit_price: Some(TOTAL) };
    CreateOrder { lines: vec![line], ..create_of_an_amount() }
}

/// An order with nothing to ship.
pub fn create_of_an_amount() -> CreateOrder {
    CreateOrder {
        order_id: ORDER.into(),
        user_id: "u-1".into(),
        total: Some(TOTAL),
        payment_method: "pm_card_visa".into(),
        ..CreateOrder::default()
    }
}

pub fn cancel(reason: &str) -> Body {
    CancelOrder { order_id: ORDER.into(), reason: reason.into() }.into()
}

pub fn confirm(paid: Option<Money>) -> Body {
    ConfirmOrder { order_id: ORDER.into(), paid }.into()
}

pub fn reject(reason: &str) -> Body {
    RejectOrder { order_id: ORDER.into(), reason: reason.into() }.into()
}

pub fn mark_cancelled(refunded: Option<Money>) -> Body {
    MarkCancelled { order_id: ORDER.into(), refunded }.into()
}

/// The saga that places the order, or the one that cancels it.
fn saga_id(name: &str) -> String {
    match name {
        "place" => ORDER.into(),
        "cancel" => format!("{ORDER}!{}!1", orders::CANCEL_SAGA),
        _ => panic!("no saga: {name}"),
    }
}

pub fn finished(saga: &str, turn: u32) -> Body {
    let (order_id, saga_id) = (ORDER.into(), saga_id(saga));
    SagaFinished { order_id, saga_id, turn, ..SagaFinished::default() }.into()
}

pub fn reopened(saga: &str, turn: u32) -> Body {
    let (order_id, saga_id) = (ORDER.into(), saga_id(saga));
    SagaReopened { order_id, saga_id, turn, ..SagaReopened::default() }.into()
}

/// Plays what stands before each `->` and compares what follows it: what is sent, to which step of
/// a saga or to `all`; what the customer is told; and the order afterwards. `@3 cancel ..` is meant
/// for version 3 of the order.
pub fn check(story: &str) {
    let mut shop = Shop::new();
    let mut told = String::new();
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let input = line.split_once(" -> ").map_or(line, |(input, _)| input).trim();
        let (version, words) = match input.strip_prefix('@').and_then(|it| it.split_once(' ')) {
            Some((version, words)) => (version.parse().expect("a version"), words),
            None => (0, input),
        };
        let decision = shop.handle_at_version(version, body(words));
        told += &format!("{input} -> {}\n", tell(&shop, &decision));
    }
    let expected: String =
        story.lines().map(|it| format!("{}\n", it.trim())).filter(|it| it != "\n").collect();
    assert_eq!(told, expected, "\n--- told\n{told}--- expected\n{expected}");
}

fn body(input: &str) -> Body {
    let words: Vec<&str> = input.split_whitespace().collect();
    let money = |text: &str| Money::new(text.parse().expect("minor units"), Currency::USD);
    match words[..] {
        ["create"] => create().into(),
        ["create", "amount"] => create_of_an_amount().into(),
        ["create", "manual"] => {
            let mut request = create();
            request.set_capture_mode(CaptureMode::Manual);
            request.into()
        }
        ["cancel", reason] => cancel(reason),
        ["confirm"] => confirm(None),
        ["confirm", paid] => confirm(Some(money(paid))),
        ["reject", reason] => reject(reason),
        ["mark_cancelled", refunded] => mark_cancelled(Some(money(refunded))),
        ["finished", saga, turn] => finished(saga, turn.parse().expect("a turn")),
        ["reopened", saga, turn] => reopened(saga, turn.parse().expect("a turn")),
        _ => panic!("what is {input:?}?"),
    }
}

/// What came of a message, in one line.
fn tell(shop: &Shop, decision: &Decision<Record>) -> String {
    let changes = match decision {
        Decision::Ignore(reason) => return format!("ignored: {reason}"),
        Decision::Illegal { state, .. } => return format!("illegal: {state}"),
        Decision::Apply(changes) => changes,
    };
    let mut parts = vec![];
    for sent in &changes.sends {
        let step = sent.step.as_ref().map_or("all", |step| step.as_str());
        let step = step.rsplit('!').next().unwrap_or(step);
        parts.push(format!("{step}: {}", said(&sent.body)));
    }
    parts.extend(changes.reply.as_ref().map(replied));
    parts.push(format!("= {}", shop.order().map_or_else(|| "none".into(), state)));
    parts.join("; ")
}

fn said(body: &Body) -> String {
    let name = body.message_type().name();
    let reason = match body {
        Body::OrderRejected(it) => &it.reason,
        Body::OrderCancelRequested(it) => &it.reason,
        Body::OrderCancelling(it) => &it.reason,
        Body::OrderCancelled(it) => &it.reason,
        _ => return name.into(),
    };
    format!("{name} {reason}")
}

fn replied(reply: &Reply) -> String {
    let json = match reply {
        Reply::Refused { code, .. } => return format!("refused {code}"),
        Reply::Accepted(json) => json,
    };
    if let Ok(shown) = serde_json::from_str::<Versioned<Order>>(json) {
        return format!("shown {}", state(&shown.content));
    }
    let order: AcknowledgedOrder = serde_json::from_str(json).expect(json);
    format!("acknowledged {} {}", order.order_id, order.total.minor_units())
}

/// The state, why, what was paid and refunded, and whether anything still changes by itself.
fn state(order: &Order) -> String {
    let mut text = order.state.as_str().to_string();
    if order.cancel_requested {
        text += " (cancel requested)";
    }
    if let Some(reason) = &order.reason {
        text += &format!(" {reason}");
    }
    for (name, amount) in [("paid", order.paid), ("refunded", order.refunded)] {
        if let Some(amount) = amount {
            text += &format!(", {name} {}", amount.minor_units());
        }
    }
    if order.is_settled() { text + ", settled" } else { text }
}
