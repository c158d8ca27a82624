//! What an operator may decide about a saga.

use crate::definition::{Action, Kind, step_id};
use crate::instance::{Effect, Outcome, Progress, Status};
use crate::walk::Walk;

impl<A: Action> Walk<'_, A> {
    /// Nothing is sent any more; answers are noted.
    pub(crate) fn pause(&mut self) -> Outcome {
        match self.saga.status {
            Status::Running | Status::Compensating => {
                self.saga.paused_from = Some(self.saga.status);
                self.saga.status = Status::Paused;
                Outcome::Applied
            }
            _ => Outcome::Ignored("only a saga that goes on by itself can be paused"),
        }
    }

    /// It goes on where it was; what is outstanding is sent again, because its timers were ignored.
    pub(crate) fn resume(&mut self) -> Outcome {
        let Some(status) = self.saga.paused_from.take() else {
            return Outcome::Ignored("the saga is not paused");
        };
        self.saga.status = status;
        for index in 0..self.saga.steps.len() {
            match self.progress(index) {
                Progress::Sent => self.send_again(index),
                Progress::Undoing => self.send_undo(index),
                _ => {}
            }
        }
        Outcome::Applied
    }

    fn send_again(&mut self, index: usize) {
        let Some(step) = self.definition.steps.get(index) else { return };
        match step.kind {
            Kind::Pivot { query: Some(query) } => self.send(index, query),
            _ => self.send(index, step.action),
        }
    }

    /// A refused undo is sent again.
    pub(crate) fn retry_undo(&mut self, step: &str) -> Outcome {
        let Some(index) = self.refused_undo(step) else {
            return Outcome::Ignored("the step has no undo that was refused");
        };
        if self.saga.status == Status::CompensationFailed {
            self.saga.status = Status::Compensating;
        }
        self.begin_undo(index);
        Outcome::Applied
    }

    /// The saga goes on without a refused undo.
    pub(crate) fn skip_undo(&mut self, step: &str) -> Outcome {
        let Some(index) = self.refused_undo(step) else {
            return Outcome::Ignored("the step has no undo that was refused");
        };
        self.set(index, Progress::Skipped);
        Outcome::Applied
    }

    /// The start is no step: it goes by the name of what undoes it.
    fn refused_undo(&self, step: &str) -> Option<usize> {
        let actions = self.definition.steps.iter().map(|it| it.action);
        let mut names = actions.chain(self.definition.start_undone_by).map(Action::name);
        let index = names.position(|name| name == step)?;
        (self.progress(index) == Progress::UndoRefused).then_some(index)
    }

    /// It was settled by other means: nothing is awaited any more.
    pub(crate) fn resolve(&mut self, reason: String) -> Outcome {
        if self.saga.status.is_final() {
            return Outcome::Ignored("the saga is over");
        }
        for index in 0..self.saga.steps.len() {
            let action = match self.progress(index) {
                Progress::Sent => self.definition.steps.get(index).map(|step| step.action),
                Progress::Undoing => self.undo_action(index),
                _ => None,
            };
            if let Some(action) = action {
                self.effects.push(Effect::StopTimer { step: step_id(&self.saga.id, action) });
            }
        }
        self.saga.status = Status::Resolved;
        self.saga.paused_from = None;
        self.saga.reason = Some(reason);
        Outcome::Applied
    }
}
