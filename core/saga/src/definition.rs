//! Definitions: a saga is a table of typed steps.

use contracts::StepId;
use std::fmt::Debug;
use std::ops::Range;
use std::time::Duration;

/// What the owner of a definition can ask for.
pub trait Action: Copy + Eq + Debug + Send + Sync + 'static {
    /// Stored in the ids of running steps, so it never changes.
    fn name(self) -> &'static str;
}

/// A saga: steps in order, each with its kind (Richardson, Microservices Patterns: compensatable,
/// pivot, retriable), its patience, and its undo (Garcia-Molina and Salem, Sagas, 1987).
pub struct Definition<A: 'static> {
    /// Stored in running sagas, so it never changes.
    pub name: &'static str,
    /// Running sagas are pinned to it: a changed table is a new version beside the old one.
    pub version: u32,
    /// Undoes whatever started the saga; the last compensation.
    pub start_undone_by: Option<A>,
    /// Before the pivot, a saga older than this gives up.
    pub deadline: Option<Duration>,
    /// In order; steps `alongside` each other run together.
    pub steps: &'static [Step<A>],
}

/// One step.
pub struct Step<A> {
    /// What is asked for.
    pub action: A,
    /// What a refusal means, and how it is undone.
    pub kind: Kind<A>,
    /// Runs together with that earlier step.
    pub alongside: Option<A>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How long it may take once the participant said that it is at it.
    pub ongoing_timeout: Duration,
    /// How the command is repeated.
    pub retry: RetryPolicy,
    /// How its undo is repeated.
    pub undo_retry: RetryPolicy,
}

/// What a step is to the saga.
pub enum Kind<A> {
    /// Runs before the pivot, and can be undone.
    Compensatable {
        /// How.
        undo: Option<Undo<A>>,
        /// The rest of the compensation doesn't wait for it.
        independent: bool,
    },
    /// Decides the saga. If its outcome is unknown we ask until we know; we never compensate.
    Pivot {
        /// What asks; else the command itself is repeated.
        query: Option<A>,
    },
    /// Runs after the pivot and is repeated until it succeeds.
    Retriable,
}

/// How a step is undone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Undo<A> {
    /// By this action.
    By(A),
    /// The undo of that earlier step covers this one too.
    With(A),
}

/// How something is repeated; the names are Temporal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Before the second attempt.
    pub initial_interval: Duration,
    /// By how much each wait is longer than the one before.
    pub backoff_coefficient: u32,
    /// No wait is longer.
    pub maximum_interval: Duration,
    /// Then a compensatable step is given up. Pivot, retriable and undo never give up.
    pub maximum_attempts: u32,
}

/// Five seconds, doubling, up to five minutes; three attempts.
pub const PATIENT: RetryPolicy = RetryPolicy {
    initial_interval: Duration::from_secs(5),
    backoff_coefficient: 2,
    maximum_interval: Duration::from_secs(300),
    maximum_attempts: 3,
};

impl RetryPolicy {
    /// How long to wait for the answer to an attempt.
    pub(crate) fn wait(&self, attempt: u32, timeout: Duration) -> Duration {
        let factor = self.backoff_coefficient.saturating_pow(attempt.saturating_sub(1));
        let backoff = self.initial_interval.saturating_mul(factor);
        backoff.min(self.maximum_interval).max(timeout)
    }
}

/// A step that can be undone.
pub const fn compensatable<A: Copy>(action: A) -> Step<A> {
    step(action, Kind::Compensatable { undo: None, independent: false })
}

/// The step that decides.
pub const fn pivot<A: Copy>(action: A) -> Step<A> {
    step(action, Kind::Pivot { query: None })
}

/// A step that is repeated until it succeeds.
pub const fn retriable<A: Copy>(action: A) -> Step<A> {
    step(action, Kind::Retriable)
}

