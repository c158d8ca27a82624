//! The sagas of an order, by themselves.

use super::has_timer;
use crate::facts::Facts;
use crate::findings::Findings;
use contracts::ServiceName;
use orchestrator::OrderSaga;
use saga::{Progress, Status, StepState, step_id};

pub(super) fn hold(facts: &Facts, findings: &mut Findings) {
    for (number, it) in &facts.sagas {
        let row = ("sagas", facts.subject.as_str(), *number);
        let saga = &it.saga;
        let Some(definition) = orchestrator::definition(&saga.definition, saga.version) else {
            let what = || format!("no definition {} v{}", saga.definition, saga.version);
            findings.expect(false, row, what);
            continue;
        };
        let steps = definition.steps.len() + usize::from(definition.start_undone_by.is_some());
        findings.expect(saga.steps.len() == steps, row, || {
            format!("has {} steps, its definition {steps}", saga.steps.len())
        });
        let is_over = saga.finished_at.is_some();
        findings.expect(saga.status.is_final() == is_over, row, || {
            format!("is {:?} and finished at {:?}", saga.status, saga.finished_at)
        });
        ends_as_its_steps(row, it, findings);
        is_never_idle(row, it, facts, findings);
    }
}

fn ends_as_its_steps(row: (&str, &str, u32), it: &OrderSaga, findings: &mut Findings) {
    let saga = &it.saga;
    let has =
        |progress: &[Progress]| saga.steps.iter().any(|step| progress.contains(&step.progress));
    use Progress::{GivenUp, Pending, Refused, Sent, Succeeded, UndoRefused, Undoing};
    let open = match saga.status {
        Status::Completed => &[Pending, Sent, Refused, GivenUp, Undoing, UndoRefused][..],
        Status::Compensated => &[Sent, Succeeded, GivenUp, Undoing, UndoRefused][..],
        Status::CompensationFailed => {
            let what = || "rests, but no undo was refused".into();
            return findings.expect(has(&[UndoRefused]), row, what);
        }
        _ => return,
    };
    let steps: Vec<Progress> = saga.steps.iter().map(|step| step.progress).collect();
    findings.expect(!has(open), row, || format!("is {:?}, its steps are {steps:?}", saga.status));
}

/// 13: a saga that goes on by itself waits for something, and each wait has a timer.
fn is_never_idle(row: (&str, &str, u32), it: &OrderSaga, facts: &Facts, findings: &mut Findings) {
    let saga = &it.saga;
    if !matches!(saga.status, Status::Running | Status::Compensating) {
        return;
    }
    let Some(definition) = orchestrator::definition(&saga.definition, saga.version) else { return };
    let awaited = |(index, state): (usize, &StepState)| {
        let step = definition.steps.get(index);
        match state.progress {
            Progress::Sent => step.map(|step| step.action),
            Progress::Undoing => step.map_or(definition.start_undone_by, saga::Step::undo_action),
            _ => None,
        }
    };
    let awaited: Vec<_> = saga.steps.iter().enumerate().filter_map(awaited).collect();
    findings
        .expect(!awaited.is_empty(), row, || format!("is {:?} and waits for nothing", saga.status));
    for action in awaited {
        let label = step_id(&saga.id, action);
        let waits = has_timer(facts, ServiceName::Orchestrator, label.as_str());
        findings.expect(waits, row, || format!("waits for {label} without a timer"));
    }
}
