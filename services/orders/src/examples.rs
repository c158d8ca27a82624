//! One example of every state and message, all about order `o-1`, for the generated table of what
//! happens in which state. The states are played, so each is one that an order can reach.

use crate::{CANCEL_SAGA, Orders, Record};
use contracts::messages::{
    CancelOrder, ConfirmOrder, CreateOrder, Line, MarkCancelled, RejectOrder, SagaFinished,
    SagaReopened,
};
use contracts::{Body, Currency, Message, Money};
use service::play::{self, Example, NOW, Play, State};

const ORDER: &str = "o-1";
const TOTAL: Money = Money::new(12_345, Currency::USD);

/// Every state of an order; that of a pending one whose cancel was requested; and `none`, where
/// there is no order. The sagas of all of them still run.
pub fn states() -> Vec<State<Record>> {
    let after = |messages: &[Message]| Play::after(Orders, messages).into_records();
    let placed = [create_of_lines()];
    let confirmed = [create_of_lines(), confirm()];
    let cancelling = [create_of_lines(), confirm(), cancel()];
    vec![
        ("none", vec![]),
        ("pending", after(&placed)),
        ("pending, cancel requested", after(&[create_of_lines(), cancel()])),
        ("confirmed", after(&confirmed)),
        ("completed", after(&[create_of_an_amount(), confirm()])),
        ("cancelling", after(&cancelling)),
        ("cancelled", after(&[&cancelling[..], &[mark_cancelled()]].concat())),
        ("rejected", after(&[create_of_lines(), reject()])),
    ]
}

/// One example of every message that orders accepts. An order of an amount only has another content
/// than one of lines; it is the one that can be `completed`.
pub fn messages() -> Vec<Example> {
    vec![
        ("of lines", create_of_lines()),
        ("of an amount only", create_of_an_amount()),
        ("", cancel()),
        ("for another version", Message { version: 99, ..cancel() }),
        ("", confirm()),
        ("", reject()),
        ("", mark_cancelled()),
        ("of the saga that places it", finished(ORDER.into())),
        ("of the saga that cancels it", finished(cancel_saga())),
        ("", reopened()),
    ]
}

fn create_of_lines() -> Message {
    let line = Line { sku: "shoe".into(), quantity: 1, unit_price: Some(TOTAL) };
    create(vec![line])
}

fn create_of_an_amount() -> Message {
    create(vec![])
}

fn create(lines: Vec<Line>) -> Message {
    let request = CreateOrder {
        order_id: ORDER.into(),
        user_id: "u-1".into(),
        total: Some(TOTAL),
        lines,
        payment_method: "pm_card_visa".into(),
        ..CreateOrder::default()
    };
    message(None, request)
}

fn cancel() -> Message {
    message(None, CancelOrder { order_id: ORDER.into(), reason: "changed my mind".into() })
}

fn confirm() -> Message {
    let command = ConfirmOrder { order_id: ORDER.into(), paid: Some(TOTAL) };
    message(Some("o-1!confirm_order"), command)
}

fn reject() -> Message {
    let command = RejectOrder { order_id: ORDER.into(), reason: "out_of_stock".into() };
    message(Some("o-1!reject_order"), command)
}

fn mark_cancelled() -> Message {
    let command = MarkCancelled { order_id: ORDER.into(), refunded: Some(TOTAL) };
    message(Some("o-1!cancel_order!1!mark_cancelled"), command)
}

fn cancel_saga() -> String {
    format!("{ORDER}!{CANCEL_SAGA}!1")
}

fn finished(saga_id: String) -> Message {
    message(None, SagaFinished { order_id: ORDER.into(), saga_id, ..SagaFinished::default() })
}

fn reopened() -> Message {
    let (order_id, saga_id) = (ORDER.into(), ORDER.into());
    message(None, SagaReopened { order_id, saga_id, turn: 1, ..SagaReopened::default() })
}

fn message(step: Option<&str>, body: impl Into<Body>) -> Message {
    play::message(NOW, ORDER, step, body)
}
