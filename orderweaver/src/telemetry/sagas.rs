//! What committed rounds tell of sagas. Their steps are read from the record when it comes to rest,
//! so nothing has to be remembered and all is right after any restart.

use contracts::{Body, Message, Timestamp};
use engine::{Committed, Write, codec};
use metrics::{counter, histogram};
use orchestrator::{Action, DEFINITIONS, Record, SAGAS};
use saga::{Action as _, Definition, Progress, Saga, Status, StepState};
use service::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

const STARTED: &str = "orderweaver_sagas_started_total";
const FINISHED: &str = "orderweaver_sagas_finished_total";
const RETRIES: &str = "orderweaver_step_retries_total";
const COMPENSATIONS: &str = "orderweaver_compensations_total";
/// The ends of a saga, and of an undo.
const ENDS: [&str; 3] = ["completed", "compensated", "resolved"];
const UNDO_ENDS: [&str; 3] = ["undone", "refused", "skipped"];

/// Shows every series of the counters from the beginning: a rate needs the 0 before the 1.
pub fn begin() {
    for definition in DEFINITIONS {
        counter!(STARTED, "saga" => definition.name).increment(0);
        for end in ENDS {
            counter!(FINISHED, "saga" => definition.name, "outcome" => end).increment(0);
        }
        for index in 0..=definition.steps.len() {
            let Some(step) = name_of(definition, index) else { continue };
            counter!(RETRIES, "step" => step).increment(0);
            if let Some(undo) = undo_of(definition, index) {
                counter!(RETRIES, "step" => undo.name()).increment(0);
                for end in UNDO_ENDS {
                    counter!(COMPENSATIONS, "step" => step, "outcome" => end).increment(0);
                }
            }
        }
    }
}

/// A round was committed.
pub fn round(committed: &Committed) {
    let sagas = || committed.writes.iter().filter(|write| *write.key.record.kind == SAGAS);
    for write in sagas().filter(|write| write.version_before == 0) {
        let definition = text(write, "definition").to_string();
        counter!(STARTED, "saga" => definition).increment(1);
    }
    count_retries(&committed.log);
    let resting = resting(&committed.log);
    if resting.is_empty() {
        return;
    }
    for write in sagas().filter(|write| RESTING.contains(&text(write, "state"))) {
        match codec::decode(&write.body) {
            Ok(Record::Saga(it)) => {
                if let Some(since) = resting.get(it.saga.id.as_str()) {
                    count(&it.saga, *since);
                }
            }
            Err(error) => tracing::warn!(%error, "a saga can't be counted"),
        }
    }
}

/// The states in which a saga rests, as they are stored.
const RESTING: [&str; 4] = ["COMPLETED", "COMPENSATED", "RESOLVED", "COMPENSATION_FAILED"];

fn text<'a>(write: &'a Write, name: &str) -> &'a str {
    let index = SAGAS.columns.iter().position(|column| column.name == name);
    match index.and_then(|index| write.columns.get(index)) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

/// The sagas that came to rest in a round, each with the time from which its steps are news.
fn resting(log: &[Arc<Message>]) -> BTreeMap<&str, Timestamp> {
    let rests = log.iter().filter_map(|message| match &message.body {
        Body::SagaFinished(it) if it.turn == 0 => Some((it.saga_id.as_str(), Timestamp(0))),
        Body::SagaFinished(it) => Some((&it.saga_id, message.time)),
        Body::SagaCompensationFailed(it) => Some((&it.saga_id, message.time)),
        _ => None,
    });
    rests.collect()
}

/// A command that was sent because its step was overdue.
fn count_retries(log: &[Arc<Message>]) {
    let mut overdue = vec![];
    for message in log {
        if let Body::StepOverdue(it) = &message.body {
            overdue.push((message.id, it.step.as_str()));
        } else if let (Some(step), Some(cause), false) =
            (&message.step, message.cause, overdue.is_empty())
            && overdue.contains(&(cause, step.as_str()))
        {
            let name = step.as_str().rsplit('!').next().unwrap_or_default();
            counter!(RETRIES, "step" => name.to_string()).increment(1);
        }
    }
}

fn count(saga: &Saga, since: Timestamp) {
    let Some(definition) = orchestrator::definition(&saga.definition, saga.version) else { return };
    let end = match saga.status {
        Status::Completed => Some("completed"),
        Status::Compensated => Some("compensated"),
        Status::Resolved => Some("resolved"),
        Status::Running | Status::Paused | Status::Compensating | Status::CompensationFailed => {
            None
        }
    };
    if let Some((end, at)) = end.zip(saga.finished_at) {
        let labels = [("saga", definition.name), ("outcome", end)];
        counter!(FINISHED, &labels).increment(1);
        let took = at.since(saga.started_at).as_secs_f64();
        histogram!("orderweaver_saga_duration_seconds", &labels).record(took);
    }
    let is_news = |step: &StepState| step.finished_at.is_some_and(|at| at >= since);
    for (index, step) in saga.steps.iter().enumerate().filter(|(_, step)| is_news(step)) {
        let Some(name) = name_of(definition, index) else { continue };
        // A refused undo is told when the saga rests because of it, the others at the end.
        match (step.progress, end.is_some()) {
            (Progress::Succeeded, true) => took(name, step, "succeeded"),
            (Progress::Refused, true) => took(name, step, "refused"),
            (Progress::Undone, true) if undo_of(definition, index).is_some() => {
                took(name, step, "undone");
                undo_ended(name, "undone");
            }
            (Progress::Skipped, true) => undo_ended(name, "skipped"),
            (Progress::UndoRefused, false) => undo_ended(name, "refused"),
            _ => {}
        }
    }
}

fn took(name: &'static str, step: &StepState, outcome: &'static str) {
    if let (Some(from), Some(to)) = (step.started_at, step.finished_at) {
        let labels = [("step", name), ("outcome", outcome)];
        let took = to.since(from).as_secs_f64();
        histogram!("orderweaver_step_duration_seconds", &labels).record(took);
    }
}

fn undo_ended(name: &'static str, outcome: &'static str) {
    counter!(COMPENSATIONS, "step" => name, "outcome" => outcome).increment(1);
}

/// The name of a step: that of its action; of the start, that of the action that undoes it.
fn name_of(definition: &Definition<Action>, index: usize) -> Option<&'static str> {
    let action = definition.steps.get(index).map(|step| step.action);
    action.or_else(|| undo_of(definition, index)).map(Action::name)
}

/// The action that undoes a step; the start stands behind the steps.
fn undo_of(definition: &Definition<Action>, index: usize) -> Option<Action> {
    match definition.steps.get(index) {
        Some(step) => step.undo_action(),
        None => definition.start_undone_by,
    }
}
