//! What an operator may decide about a saga.

use crate::record::Record;
use crate::rules::{happens, number_of};
use contracts::Body;
use saga::Event;
use service::{Decision, Draft, Reply};

/// A command of an operator. What can't be done now is refused, with the reason.
pub(crate) fn command(mut draft: Draft<'_, Record>) -> Decision<Record> {
    let (saga_id, event) = match &draft.message.body {
        Body::PauseSaga(it) => (&it.saga_id, Event::Paused),
        Body::ResumeSaga(it) => (&it.saga_id, Event::Resumed),
        Body::ResolveSaga(it) => (&it.saga_id, Event::Resolved { reason: it.reason.clone() }),
        Body::RetryCompensation(it) => (&it.saga_id, Event::UndoRetried { step: it.step.clone() }),
        Body::SkipCompensation(it) => (&it.saga_id, Event::UndoSkipped { step: it.step.clone() }),
        _ => return draft.illegal("any"),
    };
    let Some(number) = number_of(&draft, saga_id) else {
        let detail = format!("there is no saga {saga_id}");
        return draft.refuse("saga_not_found", detail);
    };
    let message = draft.message;
    draft.reply(Reply::Accepted("{}".into()));
    match happens(draft, number, event, |_| {}) {
        Decision::Ignore(reason) => {
            let refused = Reply::Refused { code: "saga_state".into(), detail: reason.into() };
            Decision::Apply(service::Changes { reply: Some(refused), ..Default::default() })
        }
        Decision::Illegal { state, .. } => Decision::illegal(state, message),
        applied => applied,
    }
}
