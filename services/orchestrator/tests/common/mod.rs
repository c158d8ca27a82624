//! The orchestrator with nobody around it: plays stories, told line by line, and says what came of
//! each.
#![allow(dead_code, reason = "each test file uses a part of it")]

use contracts::messages as m;
use contracts::{Body, Currency, Money, Timestamp};
use orchestrator::{CANCEL_ORDER, Orchestrator, OrderSaga, Record, definition, saga_key};
use saga::{Action as _, Progress, Status};
use service::play::{self, NOW, Play};
use service::{Decision, Reply};
use std::collections::BTreeSet;
use std::time::Duration;

pub const ORDER: &str = "o-1";
pub const CANCEL: &str = "o-1!cancel_order!1";
/// The saga that places an order waits for the money to be held.
pub const AUTHORIZING: &str = "
    order -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
    InventoryReserved -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
    waits authorize_payment 30s\n";
/// Then for the stock to be certain.
pub const COMMITTING: &str = "
    order -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
    InventoryReserved -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
    waits authorize_payment 30s
    PaymentAuthorized -> CommitInventory; = RUNNING; waits commit_inventory 10s\n";
/// Then for the money to be taken.
pub const CAPTURING: &str = "
    order -> ReserveInventory 2 shoe; = RUNNING; waits reserve_inventory 10s
    InventoryReserved -> PaymentAuthorize 500 pm_card_visa u-1; = RUNNING; \
    waits authorize_payment 30s
    PaymentAuthorized -> CommitInventory; = RUNNING; waits commit_inventory 10s
    InventoryCommitted -> PaymentCapture; = RUNNING; waits capture_payment 30s\n";
const TOTAL: Money = Money::new(500, Currency::USD);

/// What the orchestrator keeps of one order, and the time.
pub struct Shop {
    pub now: Timestamp,
    pub play: Play<Orchestrator>,
}

impl Shop {
    pub fn new() -> Self {
        Self { now: NOW, play: Play::new(Orchestrator) }
    }

    /// The saga that places the order, number 0, or the one that cancels it, number 1.
    pub fn saga(&self, number: u32) -> Option<&OrderSaga> {
        self.play.get(&saga_key(ORDER, number))
    }

    pub fn handle(&mut self, step: Option<&str>, body: impl Into<Body>) -> Decision<Record> {
        let message = play::message(self.now, ORDER, step, body);
        let decision = self.play.handle(&message, self.now);
        self.every_awaited_step_has_a_timer();
        decision
    }

    /// The timer of a step rings when it is due; at once, if that is past.
    pub fn ring(&mut self, step: &str) -> Decision<Record> {
        let set = self.play.timers.get(&(ORDER.into(), step.to_string()));
        let (at, _) = set.unwrap_or_else(|| panic!("{step} has no timer"));
        self.now = self.now.max(*at);
        let decision = self.play.ring(ORDER, step, self.now).expect("a timer");
        self.every_awaited_step_has_a_timer();
        decision
    }

    /// And no other has one. A saga that is paused doesn't wait: its timers ring in vain.
    fn every_awaited_step_has_a_timer(&self) {
        for it in (0..2).filter_map(|number| self.saga(number)) {
            if it.saga.status == Status::Paused {
                continue;
            }
            let prefix = format!("{}!", it.saga.id);
            let labels = self.play.timers.keys().map(|(_, label)| label.as_str());
            let of_saga = labels.filter_map(|label| label.strip_prefix(&prefix));
            let set: BTreeSet<&str> = of_saga.filter(|step| !step.contains('!')).collect();
            assert_eq!(set, awaited(it), "{it:?}");
        }
    }
}

/// The names of the actions that a saga waits for: none after an operator has resolved it, whatever
/// its steps say.
fn awaited(it: &OrderSaga) -> BTreeSet<&'static str> {
    if it.saga.status == Status::Resolved {
        return BTreeSet::new();
    }
    let definition = definition(&it.saga.definition, it.saga.version).expect("its definition");
    let states = it.saga.steps.iter().enumerate();
    let awaited = states.filter_map(|(index, state)| {
        let step = definition.steps.get(index);
        match state.progress {
            Progress::Sent => step.map(|step| step.action),
            Progress::Undoing => step.map_or(definition.start_undone_by, |it| it.undo_action()),
            _ => None,
        }
    });
    awaited.map(|action| action.name()).collect()
}

/// Plays what stands before each `->` and compares what follows it: what is sent, where the sagas
/// stand, and which step is waited for how long.
///
/// An answer is to the step of the saga that places the order; `cancel` before it makes it one to
/// the saga that cancels the order. `overdue` lets the time of a step run out.
pub fn check(story: &str) {
    let mut shop = Shop::new();
    let mut told = String::new();
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let input = line.split_once(" -> ").map_or(line, |(input, _)| input).trim();
        let decision = play(&mut shop, input);
        told += &format!("{input} -> {}\n", tell(&shop, &decision));
    }
    let expected: String =
        story.lines().map(|it| format!("{}\n", it.trim())).filter(|it| it != "\n").collect();
    assert_eq!(told, expected, "\n--- told\n{told}--- expected\n{expected}");
}

