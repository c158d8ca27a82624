//! What moves the sagas of an order.

use crate::commands::command;
use crate::definitions::{
    Action, CANCEL_ORDER, PLACE_ORDER, PLACE_ORDER_CAPTURE_FIRST, PLACE_ORDER_MANUAL_CAPTURE,
    definition,
};
use crate::record::{
    CANCEL, OrderSaga, PlacedOrder, Record, SAGAS_MAX, in_flight, saga_id, saga_key, state_name,
};
use contracts::messages::{
    CaptureMode, OrderCreated, SagaCompensationFailed, SagaFinished, SagaReopened, StepOverdue,
};
use contracts::planted::{Bug, planted};
use contracts::{Body, Currency, StepId};
use saga::{Answer, Definition, Effect, Event, Outcome, Status, Transition, advance, start};
use service::{Decision, Draft, TallyChange};

type Work<'a> = Draft<'a, Record>;

pub(crate) fn order_created(mut draft: Work<'_>, order: &OrderCreated) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    if draft.get(&saga_key(&order_id, 0)).is_some() {
        return Decision::Ignore("the saga runs already");
    }
    let Ok(total) = order.total_or_amount(Currency::USD) else {
        return draft.illegal("an order without an amount");
    };
    let definition = match order.capture_mode() {
        _ if planted(Bug::CaptureBeforeCommit) => &PLACE_ORDER_CAPTURE_FIRST,
        CaptureMode::Manual => &PLACE_ORDER_MANUAL_CAPTURE,
        CaptureMode::Automatic | CaptureMode::Unspecified => &PLACE_ORDER,
    };
    let transition = start(definition, &saga_id(&order_id, definition.name, 0), draft.now);
    let order = PlacedOrder {
        user_id: order.user_id.clone(),
        total,
        lines: order.lines.clone(),
        payment_method: order.payment_method.clone(),
    };
    let blank = transition.saga.clone();
    let it = OrderSaga { saga: blank, order: Some(order), paid: None, refunded: None };
    move_on(&mut draft, 0, it, None, transition);
    draft.apply()
}

/// The order is pending: before the pivot this is a refusal, later the saga only takes note.
pub(crate) fn cancel_requested(draft: Work<'_>, _reason: &str) -> Decision<Record> {
    let reason = "cancelled".to_string();
    happens(draft, 0, Event::CancelRequested { reason }, |_| {})
}

/// The order was confirmed, or the money taken, when the cancel came: a saga of its own undoes it.
pub(crate) fn order_cancelling(mut draft: Work<'_>, reason: &str) -> Decision<Record> {
    let order_id = draft.message.subject.clone();
    if draft.get(&saga_key(order_id.as_str(), CANCEL)).is_some() {
        return Decision::Ignore("the cancel saga runs already");
    }
    // It may also be the answer to the confirmation, which then ends the saga that placed it.
    if let Some((number, it, definition)) = awaited(&draft) {
        let answered = draft
            .message
            .step
            .clone()
            .map(|step| Event::Answered { step, answer: Answer::Success });
        if let Some(event) = answered {
            let transition = advance(definition, &it.saga, event, draft.now);
            let before = Some(it.saga.status);
            if transition.outcome == Outcome::Applied {
                move_on(&mut draft, number, it, before, transition);
            }
        }
    }
    let id = saga_id(order_id.as_str(), CANCEL_ORDER.name, CANCEL);
    let mut transition = start(&CANCEL_ORDER, &id, draft.now);
    transition.saga.reason = Some(reason.into());
    let blank = transition.saga.clone();
    let it = OrderSaga { saga: blank, order: None, paid: None, refunded: None };
    move_on(&mut draft, CANCEL, it, None, transition);
    draft.apply()
}

pub(crate) fn answered(draft: Work<'_>, answer: Answer) -> Decision<Record> {
    let Some(step) = draft.message.step.clone() else {
        return Decision::Ignore("it serves no step of a saga");
    };
    let Some((number, ..)) = awaited(&draft) else {
        return Decision::Ignore("no saga of the order has this step");
    };
    let body = &draft.message.body;
    // An order that is cancelled after it was confirmed doesn't wait for a void that is refused for
    // good: the hold runs out at the provider, and payments lists the refusal.
    let answer = match body {
        Body::PaymentVoidFailed(_) if number == CANCEL => Answer::Success,
        _ => answer,
    };
    let take_note = |it: &mut OrderSaga| match body {
        Body::PaymentCaptured(captured) => it.paid = captured.amount,
        Body::RefundSucceeded(refund) => it.refunded = refund.amount,
        _ => {}
    };
    happens(draft, number, Event::Answered { step, answer }, take_note)
}

pub(crate) fn step_overdue(draft: Work<'_>, overdue: &StepOverdue) -> Decision<Record> {
    let Some(number) = number_of(&draft, &overdue.saga_id) else {
        return Decision::Ignore("there is no such saga");
    };
    let (step, attempt) = (StepId::from(&overdue.step), overdue.attempt);
    happens(draft, number, Event::Overdue { step, attempt }, |_| {})
}