const fn step<A: Copy>(action: A, kind: Kind<A>) -> Step<A> {
    let timeout = Duration::from_secs(10);
    Step {
        action,
        kind,
        alongside: None,
        timeout,
        ongoing_timeout: timeout,
        retry: PATIENT,
        undo_retry: PATIENT,
    }
}

impl<A: Copy> Step<A> {
    /// How long an answer may take.
    pub const fn within_seconds(self, seconds: u64) -> Self {
        let timeout = Duration::from_secs(seconds);
        Self { timeout, ongoing_timeout: timeout, ..self }
    }

    /// How long it may take once the participant said that it is at it. After `within_seconds`.
    pub const fn may_take_seconds(self, seconds: u64) -> Self {
        Self { ongoing_timeout: Duration::from_secs(seconds), ..self }
    }

    /// How it is undone.
    pub const fn undone_by(self, action: A) -> Self {
        let kind = Kind::Compensatable { undo: Some(Undo::By(action)), independent: false };
        Self { kind, ..self }
    }

    /// The undo of that earlier step covers it.
    pub const fn undone_with(self, step: A) -> Self {
        let kind = Kind::Compensatable { undo: Some(Undo::With(step)), independent: false };
        Self { kind, ..self }
    }

    /// Nothing waits for its undo but the end of the saga. After `undone_by`.
    pub const fn undone_independently(self) -> Self {
        let undo = match self.kind {
            Kind::Compensatable { undo, .. } => undo,
            Kind::Pivot { .. } | Kind::Retriable => None,
        };
        Self { kind: Kind::Compensatable { undo, independent: true }, ..self }
    }

    /// What asks for the outcome of the pivot.
    pub const fn queried_by(self, action: A) -> Self {
        Self { kind: Kind::Pivot { query: Some(action) }, ..self }
    }

    /// Runs together with that step, which stands just before it.
    pub const fn alongside(self, step: A) -> Self {
        Self { alongside: Some(step), ..self }
    }

    /// How the command is repeated.
    pub const fn retried(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// How its undo is repeated.
    pub const fn undo_retried(self, undo_retry: RetryPolicy) -> Self {
        Self { undo_retry, ..self }
    }

    /// The action that undoes it, if it has one of its own.
    pub const fn undo_action(&self) -> Option<A> {
        match self.kind {
            Kind::Compensatable { undo: Some(Undo::By(action)), .. } => Some(action),
            _ => None,
        }
    }

    pub(crate) const fn is_undone_independently(&self) -> bool {
        matches!(self.kind, Kind::Compensatable { independent: true, .. })
    }
}

/// The id of a step: derived, so it needs no storing; `!` never occurs in a client's id.
pub fn step_id<A: Action>(saga_id: &str, action: A) -> StepId {
    StepId::from(format!("{saga_id}!{}", action.name()))
}

impl<A: Action> Definition<A> {
    /// Whether a step, or an undo, of that saga has this id.
    pub fn has_step(&self, saga_id: &str, step: &StepId) -> bool {
        let undos = self.steps.iter().filter_map(Step::undo_action).chain(self.start_undone_by);
        let mut actions = self.steps.iter().map(|it| it.action).chain(undos);
        actions.any(|action| is_step(saga_id, action, step))
    }

    /// The groups of steps that run together, in order.
    pub(crate) fn groups(&self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let alone = |index: &usize| self.steps.get(*index).is_some_and(|it| it.alongside.is_none());
        let starts: Vec<usize> = (0..self.steps.len()).filter(alone).collect();
        let ends = starts.iter().skip(1).copied().chain([self.steps.len()]).collect::<Vec<_>>();
        starts.into_iter().zip(ends).map(|(start, end)| start..end)
    }
}

/// Compares without making the id.
pub(crate) fn is_step<A: Action>(saga_id: &str, action: A, step: &StepId) -> bool {
    let rest = step.as_str().strip_prefix(saga_id).and_then(|rest| rest.strip_prefix('!'));
    rest == Some(action.name())
}
