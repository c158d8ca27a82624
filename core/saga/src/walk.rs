//! Walking forward: one event in, the saga and its effects out.

use crate::definition::{Action, Definition, Kind, Step, is_step, step_id};
use crate::instance::{
    Answer, Effect, Event, Outcome, Progress, Saga, Status, StepState, Transition,
};
use contracts::planted::{Bug, planted};
use contracts::{StepId, Timestamp};
use std::time::Duration;

/// Begins a saga.
pub fn start<A: Action>(definition: &Definition<A>, id: &str, now: Timestamp) -> Transition<A> {
    let mut steps = vec![StepState::default(); definition.steps.len()];
    if definition.start_undone_by.is_some() {
        steps.push(StepState { progress: Progress::Succeeded, ..StepState::default() });
    }
    let saga = Saga {
        id: id.into(),
        definition: definition.name.into(),
        version: definition.version,
        status: Status::Running,
        paused_from: None,
        reason: None,
        cancel_requested: false,
        steps,
        late_replies: 0,
        started_at: now,
        deadline: definition.deadline.map(|deadline| now + deadline),
        finished_at: None,
    };
    let mut walk = Walk { definition, saga, effects: vec![], now };
    walk.go_on();
    walk.done(Outcome::Applied)
}

/// Why nothing comes of what happens to a saga that an operator has settled by other means.
const RESOLVED: &str = "the saga was resolved by an operator";

/// Moves a saga on. The definition must be the one that the saga is pinned to.
pub fn advance<A: Action>(
    definition: &Definition<A>,
    saga: &Saga,
    event: Event,
    now: Timestamp,
) -> Transition<A> {
    let mut walk = Walk { definition, saga: saga.clone(), effects: vec![], now };
    let outcome = match event {
        _ if saga.status == Status::Resolved => Outcome::Ignored(RESOLVED),
        Event::Answered { step, answer } => walk.answered(&step, answer),
        Event::Overdue { step, attempt } => walk.overdue(&step, attempt),
        Event::CancelRequested { reason } => walk.cancel(reason),
        Event::Paused => walk.pause(),
        Event::Resumed => walk.resume(),
        Event::UndoRetried { step } => walk.retry_undo(&step),
        Event::UndoSkipped { step } => walk.skip_undo(&step),
        Event::Resolved { reason } => walk.resolve(reason),
    };
    if outcome == Outcome::Applied {
        walk.go_on();
    }
    walk.done(outcome)
}

/// One transition in the making.
pub(crate) struct Walk<'a, A: 'static> {
    pub definition: &'a Definition<A>,
    pub saga: Saga,
    pub effects: Vec<Effect<A>>,
    pub now: Timestamp,
}

/// Which half of a step an id means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Forward,
    Undo,
}

