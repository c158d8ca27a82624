//! What a provider says, however it comes: as an answer, to a read, or unasked. All of it goes
//! through one door, and the first definite outcome counts.

use crate::ask::{ask, is_forgotten, plan_check};
use crate::operation::{Operation, OperationKind, OperationState};
use crate::record::{Payment, Record, State};
use crate::settle::settle;
use crate::{Work, keep};
use contracts::StepId;
use contracts::messages::{
    PaymentActionRequired, PaymentConflict, ProviderAnswered, ProviderOutcome,
};
use service::Decision;

/// After so many reads outside the idempotency window somebody must look.
pub const READS_BEFORE_ATTENTION: u32 = 3;

const UNKNOWN_OPERATION: &str = "there is no such operation";

/// The provider says what came of an operation.
pub(crate) fn apply_outcome(
    draft: Work<'_>,
    mut payment: Payment,
    answer: &ProviderAnswered,
) -> Decision<Record> {
    use OperationState::{Failed, Pending, Succeeded, Unknown};
    let id = StepId::from(&answer.operation_id);
    let Some(operation) = payment.operation_mut(&id) else {
        return Decision::Ignore(UNKNOWN_OPERATION);
    };
    let kind = operation.kind;
    if !operation.state.is_definite() && !answer.provider_reference.is_empty() {
        operation.provider_reference = Some(answer.provider_reference.clone());
    }
    match (answer.outcome(), operation.state) {
        (ProviderOutcome::Succeeded, Succeeded) | (ProviderOutcome::Failed, Failed) => {
            Decision::Ignore("the operation was settled before, in the same way")
        }
        (ProviderOutcome::Succeeded, Failed) => conflict(draft, operation, Succeeded),
        (ProviderOutcome::Failed, Succeeded) => conflict(draft, operation, Failed),
        (_, Succeeded | Failed) => Decision::Ignore("the operation was settled before"),
        (ProviderOutcome::Succeeded, _) => settle(draft, payment, &id, Ok(())),
        (ProviderOutcome::Failed, _) => settle(draft, payment, &id, Err(&answer.code)),
        (ProviderOutcome::ActionRequired, _) if kind == OperationKind::Authorize => {
            action_required(draft, payment, &id)
        }
        (ProviderOutcome::NeverSeen, Unknown) => never_seen(draft, payment, &id),
        // Only a read can tell that it was never seen, and what is pending was not read.
        (_, Pending) => no_answer(draft, payment, &id),
        (_, Unknown) => Decision::Ignore("its outcome is unknown already; the timer asks again"),
    }
}

/// The contrary of what it said before: that changes nothing, but somebody must look.
fn conflict(
    mut draft: Work<'_>,
    recorded: &Operation,
    claimed: OperationState,
) -> Decision<Record> {
    draft.send(PaymentConflict {
        order_id: draft.message.subject.to_string(),
        operation_id: recorded.id.to_string(),
        recorded: recorded.state.as_str().into(),
        claimed: claimed.as_str().into(),
    });
    draft.apply()
}

/// It may or may not have happened. Only the timer decides when to ask again.
fn no_answer(mut draft: Work<'_>, mut payment: Payment, id: &StepId) -> Decision<Record> {
    if let Some(operation) = payment.operation_mut(id) {
        operation.state = OperationState::Unknown;
        plan_check(&mut draft, operation);
    }
    keep(draft, payment)
}

/// The saga is told once that it takes longer; then the operation is read until the customer has
/// acted.
fn action_required(mut draft: Work<'_>, mut payment: Payment, id: &StepId) -> Decision<Record> {
    let is_news = payment.state == State::Processing;
    let Some(operation) = payment.operation_mut(id) else {
        return Decision::Ignore(UNKNOWN_OPERATION);
    };
    if !is_news {
        return Decision::Ignore("the customer has not acted yet; the timer asks again");
    }
    let order_id = draft.message.subject.to_string();
    let required = PaymentActionRequired { order_id, operation_id: id.to_string() };
    draft.send_for(operation.step(), required);
    payment.state = State::RequiresAction;
    no_answer(draft, payment, id)
}

/// It has not happened. Inside the window it is sent again under the same id; if even that is said
/// to be never seen, the timer has to wait first. Later it might meet one that is still on its way,
/// and nobody but a person can decide.
fn never_seen(mut draft: Work<'_>, mut payment: Payment, id: &StepId) -> Decision<Record> {
    let now = draft.now;
    let Some(operation) = payment.operation_mut(id) else {
        return Decision::Ignore(UNKNOWN_OPERATION);
    };
    if !is_forgotten(operation, now) {
        operation.state = OperationState::Pending;
        if payment.state == State::RequiresAction {
            payment.state = State::Processing;
        }
        ask(&mut draft, &mut payment, id);
    } else if operation.needs_attention {
        return Decision::Ignore("somebody is to look at it already");
    } else {
        operation.needs_attention = true;
    }
    keep(draft, payment)
}

/// The time to ask again has come.
pub(crate) fn overdue(
    mut draft: Work<'_>,
    mut payment: Payment,
    operation_id: &str,
) -> Decision<Record> {
    let id = StepId::from(operation_id);
    let Some(operation) = payment.operation_mut(&id) else {
        return Decision::Ignore(UNKNOWN_OPERATION);
    };
    if operation.state.is_definite() {
        return Decision::Ignore("the operation was settled in time");
    }
    operation.state = OperationState::Unknown;
    if is_forgotten(operation, draft.now) {
        operation.reads = operation.reads.saturating_add(1);
        operation.needs_attention |= operation.reads > READS_BEFORE_ATTENTION;
    }
    ask(&mut draft, &mut payment, &id);
    keep(draft, payment)
}
