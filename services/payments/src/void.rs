//! Giving a hold back, now or as soon as its outcome is known.

use crate::ask::begin;
use crate::operation::{Operation, OperationKind};
use crate::record::{Payment, Record, State};
use crate::{Work, keep, tell};
use contracts::messages::PaymentVoided;
use contracts::planted::{Bug, planted};
use contracts::{Money, StepId};
use service::Decision;

/// How often a payment is voided at the provider, all refusals counted. After that the last refusal
/// is told again, so that no patient sender makes the record grow for ever.
pub const VOIDS_MAX: usize = 16;

/// The undo came first: a tombstone, so that an authorization that comes later takes nothing.
pub(crate) fn void_first(mut draft: Work<'_>, step: &StepId) -> Decision<Record> {
    draft.answer(voided(&draft, step));
    if planted(Bug::NoTombstone) {
        return draft.apply();
    }
    let mut tombstone = Payment::new(Money::default(), "", "", draft.now);
    tombstone.state = State::Voided;
    keep(draft, tombstone)
}

pub(crate) fn void(mut draft: Work<'_>, mut payment: Payment, step: &StepId) -> Decision<Record> {
    match payment.state {
        State::Processing | State::RequiresAction | State::Authorized
            if payment.void_wanted.is_some() =>
        {
            Decision::Ignore("the void waits for the outcome of what is under way")
        }
        // First the authorization must be definite.
        State::Processing | State::RequiresAction => {
            payment.void_wanted = Some(step.clone());
            keep(draft, payment)
        }
        // No saga gives up a capture of unknown outcome. If one does, we hold its undo until we
        // know whether there is anything to undo.
        State::Authorized if payment.is_open(OperationKind::Capture) => {
            payment.void_wanted = Some(step.clone());
            keep(draft, payment)
        }
        State::Authorized => void_hold(draft, payment, step),
        // Nothing is held: it was given back, never held, or taken as a whole.
        State::Voided | State::Failed | State::Captured => {
            draft.answer(voided(&draft, step));
            draft.apply()
        }
    }
}

/// What was under way is definite, and a void waits for that.
pub(crate) fn void_wanted(
    mut draft: Work<'_>,
    payment: Payment,
    step: &StepId,
) -> Decision<Record> {
    if payment.state == State::Authorized {
        return begin_void(draft, payment, step);
    }
    draft.send_for(step, voided(&draft, step));
    keep(draft, payment)
}

fn void_hold(mut draft: Work<'_>, payment: Payment, step: &StepId) -> Decision<Record> {
    match payment.of_kind(OperationKind::Void).last() {
        Some(last) if !last.state.is_definite() => Decision::Ignore("the void is under way"),
        Some(last) if payment.of_kind(OperationKind::Void).count() >= VOIDS_MAX => {
            draft.answer(tell::refused(&draft, &payment, last));
            draft.apply()
        }
        _ => begin_void(draft, payment, step),
    }
}

/// Asks the provider. After a refusal for good, which only an operator repeats, it is asked under a
/// new id: under the old one it would only say the same again.
fn begin_void(draft: Work<'_>, payment: Payment, step: &StepId) -> Decision<Record> {
    let tries = payment.of_kind(OperationKind::Void).filter(|it| it.step() == step).count();
    let id = match tries {
        0 => step.clone(),
        _ => StepId::from(format!("{step}!{}", tries.saturating_add(1))),
    };
    let held = payment.capturable();
    let mut giving_back = Operation::new(id, OperationKind::Void, held, draft.now);
    giving_back.step = (giving_back.id != *step).then(|| step.clone());
    begin(draft, payment, giving_back)
}

fn voided(draft: &Work<'_>, step: &StepId) -> PaymentVoided {
    let (order_id, operation_id) = (draft.message.subject.to_string(), step.to_string());
    PaymentVoided { order_id, operation_id }
}