impl<A: Action> Walk<'_, A> {
    fn done(mut self, outcome: Outcome) -> Transition<A> {
        if self.saga.status.is_live() {
            self.saga.finished_at = None;
        } else if self.saga.finished_at.is_none() {
            self.saga.finished_at = Some(self.now);
        }
        Transition { saga: self.saga, effects: self.effects, outcome }
    }

    pub fn progress(&self, index: usize) -> Progress {
        self.saga.steps.get(index).map_or(Progress::Pending, |state| state.progress)
    }

    /// Which step, and which half of it, has this id.
    fn find(&self, step: &StepId) -> Option<(usize, Half)> {
        if planted(Bug::WrongStepMatched) {
            let is_waiting = |state: &StepState| state.progress == Progress::Sent;
            if let Some(index) = self.saga.steps.iter().position(is_waiting) {
                return Some((index, Half::Forward));
            }
        }
        let id = self.saga.id.as_str();
        let is_it = |action: A| is_step(id, action, step);
        let forward = self.definition.steps.iter().position(|it| is_it(it.action));
        if let Some(index) = forward {
            return Some((index, Half::Forward));
        }
        let undo = (0..self.saga.steps.len()).find(|i| self.undo_action(*i).is_some_and(is_it));
        undo.map(|index| (index, Half::Undo))
    }

    fn answered(&mut self, step: &StepId, answer: Answer) -> Outcome {
        match self.find(step) {
            Some((index, Half::Forward)) => self.step_answered(index, answer),
            Some((index, Half::Undo)) => self.undo_answered(index, answer),
            None => Outcome::Ignored("it is no step of this saga"),
        }
    }

    fn step_answered(&mut self, index: usize, answer: Answer) -> Outcome {
        use Progress::{GivenUp, Sent, Succeeded, Undone};
        match (self.progress(index), answer) {
            (Sent, Answer::Success) => self.settle(index, Succeeded),
            (Sent, Answer::Refused(reason)) if self.is_retriable(index) => {
                // After the pivot there is no way back: its timer repeats it.
                self.note(index, reason);
            }
            (Sent, Answer::Refused(reason)) => {
                self.settle(index, Progress::Refused);
                self.note(index, reason.clone());
                self.compensate(reason);
            }
            (Sent, Answer::Ongoing) => self.wait_longer(index),
            (GivenUp, Answer::Success) => self.set(index, Succeeded),
            (GivenUp, Answer::Refused(_)) => self.set(index, Progress::Refused),
            (Undone, Answer::Success) if self.undo_action(index).is_some() => {
                // It happened after all: it is undone again, when the saga goes on.
                self.saga.late_replies = self.saga.late_replies.saturating_add(1);
                if self.saga.status == Status::Compensated {
                    self.saga.status = Status::Compensating;
                }
                self.set(index, Succeeded);
            }
            _ => return Outcome::Ignored("the step waits for no answer"),
        }
        Outcome::Applied
    }

    fn overdue(&mut self, step: &StepId, attempt: u32) -> Outcome {
        let Some((index, half)) = self.find(step) else {
            return Outcome::Ignored("it is no step of this saga");
        };
        let awaited = match half {
            Half::Forward => Progress::Sent,
            Half::Undo => Progress::Undoing,
        };
        let attempts = self.saga.steps.get(index).map_or(0, |state| state.attempts);
        if self.progress(index) != awaited || attempts != attempt {
            return Outcome::Ignored("the step was settled or repeated meanwhile");
        }
        if self.saga.status == Status::Paused {
            return Outcome::Ignored("the saga is paused; it is repeated when it goes on");
        }
        match half {
            Half::Undo => self.send_undo(index),
            Half::Forward => self.step_overdue(index, attempt),
        }
        Outcome::Applied
    }

    fn step_overdue(&mut self, index: usize, attempt: u32) {
        let Some(step) = self.definition.steps.get(index) else { return };
        let is_late = self.saga.deadline.is_some_and(|deadline| self.now >= deadline);
        match step.kind {
            Kind::Compensatable { .. } if is_late || attempt >= step.retry.maximum_attempts => {
                self.set(index, Progress::GivenUp);
                self.note(index, "not answered in time".into());
                self.compensate("expired".into());
            }
            Kind::Pivot { query: Some(query) } => self.send(index, query),
            Kind::Compensatable { .. } | Kind::Pivot { query: None } | Kind::Retriable => {
                self.send(index, step.action);
            }
        }
    }

    /// Sends whatever may go out now: the next group, or the next undo group in reverse.
    fn go_on(&mut self) {
        match self.saga.status {
            Status::Running => self.go_forward(),
            Status::Compensating | Status::CompensationFailed => self.go_back(),
            Status::Paused | Status::Completed | Status::Compensated | Status::Resolved => {}
        }
    }

    fn go_forward(&mut self) {
        for group in self.definition.groups() {
            for index in group.clone() {
                if self.progress(index) == Progress::Pending
                    && let Some(step) = self.definition.steps.get(index)
                {
                    self.send(index, step.action);
                }
            }
            if group.into_iter().any(|index| self.progress(index) != Progress::Succeeded) {
                return;
            }
        }
        self.saga.status = Status::Completed;
    }

    /// The command goes out, for the first time or again.
    pub fn send(&mut self, index: usize, action: A) {
        let Some(step) = self.definition.steps.get(index) else { return };
        let now = self.now;
        let Some(state) = self.saga.steps.get_mut(index) else { return };
        state.progress = Progress::Sent;
        state.attempts = state.attempts.saturating_add(1);
        state.started_at.get_or_insert(now);
        let attempt = state.attempts;
        let overdue_at = self.in_time(step, now + step.retry.wait(attempt, step.timeout));
        let step = step_id(&self.saga.id, step.action);
        self.effects.push(Effect::Send { action, step, attempt, overdue_at });
    }

    fn wait_longer(&mut self, index: usize) {
        let Some(step) = self.definition.steps.get(index) else { return };
        let attempt = self.saga.steps.get(index).map_or(0, |state| state.attempts);
        let ongoing = step.ongoing_timeout.max(Duration::from_secs(1));
        let overdue_at = self.in_time(step, self.now + ongoing);
        let step = step_id(&self.saga.id, step.action);
        self.effects.push(Effect::Wait { step, attempt, overdue_at });
    }

    /// Nothing before the pivot is awaited beyond the deadline of the saga.
    fn in_time(&self, step: &Step<A>, overdue_at: Timestamp) -> Timestamp {
        match (&step.kind, self.saga.deadline) {
            (Kind::Compensatable { .. }, Some(deadline)) => overdue_at.min(deadline.max(self.now)),
            _ => overdue_at,
        }
    }

    /// The step's outcome is known: nothing is awaited any more.
    pub fn settle(&mut self, index: usize, progress: Progress) {
        let id = match self.progress(index) {
            Progress::Sent => self.definition.steps.get(index).map(|step| step.action),
            Progress::Undoing => self.undo_action(index),
            _ => None,
        };
        if let Some(action) = id {
            self.effects.push(Effect::StopTimer { step: step_id(&self.saga.id, action) });
        }
        self.set(index, progress);
    }

    pub fn set(&mut self, index: usize, progress: Progress) {
        let now = self.now;
        if let Some(state) = self.saga.steps.get_mut(index) {
            state.progress = progress;
            state.finished_at = Some(now);
        }
    }

    pub fn note(&mut self, index: usize, error: String) {
        if let Some(state) = self.saga.steps.get_mut(index) {
            state.error = Some(error);
        }
    }

    fn is_retriable(&self, index: usize) -> bool {
        self.definition.steps.get(index).is_some_and(|step| matches!(step.kind, Kind::Retriable))
    }
}
