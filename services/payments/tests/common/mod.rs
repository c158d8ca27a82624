//! A small shop around the rules: plays stories, told line by line, and says what came of each.
#![allow(dead_code, reason = "each test file uses a part of it")]

use contracts::messages::{
    OperationOverdue, PaymentAuthorize, PaymentCapture, PaymentQuery, PaymentRefund, PaymentVoid,
    ProviderAnswered, ProviderOutcome,
};
use contracts::{Body, Currency, Money, Timestamp};
use payments::{LedgerTransaction, Payment, Payments, Record, payment_key};
use service::play::{self, NOW, Play};
use service::{Decision, TimerChange};
use std::collections::BTreeMap;
use std::time::Duration;

pub const ORDER: &str = "o-1";
pub const START: Timestamp = NOW;

/// What payments keeps of one order, and the time.
pub struct Shop {
    pub now: Timestamp,
    pub play: Play<Payments>,
}

impl Shop {
    pub fn new() -> Self {
        Self { now: START, play: Play::new(Payments) }
    }

    pub fn payment(&self) -> Option<&Payment> {
        self.play.get(&payment_key(ORDER))
    }

    pub fn ledger(&self) -> Vec<&LedgerTransaction> {
        self.play.all().map(|(_, transaction)| transaction).collect()
    }

    /// The labels of the timers that are set.
    pub fn timers(&self) -> Vec<&str> {
        self.play.timers.keys().map(|(_, label)| label.as_str()).collect()
    }

    pub fn handle(&mut self, step: Option<&str>, body: impl Into<Body>) -> Decision<Record> {
        let message = play::message(self.now, ORDER, step, body);
        let decision = self.play.handle(&message, self.now);
        let payment = self.payment();
        let open =
            payment.into_iter().flat_map(|it| &it.operations).filter(|it| !it.state.is_definite());
        let awaited: BTreeMap<String, Timestamp> = open
            .map(|it| (format!("operation:{}", it.id), it.next_check_at.expect("a plan")))
            .collect();
        let timers = self.play.timers.iter();
        let set: BTreeMap<String, Timestamp> =
            timers.map(|((_, label), (at, _))| (label.clone(), *at)).collect();
        assert_eq!(set, awaited, "every open operation is checked, and no other");
        decision
    }
}

pub fn authorize(method: &str, minor_units: i64) -> Body {
    let command = PaymentAuthorize {
        order_id: ORDER.into(),
        method: method.into(),
        user_id: "u-1".into(),
        ..PaymentAuthorize::default()
    };
    command.with_total(Money::new(minor_units, Currency::USD)).into()
}

pub fn answered(operation: &str, outcome: ProviderOutcome, code: &str) -> Body {
    let answer = ProviderAnswered {
        order_id: ORDER.into(),
        operation_id: operation.into(),
        outcome: outcome.into(),
        code: code.into(),
        provider_reference: String::new(),
    };
    answer.into()
}

pub fn overdue(operation: &str) -> Body {
    OperationOverdue { order_id: ORDER.into(), operation_id: operation.into() }.into()
}

/// A command from its name.
pub fn command(name: &str) -> Body {
    let (order_id, reason) = (ORDER.to_string(), String::new());
    match name {
        "authorize" => authorize("pm_card_visa", 500),
        "capture" => PaymentCapture { order_id }.into(),
        "void" => PaymentVoid { order_id, reason }.into(),
        "refund" => PaymentRefund { order_id, reason }.into(),
        "query" => PaymentQuery { order_id }.into(),
        _ => panic!("no command: {name}"),
    }
}

/// Plays what stands before each `->` and compares what follows it: whom the provider is asked for,
/// when the timer asks again, what which step is told, and the state of the payment. Lines without
/// an arrow pass time: `after 25 h`. Ids are told without the order's.
pub fn check(story: &str) {
    let mut shop = Shop::new();
    let mut told = String::new();
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let input = line.split_once(" -> ").map_or(line, |(input, _)| input).trim();
        told += &match play(&mut shop, input) {
            Some(decision) => format!("{input} -> {}\n", tell(&shop, &decision)),
            None => format!("{input}\n"),
        };
    }
    let expected: String =
        story.lines().map(|it| format!("{}\n", it.trim())).filter(|it| it != "\n").collect();
    assert_eq!(told, expected, "\n--- told\n{told}--- expected\n{expected}");
}