fn play(shop: &mut Shop, input: &str) -> Decision<Record> {
    let words: Vec<&str> = input.split_whitespace().collect();
    let (saga_id, words) = match words.split_first() {
        Some((&"cancel", rest)) => (CANCEL, rest),
        _ => (ORDER, &words[..]),
    };
    let (order_id, saga) = (ORDER.to_string(), saga_id.to_string());
    let reason = "an operator says so".to_string();
    let step = |name: &str| format!("{saga_id}!{name}");
    match *words {
        ["order"] => shop.handle(None, created(m::CaptureMode::Automatic)),
        ["order", "manual"] => shop.handle(None, created(m::CaptureMode::Manual)),
        ["wish"] => shop.handle(None, m::OrderCancelRequested { order_id, reason }),
        ["overdue", name] => shop.ring(&step(name)),
        ["overdue", name, attempt] => {
            let attempt = attempt.parse().expect("a number");
            let overdue = m::StepOverdue { order_id, saga_id: saga, step: step(name), attempt };
            shop.handle(None, overdue)
        }
        ["pause"] => shop.handle(None, m::PauseSaga { order_id, saga_id: saga, reason }),
        ["resume"] => shop.handle(None, m::ResumeSaga { order_id, saga_id: saga, reason }),
        ["resolve"] => shop.handle(None, m::ResolveSaga { order_id, saga_id: saga, reason }),
        ["retry", name] => {
            let step = name.into();
            shop.handle(None, m::RetryCompensation { order_id, saga_id: saga, step, reason })
        }
        ["skip", name] => {
            let step = name.into();
            shop.handle(None, m::SkipCompensation { order_id, saga_id: saga, step, reason })
        }
        [name] => {
            let (answered, body) = answer(name, saga_id == CANCEL);
            shop.handle(answered.map(step).as_deref(), body)
        }
        [name, "to", answered] => {
            let (_, body) = answer(name, saga_id == CANCEL);
            shop.handle(Some(&step(answered)), body)
        }
        [name, "to", "no", "step"] => shop.handle(None, answer(name, false).1),
        _ => panic!("what is {input:?}?"),
    }
}

fn created(capture_mode: m::CaptureMode) -> Body {
    let order = m::OrderCreated {
        order_id: ORDER.into(),
        user_id: "u-1".into(),
        lines: vec![m::Line { sku: "shoe".into(), quantity: 2, unit_price: None }],
        capture_mode: capture_mode.into(),
        payment_method: "pm_card_visa".into(),
        ..m::OrderCreated::default()
    };
    order.with_total(TOTAL).into()
}

/// An answer by its name, and the step that it mostly answers.
fn answer(name: &str, to_cancel: bool) -> (Option<&'static str>, Body) {
    let (order_id, amount) = (ORDER.to_string(), Some(TOTAL));
    let (operation_id, code) = (String::new(), "refused".to_string());
    let (name, reason) = name.split_once('=').unwrap_or((name, "changed_my_mind"));
    let reason = reason.to_string();
    let ended = if to_cancel { "mark_cancelled" } else { "reject_order" };
    let (step, body): (_, Body) = match name {
        "InventoryReserved" => ("reserve_inventory", m::InventoryReserved::default().into()),
        "InventoryRejected" => {
            ("reserve_inventory", m::InventoryRejected { order_id, reason }.into())
        }
        "InventoryCommitted" => ("commit_inventory", m::InventoryCommitted { order_id }.into()),
        "InventoryReleased" => {
            ("release_inventory", m::InventoryReleased { order_id, reason }.into())
        }
        "PaymentAuthorized" => {
            ("authorize_payment", m::PaymentAuthorized { order_id, operation_id, amount }.into())
        }
        "PaymentActionRequired" => {
            ("authorize_payment", m::PaymentActionRequired { order_id, operation_id }.into())
        }
        "PaymentFailed" => {
            ("authorize_payment", m::PaymentFailed { order_id, operation_id, code }.into())
        }
        "PaymentCaptured" => {
            ("capture_payment", m::PaymentCaptured { order_id, operation_id, amount }.into())
        }
        "PaymentCaptureFailed" => {
            ("capture_payment", m::PaymentCaptureFailed { order_id, operation_id, code }.into())
        }
        "PaymentVoided" => ("void_payment", m::PaymentVoided { order_id, operation_id }.into()),
        "PaymentVoidFailed" => {
            ("void_payment", m::PaymentVoidFailed { order_id, operation_id, code, amount }.into())
        }
        "RefundSucceeded" => {
            ("refund_payment", m::RefundSucceeded { order_id, operation_id, amount }.into())
        }
        "RefundFailed" => {
            ("refund_payment", m::RefundFailed { order_id, operation_id, code, amount }.into())
        }
        "OrderConfirmed" => ("confirm_order", m::OrderConfirmed { order_id }.into()),
        "OrderRejected" => ("reject_order", m::OrderRejected { order_id, reason }.into()),
        "OrderCancelled" => (ended, m::OrderCancelled { order_id, reason }.into()),
        "OrderCancelling" => return (None, m::OrderCancelling { order_id, reason }.into()),
        _ => panic!("nobody answers {name}"),
    };
    (Some(step), body)
}

