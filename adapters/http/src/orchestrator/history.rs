//! What happened to a saga, from the log: every message that it handled or sent, and with them the
//! attempts of its steps.

use crate::openapi::schemas;
use crate::view::time;
use contracts::messages as m;
use contracts::{Body, Channel, Message, ServiceName, Source, StepId};
use orchestrator::{Action, CANCEL_ORDER};
use saga::{Definition, Saga, step_id};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that happened to a saga.
#[derive(Serialize, ToSchema)]
pub struct HistoryView {
    /// When it was sent.
    #[schema(schema_with = schemas::time)]
    time: String,
    /// The message that it handled or sent, such as `InventoryReserved`.
    event: &'static str,
}

/// One time that a command of a step, or of its undo, was sent.
#[derive(Serialize, ToSchema)]
pub struct AttemptView {
    /// The command, such as `ReserveInventory`.
    command: &'static str,
    /// When.
    #[schema(schema_with = schemas::time)]
    sent_at: String,
    /// The answer to it, such as `InventoryReserved`.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'static str>,
    /// When it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::time, required = false)]
    answered_at: Option<String>,
}

/// Every message of the log that was about this saga, oldest first.
pub fn about<'a>(
    log: &'a [Message],
    saga: &'a Saga,
    definition: &'a Definition<Action>,
) -> impl Iterator<Item = &'a Message> {
    log.iter().filter(move |message| match &message.step {
        Some(step) => definition.has_step(&saga.id, step),
        None => concerns(&message.body, saga),
    })
}

/// Whether a message that serves no step concerns this saga.
fn concerns(body: &Body, saga: &Saga) -> bool {
    let saga_id = match body {
        Body::OrderCreated(_) | Body::OrderCancelRequested(_) => {
            return saga.definition != CANCEL_ORDER.name;
        }
        Body::OrderCancelling(_) => return saga.definition == CANCEL_ORDER.name,
        Body::StepOverdue(it) => &it.saga_id,
        Body::SagaFinished(it) => &it.saga_id,
        Body::SagaReopened(it) => &it.saga_id,
        Body::SagaCompensationFailed(it) => &it.saga_id,
        Body::PauseSaga(m::PauseSaga { saga_id, .. })
        | Body::ResumeSaga(m::ResumeSaga { saga_id, .. })
        | Body::ResolveSaga(m::ResolveSaga { saga_id, .. })
        | Body::RetryCompensation(m::RetryCompensation { saga_id, .. })
        | Body::SkipCompensation(m::SkipCompensation { saga_id, .. }) => saga_id,
        _ => return false,
    };
    *saga_id == saga.id
}

/// The saga's history.
pub fn history<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<HistoryView> {
    let event = |message: &Message| HistoryView {
        time: time(message.time),
        event: message.body.message_type().name(),
    };
    messages.map(event).collect()
}

/// The attempts of a step and of its undo, each with the first answer that came after it.
pub fn attempts<'a>(
    messages: impl Iterator<Item = &'a Message>,
    saga_id: &str,
    actions: &[Action],
) -> Vec<AttemptView> {
    let ids: Vec<StepId> = actions.iter().map(|action| step_id(saga_id, *action)).collect();
    let mut attempts: Vec<(&StepId, AttemptView)> = vec![];
    for message in messages {
        let Some(step) = message.step.as_ref().filter(|step| ids.contains(step)) else { continue };
        let name = message.body.message_type().name();
        if message.body.message_type().channel() == Channel::Command
            && message.source == Source::Service(ServiceName::Orchestrator)
        {
            let sent_at = time(message.time);
            let sent = AttemptView { command: name, sent_at, answer: None, answered_at: None };
            attempts.push((step, sent));
        } else if let Some(attempt) = last_open(&mut attempts, step) {
            attempt.answer = Some(name);
            attempt.answered_at = Some(time(message.time));
        }
    }
    attempts.into_iter().map(|(_, attempt)| attempt).collect()
}

fn last_open<'a>(
    attempts: &'a mut [(&StepId, AttemptView)],
    step: &StepId,
) -> Option<&'a mut AttemptView> {
    let of_step = attempts.iter_mut().rev().find(|(of, _)| *of == step);
    of_step.map(|(_, attempt)| attempt).filter(|attempt| attempt.answer.is_none())
}