/// Nothing for a line that only passes time.
fn play(shop: &mut Shop, input: &str) -> Option<Decision<Record>> {
    let words: Vec<&str> = input.split_whitespace().collect();
    let id = |name: &str| format!("{ORDER}!{name}");
    Some(match words[..] {
        ["after", count, unit] => {
            let count: u64 = count.parse().expect("a number");
            let seconds = match unit {
                "s" => count,
                "h" => count * 3_600,
                _ => panic!("no unit: {unit}"),
            };
            shop.now = shop.now + Duration::from_secs(seconds);
            return None;
        }
        [name, "for", step] => shop.handle(Some(&id(step)), command(name)),
        ["authorize", method, amount] => {
            let amount = amount.parse().expect("minor units");
            shop.handle(Some(&id("authorize")), authorize(method, amount))
        }
        ["overdue", operation] => shop.handle(None, overdue(&id(operation))),
        ["provider", operation, outcome] => {
            shop.handle(None, answered(&id(operation), outcome_named(outcome), ""))
        }
        ["provider", operation, outcome, code] => {
            shop.handle(None, answered(&id(operation), outcome_named(outcome), code))
        }
        // A query is about the capture.
        ["query"] => shop.handle(Some(&id("capture")), command("query")),
        [name] => shop.handle(Some(&id(name)), command(name)),
        _ => panic!("what is {input:?}?"),
    })
}

fn outcome_named(name: &str) -> ProviderOutcome {
    match name {
        "ok" => ProviderOutcome::Succeeded,
        "no" => ProviderOutcome::Failed,
        "silent" => ProviderOutcome::Unspecified,
        "waits" => ProviderOutcome::ActionRequired,
        "never_seen" => ProviderOutcome::NeverSeen,
        _ => panic!("no outcome: {name}"),
    }
}

/// What came of a message, in one line, and the state of the payment afterwards.
fn tell(shop: &Shop, decision: &Decision<Record>) -> String {
    let changes = match decision {
        Decision::Ignore(reason) => return format!("ignored: {reason}"),
        Decision::Illegal { state, .. } => return format!("illegal: {state}"),
        Decision::Apply(changes) => changes,
    };
    let mut parts = vec![];
    for effect in &changes.effects {
        let Body::ProviderRequest(request) = &effect.body else { panic!("{effect:?}") };
        let verb = if request.read { "read" } else { "ask" };
        parts.push(format!("{verb} {}", short(effect.id.as_str())));
    }
    for timer in &changes.timers {
        if let TimerChange::Set { at, .. } = timer {
            parts.push(format!("check {}s", at.since(shop.now).as_secs()));
        }
    }
    for sent in &changes.sends {
        let step = sent.step.as_ref().map_or("all", |step| short(step.as_str()));
        parts.push(format!("{step}: {}", said(step, &sent.body)));
    }
    let state = shop.payment().map_or("none", |payment| payment.state.as_str());
    let attention =
        shop.payment().is_some_and(|it| it.operations.iter().any(|it| it.needs_attention));
    let attention = if attention { ", needs attention" } else { "" };
    parts.push(format!("= {state}{attention}"));
    parts.join("; ")
}

fn short(id: &str) -> &str {
    id.strip_prefix("o-1!").unwrap_or(id)
}

/// What is said, with the operation where it isn't called like the step.
fn said(step: &str, body: &Body) -> String {
    let name = body.message_type().name();
    let name = name.strip_prefix("Payment").unwrap_or(name);
    let (operation_id, amount, code) = match body {
        Body::PaymentAuthorized(it) => (&it.operation_id, it.amount, ""),
        Body::PaymentActionRequired(it) => (&it.operation_id, None, ""),
        Body::PaymentFailed(it) => (&it.operation_id, None, it.code.as_str()),
        Body::PaymentCaptured(it) => (&it.operation_id, it.amount, ""),
        Body::PaymentCaptureFailed(it) => (&it.operation_id, None, it.code.as_str()),
        Body::PaymentVoided(it) => (&it.operation_id, None, ""),
        Body::PaymentVoidFailed(it) => (&it.operation_id, it.amount, it.code.as_str()),
        Body::RefundSucceeded(it) => (&it.operation_id, it.amount, ""),
        Body::RefundFailed(it) => (&it.operation_id, it.amount, it.code.as_str()),
        Body::PaymentConflict(it) => {
            return format!(
                "{name} {} {} not {}",
                short(&it.operation_id),
                it.recorded,
                it.claimed
            );
        }
        _ => panic!("nobody says {name}"),
    };
    let amount = amount.map(|amount| format!(" {}", amount.minor_units())).unwrap_or_default();
    let code = if code.is_empty() { String::new() } else { format!(" {code}") };
    let operation = short(operation_id);
    let by = if operation == step { String::new() } else { format!(" by {operation}") };
    format!("{name}{amount}{code}{by}")
}
