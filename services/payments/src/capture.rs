//! Taking the money that is held.

use crate::ask::begin;
use crate::operation::{Operation, OperationKind};
use crate::record::{Payment, Record, State};
use crate::{Work, authorize, tell, void};
use contracts::StepId;
use contracts::messages::PaymentCaptureFailed;
use service::Decision;

pub(crate) fn capture(mut draft: Work<'_>, payment: Payment, step: &StepId) -> Decision<Record> {
    if let Some(known) = payment.latest(step) {
        return tell::again(draft, &payment, known);
    }
    match payment.state {
        State::Authorized if payment.is_open(OperationKind::Capture) => {
            Decision::Ignore("another capture is under way")
        }
        // From the first void on, even where it was refused: a step that is told no must never
        // find its money taken later.
        State::Authorized if payment.of_kind(OperationKind::Void).next().is_some() => {
            refuse(draft, &payment, step)
        }
        State::Authorized => {
            let held = payment.capturable();
            let taking = Operation::new(step.clone(), OperationKind::Capture, held, draft.now);
            begin(draft, payment, taking)
        }
        State::Captured => match payment.done(OperationKind::Capture) {
            // All of it was taken in another step: it is taken, and is not taken twice.
            Some(capture) => {
                draft.answer(tell::done(&draft, &payment, capture));
                draft.apply()
            }
            None => draft.illegal(payment.state),
        },
        State::Voided | State::Failed => refuse(draft, &payment, step),
        // Nobody can know of an authorization that we haven't told.
        State::Processing | State::RequiresAction => draft.illegal(payment.state),
    }
}

/// What became of the step's operation: what its own command would be told now, nothing begun. A
/// hold may have been given back by another step meanwhile, and a step must not hear one thing of
/// its command and the contrary of its query.
///
/// If the operation was never begun, the command was lost on its way, and the query takes its
/// place: it is the same intent under the same id, and the saga needs its outcome. Only the capture
/// is asked about in this way.
pub(crate) fn query(draft: Work<'_>, payment: Payment, step: &StepId) -> Decision<Record> {
    match (payment.latest(step).map(|known| known.kind), payment.state) {
        (Some(OperationKind::Authorize), _) => authorize::again(draft, &payment, step),
        (Some(OperationKind::Void), State::Voided) => void::void(draft, payment, step),
        _ => capture(draft, payment, step),
    }
}

fn refuse(mut draft: Work<'_>, payment: &Payment, step: &StepId) -> Decision<Record> {
    let (order_id, operation_id) = (draft.message.subject.to_string(), step.to_string());
    draft.answer(PaymentCaptureFailed { order_id, operation_id, code: payment.refusal() });
    draft.apply()
}

impl Payment {
    /// Why nothing can be held or taken any more.
    pub(crate) fn refusal(&self) -> String {
        match (self.state, &self.failure_code) {
            (State::Failed, Some(code)) => code.clone(),
            _ => State::Voided.as_str().into(),
        }
    }
}
