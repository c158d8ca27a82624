//! One example of every state and message, all about order `o-1`, for the generated table of what
//! happens in which state. The states are played, so each is one that a saga can reach.

use crate::{CANCEL_ORDER, Orchestrator, PLACE_ORDER, Record};
use contracts::messages as m;
use contracts::{Body, Currency, Message, Money};
use saga::Action as _;
use service::play::{self, Example, NOW, Play, State};

const ORDER: &str = "o-1";
const CANCEL: &str = "o-1!cancel_order!1";
const TOTAL: Money = Money::new(12_345, Currency::USD);

/// The saga that places the order, waiting for each of its steps and in each of its states; then
/// the one that cancels the order, likewise; and `none`, where there is neither.
pub fn states() -> Vec<State<Record>> {
    let after = |messages: &[Message]| Play::after(Orchestrator, messages).into_records();
    let placing = placed();
    let cancelling = [&placing[..], &cancelled()].concat();
    let cancels_after = placing.len() + 1;
    let declined = [&placing[..4], &[capture_failed()]].concat();
    let undone = [&declined[..], &[released(), voided()]].concat();
    let failed = [&placing[..3], &out_of_stock_after_all()].concat();
    let mut states = vec![("none", vec![])];
    for (index, step) in PLACE_ORDER.steps.iter().enumerate() {
        states.push((step.action.name(), after(&placing[..=index])));
    }
    states.extend([
        ("PAUSED", after(&[&placing[..1], &[pause(ORDER)]].concat())),
        ("COMPENSATING", after(&declined)),
        ("COMPENSATING, reject_order", after(&undone)),
        ("COMPENSATION_FAILED", after(&failed)),
        ("COMPLETED", after(&placing)),
        ("COMPENSATED", after(&[&undone[..], &[rejected()]].concat())),
        ("RESOLVED", after(&[&failed[..], &[resolve(ORDER)]].concat())),
    ]);
    for (index, step) in CANCEL_ORDER.steps.iter().enumerate() {
        states.push((step.action.name(), after(&cancelling[..cancels_after + index])));
    }
    states.push(("cancel COMPLETED", after(&cancelling)));
    states
}

/// One example of every message that the orchestrator accepts. An answer is one to the saga that
/// places the order, unless a remark says otherwise.
pub fn messages() -> Vec<Example> {
    let [created, reserved, authorized, committed, captured, confirmed] = placed();
    let [_, cancel_released, cancel_voided, refunded, cancelled] = cancelled();
    let mut messages = vec![
        ("", created),
        ("", reserved),
        ("", stock_rejected("reserve_inventory")),
        ("", authorized),
        ("", answer(ORDER, "authorize_payment", m::PaymentActionRequired::default())),
        ("", payment_failed()),
        ("", committed),
        ("", captured),
        ("", capture_failed()),
        ("", confirmed),
        ("", released()),
        ("", voided()),
        ("", void_failed(ORDER)),
        ("", rejected()),
        ("", of_order(m::OrderCancelRequested { order_id: ORDER.into(), reason: "wish".into() })),
        ("of a confirmed order", order_cancelling()),
        ("for the confirmation", answer(ORDER, "confirm_order", cancelling())),
        ("to the cancel saga", cancel_released),
        ("to the cancel saga", cancel_voided),
        ("to the cancel saga", void_failed(CANCEL)),
        ("", refunded),
        ("", answer(CANCEL, "refund_payment", m::RefundFailed::default())),
        ("", cancelled),
        ("of reserve_inventory", overdue("reserve_inventory")),
        ("of capture_payment", overdue("capture_payment")),
        ("", pause(ORDER)),
    ];
    messages.extend(operators());
    messages
}

fn operators() -> Vec<Example> {
    let (order_id, saga_id) = (|| ORDER.to_string(), || ORDER.to_string());
    let (step, reason) = ("authorize_payment".to_string(), String::new());
    let (resume, retry, skip) = (
        m::ResumeSaga { order_id: order_id(), saga_id: saga_id(), reason: reason.clone() },
        m::RetryCompensation {
            order_id: order_id(),
            saga_id: saga_id(),
            step: step.clone(),
            reason: reason.clone(),
        },
        m::SkipCompensation { order_id: order_id(), saga_id: saga_id(), step, reason },
    );
    vec![("", of_order(resume)), ("", resolve(ORDER)), ("", of_order(retry)), ("", of_order(skip))]
}

