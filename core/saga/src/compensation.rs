//! Walking back: undoing what ran or may have run, in reverse, where independent undos are not
//! waited for.

use crate::definition::step_id;
use crate::definition::{Action, Kind};
use crate::instance::{Answer, Effect, Outcome, Progress, Status};
use crate::walk::Walk;
use contracts::planted::{Bug, planted};

impl<A: Action> Walk<'_, A> {
    /// The action that undoes a step; the start stands behind the steps.
    pub(crate) fn undo_action(&self, index: usize) -> Option<A> {
        match self.definition.steps.get(index) {
            Some(step) => step.undo_action(),
            None => self.definition.start_undone_by.filter(|_| index < self.saga.steps.len()),
        }
    }

    /// From now on the saga goes back. What was sent may happen yet, so it is undone as well.
    pub(crate) fn compensate(&mut self, reason: String) {
        self.saga.status = match self.saga.status {
            Status::Paused => {
                self.saga.paused_from = Some(Status::Compensating);
                Status::Paused
            }
            _ => Status::Compensating,
        };
        let reason = self.saga.reason.take().unwrap_or(reason);
        self.saga.reason = Some(reason);
        for index in 0..self.definition.steps.len() {
            if self.progress(index) == Progress::Sent {
                self.settle(index, Progress::GivenUp);
            }
        }
    }

    pub(crate) fn undo_answered(&mut self, index: usize, answer: Answer) -> Outcome {
        match (self.progress(index), answer) {
            // Also after a refusal: a repeated undo may succeed where the one before it didn't.
            (Progress::Undoing | Progress::UndoRefused, Answer::Success) => {
                self.settle(index, Progress::Undone);
            }
            (Progress::Undoing, Answer::Refused(reason)) => {
                self.settle(index, Progress::UndoRefused);
                self.note(index, reason);
            }
            (Progress::Undoing, Answer::Ongoing) => {
                return Outcome::Ignored("the undo is repeated until it is done");
            }
            _ => return Outcome::Ignored("the undo waits for no answer"),
        }
        Outcome::Applied
    }

    /// Sends the undos that may go out now; and finds out whether that was all.
    pub(crate) fn go_back(&mut self) {
        let start = self.definition.steps.len();
        let the_start = std::iter::once(start..start + 1);
        let groups: Vec<_> = self.definition.groups().rev().chain(the_start).collect();
        for group in groups {
            for index in group.clone() {
                if matches!(self.progress(index), Progress::Succeeded | Progress::GivenUp) {
                    self.undo(index);
                }
            }
            if group.into_iter().any(|index| self.must_be_waited_for(index)) {
                self.saga.status = Status::Compensating;
                return;
            }
        }
        let is = |progress| self.saga.steps.iter().any(|state| state.progress == progress);
        self.saga.status = match (is(Progress::Undoing), is(Progress::UndoRefused)) {
            (true, _) => Status::Compensating,
            (false, true) => Status::CompensationFailed,
            (false, false) => Status::Compensated,
        };
    }

    fn must_be_waited_for(&self, index: usize) -> bool {
        let step = self.definition.steps.get(index);
        let independent = step.is_some_and(crate::Step::is_undone_independently)
            && !planted(Bug::IndependentUndoWaits);
        self.progress(index) == Progress::Undoing && !independent
    }

    fn undo(&mut self, index: usize) {
        let is_forgotten = planted(Bug::MissingUndo) && index < self.definition.steps.len();
        match self.undo_action(index) {
            Some(_) if !is_forgotten => self.begin_undo(index),
            // Undone with another step, or nothing to undo.
            _ => self.set(index, Progress::Undone),
        }
    }

    pub(crate) fn begin_undo(&mut self, index: usize) {
        if let Some(state) = self.saga.steps.get_mut(index) {
            state.attempts = 0;
        }
        self.send_undo(index);
    }

    pub(crate) fn send_undo(&mut self, index: usize) {
        let Some(action) = self.undo_action(index) else { return };
        let patience = self.definition.steps.get(index).map(|step| (step.undo_retry, step.timeout));
        let (retry, timeout) =
            patience.unwrap_or((crate::PATIENT, crate::PATIENT.initial_interval));
        let Some(state) = self.saga.steps.get_mut(index) else { return };
        state.progress = Progress::Undoing;
        state.attempts = state.attempts.saturating_add(1);
        let attempt = state.attempts;
        let overdue_at = self.now + retry.wait(attempt, timeout);
        let step = step_id(&self.saga.id, action);
        self.effects.push(Effect::Send { action, step, attempt, overdue_at });
    }

    /// Before the pivot is sent a cancel acts as a refusal; afterwards it is only noted, and counts
    /// if the pivot is refused.
    pub(crate) fn cancel(&mut self, reason: String) -> Outcome {
        if self.saga.status.is_final() || self.saga.cancel_requested {
            return Outcome::Ignored("the saga is over, or its cancel was requested before");
        }
        self.saga.cancel_requested = true;
        let is_pivot = |index: &usize| {
            let step = self.definition.steps.get(*index);
            step.is_some_and(|step| matches!(step.kind, Kind::Pivot { .. }))
        };
        let pivot = (0..self.definition.steps.len()).find(is_pivot);
        let is_undecided = pivot.is_some_and(|pivot| self.progress(pivot) == Progress::Pending);
        let doing = self.saga.paused_from.unwrap_or(self.saga.status);
        if is_undecided && doing == Status::Running {
            self.compensate(reason);
        }
        Outcome::Applied
    }
}
