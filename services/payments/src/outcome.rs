//! What a provider says, however it comes: as an answer, by asking again, or unasked. The first
//! definite outcome counts.

use crate::commands::{begin_void, keep};
use crate::ledger::{Phase, post};
use crate::operation::{
    CHECK_SCHEDULE, IDEMPOTENCY_WINDOW, Operation, OperationKind, OperationState, ask, plan_check,
    timer_label,
};
use crate::record::{Payment, Record, State};
use crate::tell;
use contracts::StepId;
use contracts::messages::{
    PaymentActionRequired, PaymentConflict, ProviderAnswered, ProviderOutcome,
};
use service::{Decision, Draft};

type Work<'a> = Draft<'a, Record>;

/// After so many questions without an answer somebody must look.
const ATTENTION_AFTER: u32 = 12;

pub(crate) fn answered(
    draft: Work<'_>,
    payment: Payment,
    answer: &ProviderAnswered,
) -> Decision<Record> {
    let id = StepId::from(&answer.operation_id);
    let Some(operation) = payment.operation(&id).cloned() else {
        return Decision::Ignore("there is no such operation");
    };
    let reference = &answer.provider_reference;
    match (answer.outcome(), operation.state.is_definite()) {
        (ProviderOutcome::Succeeded, false) => {
            settle(draft, with_reference(payment, &id, reference), &id, Ok(()))
        }
        (ProviderOutcome::Failed, false) => settle(draft, payment, &id, Err(answer.code.clone())),
        (ProviderOutcome::Succeeded, true) => {
            repeated(draft, &operation, OperationState::Succeeded)
        }
        (ProviderOutcome::Failed, true) => repeated(draft, &operation, OperationState::Failed),
        (ProviderOutcome::ActionRequired, false) => action_required(draft, payment, &id),
        (ProviderOutcome::NeverSeen, false) => never_seen(draft, payment, &id),
        (ProviderOutcome::Unspecified, false) => unknown(draft, payment, &id),
        (_, true) => Decision::Ignore("the operation was settled before"),
    }
}

fn with_reference(mut payment: Payment, id: &StepId, reference: &str) -> Payment {
    if let Some(operation) = payment.operation_mut(id) {
        operation.provider_reference = Some(reference.into());
    }
    payment
}

/// The same again is nothing new; the contrary changes nothing, but somebody must look.
fn repeated(mut draft: Work<'_>, known: &Operation, claimed: OperationState) -> Decision<Record> {
    if known.state == claimed {
        return Decision::Ignore("the operation was settled before, in the same way");
    }
    draft.send(PaymentConflict {
        order_id: draft.message.subject.to_string(),
        operation_id: known.id.to_string(),
        recorded: known.state.as_str().into(),
        claimed: claimed.as_str().into(),
    });
    draft.apply()
}

/// No answer: it may or may not have happened. Only the timer decides when to ask again.
fn unknown(mut draft: Work<'_>, mut payment: Payment, id: &StepId) -> Decision<Record> {
    let Some(operation) = payment.operation_mut(id) else {
        return Decision::Ignore("there is no such operation");
    };
    operation.state = OperationState::Unknown;
    let operation = operation.clone();
    plan_check(&mut draft, &operation);
    keep(draft, payment)
}

fn action_required(mut draft: Work<'_>, mut payment: Payment, id: &StepId) -> Decision<Record> {
    if payment.state == State::Processing {
        payment.state = State::RequiresAction;
        let order_id = draft.message.subject.to_string();
        draft.send_for(id, PaymentActionRequired { order_id, operation_id: id.to_string() });
    }
    unknown(draft, payment, id)
}

/// Inside the window it can simply be asked for; later nobody can know.
fn never_seen(mut draft: Work<'_>, mut payment: Payment, id: &StepId) -> Decision<Record> {
    let now = draft.now;
    let Some(operation) = payment.operation_mut(id) else {
        return Decision::Ignore("there is no such operation");
    };
    if now.since(operation.begun_at) >= IDEMPOTENCY_WINDOW {
        operation.needs_attention = true;
        return unknown(draft, payment, id);
    }
    ask(&mut draft, &mut payment, id);
    keep(draft, payment)
}

pub(crate) fn overdue(
    mut draft: Work<'_>,
    mut payment: Payment,
    operation_id: &str,
) -> Decision<Record> {
    let id = StepId::from(operation_id);
    let Some(operation) = payment.operation_mut(&id).filter(|it| !it.state.is_definite()) else {
        return Decision::Ignore("the operation was settled in time");
    };
    operation.state = OperationState::Unknown;
    let asked = usize::try_from(operation.attempts).unwrap_or(usize::MAX);
    operation.needs_attention |=
        operation.attempts >= ATTENTION_AFTER && asked > CHECK_SCHEDULE.len();
    ask(&mut draft, &mut payment, &id);
    keep(draft, payment)
}

/// The outcome is definite: amounts, state, ledger, and whoever waits for it.
pub(crate) fn settle(
    mut draft: Work<'_>,
    mut payment: Payment,
    id: &StepId,
    outcome: Result<(), String>,
) -> Decision<Record> {
    let Some(operation) = payment.operation_mut(id) else {
        return Decision::Ignore("there is no such operation");
    };
    operation.state = match &outcome {
        Ok(()) => OperationState::Succeeded,
        Err(_) => OperationState::Failed,
    };
    operation.code = outcome.clone().err();
    operation.needs_attention = false;
    let (kind, amount) = (operation.kind, operation.amount);
    draft.cancel_timer(timer_label(id));
    let phase = if outcome.is_ok() { Phase::Succeeded } else { Phase::Failed };
    post(&mut draft, &mut payment, (id, kind, amount), phase);
    move_amounts(&mut payment, kind, amount, &outcome);
    tell::settled(&mut draft, &payment, id, kind, amount, &outcome);
    match payment.void_wanted.clone() {
        // It was to be undone while it was under way: now it can be.
        Some(step) if matches!(kind, OperationKind::Authorize | OperationKind::Capture) => {
            undo_now(draft, payment, &step)
        }
        _ => keep(draft, payment),
    }
}

fn move_amounts(
    payment: &mut Payment,
    kind: OperationKind,
    amount: i64,
    outcome: &Result<(), String>,
) {
    match (kind, outcome) {
        (OperationKind::Authorize, Ok(())) => {
            payment.authorized += amount;
            payment.state = State::Authorized;
        }
        (OperationKind::Authorize, Err(code)) => {
            payment.state = State::Failed;
            payment.failure_code = Some(code.clone());
        }
        (OperationKind::Capture, Ok(())) => {
            payment.captured += amount;
            payment.state = State::Captured;
        }
        (OperationKind::Capture, Err(code)) => payment.failure_code = Some(code.clone()),
        (OperationKind::Void, Ok(())) => {
            payment.released += amount;
            payment.state = State::Voided;
        }
        (OperationKind::Void, Err(_)) => {}
        (OperationKind::Refund, Ok(())) => {
            payment.refund_pending -= amount;
            payment.refunded += amount;
        }
        (OperationKind::Refund, Err(_)) => payment.refund_pending -= amount,
    }
}

fn undo_now(mut draft: Work<'_>, payment: Payment, step: &StepId) -> Decision<Record> {
    if payment.state == State::Authorized {
        return begin_void(draft, payment, step);
    }
    tell::voided(&mut draft, step);
    keep(draft, payment)
}