/// Which of the order's sagas has this id.
pub(crate) fn number_of(draft: &Work<'_>, saga_id: &str) -> Option<u32> {
    let order_id = draft.message.subject.as_str();
    let is_it = |number: &u32| {
        draft.get(&saga_key(order_id, *number)).is_some_and(|it| it.saga.id == saga_id)
    };
    (0..SAGAS_MAX).find(is_it)
}

/// The saga that knows the step of the message at hand.
fn awaited(draft: &Work<'_>) -> Option<(u32, OrderSaga, &'static Definition<Action>)> {
    let step = draft.message.step.as_ref()?;
    let order_id = draft.message.subject.as_str();
    (0..SAGAS_MAX).find_map(|number| {
        let it = draft.get(&saga_key(order_id, number))?;
        let definition = pinned(it)?;
        definition.has_step(&it.saga.id, step).then(|| (number, it.clone(), definition))
    })
}

fn pinned(it: &OrderSaga) -> Option<&'static Definition<Action>> {
    definition(&it.saga.definition, it.saga.version)
}

/// Something happens to one of the order's sagas.
pub(crate) fn happens(
    mut draft: Work<'_>,
    number: u32,
    event: Event,
    take_note: impl FnOnce(&mut OrderSaga),
) -> Decision<Record> {
    let key = saga_key(draft.message.subject.as_str(), number);
    let Some(mut it) = draft.get(&key).cloned() else {
        return Decision::Ignore("there is no such saga");
    };
    let Some(definition) = pinned(&it) else {
        return draft.illegal(("no definition", &it.saga.definition, it.saga.version));
    };
    let before = Some(it.saga.status);
    take_note(&mut it);
    let transition = advance(definition, &it.saga, event, draft.now);
    if let Outcome::Ignored(reason) = transition.outcome {
        return Decision::Ignore(reason);
    }
    move_on(&mut draft, number, it, before, transition);
    draft.apply()
}

/// Sends what the saga wants sent, keeps its timers, tells of its end, and writes it. One that
/// starts was nothing before.
fn move_on(
    draft: &mut Work<'_>,
    number: u32,
    it: OrderSaga,
    before: Option<Status>,
    transition: Transition<Action>,
) {
    let order_id = draft.message.subject.to_string();
    let it = OrderSaga { saga: transition.saga, ..it };
    for effect in transition.effects {
        match effect {
            Effect::Send { action, step, attempt, overdue_at } => {
                set_timer(draft, &it, &step, attempt, overdue_at);
                draft.send_for(&step, command(action, &order_id, &it, draft.now));
            }
            Effect::Wait { step, attempt, overdue_at } => {
                set_timer(draft, &it, &step, attempt, overdue_at);
            }
            Effect::StopTimer { step } => draft.cancel_timer(step.as_str()),
        }
    }
    tell(draft, &order_id, &it, before);
    count(draft, &it, before);
    draft.put(saga_key(&order_id, number), it);
}

/// How many sagas of a definition are in flight is a tally, so it is right at any time, whoever has
/// begun and ended them.
fn count(draft: &mut Work<'_>, it: &OrderSaga, before: Option<Status>) {
    let (was, is) = (before.is_some_and(Status::is_live), it.saga.status.is_live());
    if was != is {
        let name = in_flight(&it.saga.definition);
        draft.tally(TallyChange { name, unit: "saga".into(), plus: is.into(), minus: was.into() });
    }
}

fn set_timer(
    draft: &mut Work<'_>,
    it: &OrderSaga,
    step: &StepId,
    attempt: u32,
    at: contracts::Timestamp,
) {
    let (order_id, saga_id) = (draft.message.subject.to_string(), it.saga.id.clone());
    let overdue = StepOverdue { order_id, saga_id, step: step.to_string(), attempt };
    draft.set_timer(step.as_str(), at, overdue);
}

/// Orders wants to know when an order is settled; operators, when something rests for good.
fn tell(draft: &mut Work<'_>, order_id: &str, it: &OrderSaga, before: Option<Status>) {
    let (was_final, after) = (before.is_some_and(Status::is_final), it.saga.status);
    let (order_id, turn) = (order_id.to_string(), it.saga.late_replies);
    let (saga_id, definition) = (it.saga.id.clone(), it.saga.definition.clone());
    if after.is_final() && !was_final {
        let state = state_name(after).into();
        draft.send(SagaFinished { order_id, saga_id, definition, state, turn });
    } else if was_final && after.is_live() {
        draft.send(SagaReopened { order_id, saga_id, definition, turn });
    } else if after == Status::CompensationFailed && before != Some(after) {
        draft.send(SagaCompensationFailed { order_id, saga_id, definition });
    }
}