/// What came of a message, in one line.
fn tell(shop: &Shop, decision: &Decision<Record>) -> String {
    let changes = match decision {
        Decision::Ignore(reason) => return format!("ignored: {reason}"),
        Decision::Illegal { state, .. } => return format!("illegal: {state}"),
        Decision::Apply(changes) => changes,
    };
    if let Some(Reply::Refused { code, detail }) = &changes.reply {
        return format!("refused {code}: {detail}");
    }
    let mut parts = vec![];
    for sent in &changes.sends {
        let step = sent.step.as_ref().map(|step| step.as_str());
        parts.push(said(shop, step, &sent.body));
    }
    for (name, number) in [("", 0), ("cancel ", 1)] {
        let Some(it) = shop.saga(number) else { continue };
        parts.push(format!("= {name}{}", status(it.saga.status)));
    }
    let timers = shop.play.timers.iter().map(|((_, label), (at, _))| {
        let step = label.strip_prefix("o-1!").unwrap_or(label);
        let step = step.replace("cancel_order!1!", "cancel ");
        format!("{step} {}s", at.since(shop.now).as_secs())
    });
    let timers: Vec<String> = timers.collect();
    if !timers.is_empty() {
        parts.push(format!("waits {}", timers.join(", ")));
    }
    parts.join("; ")
}

fn status(status: Status) -> String {
    serde_json::to_string(&status).expect("JSON").trim_matches('"').into()
}

/// What is said, and by which of the sagas if it is the one that cancels.
fn said(shop: &Shop, step: Option<&str>, body: &Body) -> String {
    let name = body.message_type().name();
    let minor = |amount: Option<Money>| {
        amount.map_or("nothing".into(), |amount| amount.minor_units().to_string())
    };
    let (action, details) = match body {
        Body::ReserveInventory(it) => {
            let lines = it.lines.iter().map(|it| format!("{} {}", it.quantity, it.sku));
            let lasts = Timestamp(it.expires_at).since(shop.now);
            assert_eq!(lasts, Duration::from_secs(20 * 60));
            ("reserve_inventory", lines.collect::<Vec<_>>().join(", "))
        }
        Body::CommitInventory(_) => ("commit_inventory", String::new()),
        Body::ReleaseInventory(it) => ("release_inventory", it.reason.clone()),
        Body::PaymentAuthorize(it) => {
            let total = minor(it.total);
            ("authorize_payment", format!("{total} {} {}", it.method, it.user_id))
        }
        Body::PaymentCapture(_) | Body::PaymentQuery(_) => ("capture_payment", String::new()),
        Body::PaymentVoid(it) => ("void_payment", it.reason.clone()),
        Body::PaymentRefund(it) => ("refund_payment", it.reason.clone()),
        Body::ConfirmOrder(it) => ("confirm_order", format!("paid {}", minor(it.paid))),
        Body::RejectOrder(it) => ("reject_order", it.reason.clone()),
        Body::MarkCancelled(it) => ("mark_cancelled", format!("refunded {}", minor(it.refunded))),
        Body::SagaFinished(it) => return news(step, name, &it.saga_id, &it.state, it.turn),
        Body::SagaReopened(it) => return news(step, name, &it.saga_id, "", it.turn),
        Body::SagaCompensationFailed(it) => return news(step, name, &it.saga_id, "", 0),
        _ => panic!("nobody says {name}"),
    };
    let by = match step.and_then(|step| step.strip_suffix(action)) {
        Some("o-1!") => "",
        Some("o-1!cancel_order!1!") => "cancel ",
        _ => panic!("{name} serves {step:?}"),
    };
    format!("{by}{name} {details}").trim_end().into()
}

fn news(step: Option<&str>, name: &str, saga_id: &str, state: &str, turn: u32) -> String {
    assert_eq!(step, None, "{name}");
    let by = if saga_id.ends_with(&format!("!{}!1", CANCEL_ORDER.name)) { "cancel " } else { "" };
    let turn = if turn == 0 { String::new() } else { format!("turn {turn}") };
    format!("{by}{name} {state} {turn}").split_whitespace().collect::<Vec<_>>().join(" ")
}