/// What makes an order, and every answer that completes it.
fn placed() -> [Message; 6] {
    let order_id = || ORDER.to_string();
    let amount = Some(TOTAL);
    let created = m::OrderCreated {
        order_id: order_id(),
        user_id: "u-1".into(),
        lines: vec![m::Line { sku: "shoe".into(), quantity: 1, unit_price: amount }],
        payment_method: "pm_card_visa".into(),
        ..m::OrderCreated::default()
    };
    let authorized = m::PaymentAuthorized { amount, ..m::PaymentAuthorized::default() };
    let captured = m::PaymentCaptured { amount, ..m::PaymentCaptured::default() };
    [
        of_order(created.with_total(TOTAL)),
        answer(ORDER, "reserve_inventory", m::InventoryReserved::default()),
        answer(ORDER, "authorize_payment", authorized),
        answer(ORDER, "commit_inventory", m::InventoryCommitted::default()),
        answer(ORDER, "capture_payment", captured),
        answer(ORDER, "confirm_order", m::OrderConfirmed { order_id: order_id() }),
    ]
}

/// What makes a confirmed order be cancelled, and every answer that completes that.
fn cancelled() -> [Message; 5] {
    let refunded = m::RefundSucceeded { amount: Some(TOTAL), ..m::RefundSucceeded::default() };
    [
        order_cancelling(),
        answer(CANCEL, "release_inventory", m::InventoryReleased::default()),
        answer(CANCEL, "void_payment", m::PaymentVoided::default()),
        answer(CANCEL, "refund_payment", refunded),
        answer(CANCEL, "mark_cancelled", m::OrderCancelled::default()),
    ]
}

/// The stock is gone when the money is held already, and the hold can't be given back.
fn out_of_stock_after_all() -> [Message; 4] {
    [stock_rejected("commit_inventory"), void_failed(ORDER), released(), rejected()]
}

fn stock_rejected(step: &str) -> Message {
    let (order_id, reason) = (ORDER.into(), "out_of_stock".into());
    answer(ORDER, step, m::InventoryRejected { order_id, reason })
}

fn payment_failed() -> Message {
    answer(ORDER, "authorize_payment", m::PaymentFailed::default())
}

fn capture_failed() -> Message {
    answer(ORDER, "capture_payment", m::PaymentCaptureFailed::default())
}

fn voided() -> Message {
    answer(ORDER, "void_payment", m::PaymentVoided::default())
}

fn released() -> Message {
    answer(ORDER, "release_inventory", m::InventoryReleased::default())
}

fn rejected() -> Message {
    answer(ORDER, "reject_order", m::OrderRejected::default())
}

fn void_failed(saga_id: &str) -> Message {
    let failed = m::PaymentVoidFailed { code: "refused".into(), ..Default::default() };
    answer(saga_id, "void_payment", failed)
}

fn cancelling() -> m::OrderCancelling {
    m::OrderCancelling { order_id: ORDER.into(), reason: "changed my mind".into() }
}

fn order_cancelling() -> Message {
    of_order(cancelling())
}

fn overdue(step: &str) -> Message {
    let (order_id, saga_id, step) = (ORDER.into(), ORDER.into(), format!("{ORDER}!{step}"));
    of_order(m::StepOverdue { order_id, saga_id, step, attempt: 1 })
}

fn pause(saga_id: &str) -> Message {
    let (order_id, saga_id, reason) = (ORDER.into(), saga_id.into(), String::new());
    of_order(m::PauseSaga { order_id, saga_id, reason })
}

fn resolve(saga_id: &str) -> Message {
    let (order_id, saga_id, reason) = (ORDER.into(), saga_id.into(), "by phone".into());
    of_order(m::ResolveSaga { order_id, saga_id, reason })
}

fn answer(saga_id: &str, step: &str, body: impl Into<Body>) -> Message {
    play::message(NOW, ORDER, Some(&format!("{saga_id}!{step}")), body)
}

fn of_order(body: impl Into<Body>) -> Message {
    play::message(NOW, ORDER, None, body)
}
