//! One example of every state and message, all about order `o-1`, for the generated table of what
//! happens in which state. The states are played, so each is one that an order can reach.

use crate::Payments;
use crate::record::Record;
use contracts::messages::{
    OperationOverdue, PaymentAuthorize, PaymentCapture, PaymentQuery, PaymentRefund, PaymentVoid,
    ProviderAnswered, ProviderOutcome,
};
use contracts::{Body, Currency, Message, Money};
use service::play::{self, Example, NOW, Play, State};

const ORDER: &str = "o-1";
const AUTHORIZE: &str = "o-1!authorize_payment";
const CAPTURE: &str = "o-1!capture_payment";
const VOID: &str = "o-1!void_payment";
const REFUND: &str = "o-1!cancel_order!1!refund_payment";
/// A step that none of the states knows.
const OTHER: &str = "o-1!another_saga!7!step";

/// Every state of a payment, as the records of a shop; and `none`, where there is no payment.
pub fn states() -> Vec<State<Record>> {
    use ProviderOutcome::{ActionRequired, Failed, Succeeded};
    let after = |messages: &[Message]| Play::after(Payments, messages).into_records();
    let authorized = [authorize(), answer(AUTHORIZE, Succeeded)];
    let and = |more: &[Message]| after(&[&authorized, more].concat());
    vec![
        ("none", vec![]),
        ("processing", after(&[authorize()])),
        ("requires_action", after(&[authorize(), answer(AUTHORIZE, ActionRequired)])),
        ("authorized", and(&[])),
        ("captured", and(&[capture(), answer(CAPTURE, Succeeded)])),
        ("voided", and(&[void(), answer(VOID, Succeeded)])),
        ("failed", after(&[authorize(), answer(AUTHORIZE, Failed)])),
    ]
}

/// One example of every message that payments accepts: each command for the step that the states
/// know, for one that nobody has heard of, and without a step; each answer for the authorization.
pub fn messages() -> Vec<Example> {
    let commands = [authorize(), capture(), void(), refund(), query()];
    let of_other = |it: &Message| Message { step: Some(OTHER.into()), ..it.clone() };
    let of_none = |it: &Message| Message { step: None, ..it.clone() };
    let mut messages: Vec<Example> = vec![];
    messages.extend(commands.iter().map(|it| ("", it.clone())));
    messages.extend(commands.iter().map(|it| ("of an unknown step", of_other(it))));
    messages.extend(commands.iter().map(|it| ("without a step", of_none(it))));
    messages.push(("that it was done", answer(AUTHORIZE, ProviderOutcome::Succeeded)));
    messages.push(("that it was refused", answer(AUTHORIZE, ProviderOutcome::Failed)));
    messages.push(("with nothing", answer(AUTHORIZE, ProviderOutcome::Unspecified)));
    messages.push(("", overdue(AUTHORIZE)));
    messages
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

fn query() -> Message {
    message(Some(CAPTURE), PaymentQuery { order_id: ORDER.into() })
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

fn overdue(operation_id: &str) -> Message {
    let (order_id, operation_id) = (ORDER.into(), operation_id.into());
    message(None, OperationOverdue { order_id, operation_id })
}

fn message(step: Option<&str>, body: impl Into<Body>) -> Message {
    play::message(NOW, ORDER, step, body)
}
