//! A running saga as a value: small, because it is written several times per order.

use contracts::{StepId, Timestamp};
use serde::{Deserialize, Serialize};

/// A running saga, pinned to its definition's version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saga {
    /// Its id; those of its steps derive from it.
    pub id: String,
    /// The name of its definition.
    pub definition: String,
    /// The version of its definition.
    pub version: u32,
    /// Where it stands as a whole.
    pub status: Status,
    /// What it was doing when it was paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_from: Option<Status>,
    /// Why it is compensated, or how it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Somebody wants it stopped; it may be too late.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_requested: bool,
    /// As in the definition; then, where the start can be undone, the start.
    pub steps: Vec<StepState>,
    /// Successes that came after their step was undone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub late_replies: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When it gives up, if the pivot isn't sent by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// When it reached a final state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Where a saga stands as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Goes forward.
    Running,
    /// Rests by decision of an operator. Answers are noted.
    Paused,
    /// Goes back.
    Compensating,
    /// Rests because an undo was refused for good; an operator decides.
    CompensationFailed,
    /// Everything was done.
    Completed,
    /// Everything was undone.
    Compensated,
    /// Ended by an operator, with a reason.
    Resolved,
}

impl Status {
    /// Nothing more happens by itself.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Compensated | Self::Resolved)
    }

    /// Something is still to be done, by itself or by an operator.
    pub const fn is_live(self) -> bool {
        !self.is_final()
    }
}

/// One step of a running saga.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepState {
    /// How far it is.
    #[serde(rename = "p")]
    pub progress: Progress,
    /// How often its command, or by now its undo, was sent.
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// When its command was first sent.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When its outcome was known, or its undo's.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Why it, or its undo, was refused.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Progress {
    /// Not sent yet.
    #[default]
    Pending,
    /// Sent, not answered.
    Sent,
    /// Done.
    Succeeded,
    /// Refused: it was not done.
    Refused,
    /// No answer in time: it may or may not have happened. Compensated like a success.
    GivenUp,
    /// Its undo is sent, not answered.
    Undoing,
    /// Undone.
    Undone,
    /// Its undo was refused for good.
    UndoRefused,
    /// An operator goes on as if it were undone.
    Skipped,
}

/// Something that happens to a saga.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A participant answers.
    Answered {
        /// The step, or the undo, that is answered.
        step: StepId,
        /// What it says.
        answer: Answer,
    },
    /// No answer came to an attempt in time.
    Overdue {
        /// The step, or the undo, that was not answered.
        step: StepId,
        /// Which attempt.
        attempt: u32,
    },
    /// Somebody wants it stopped.
    CancelRequested {
        /// Why.
        reason: String,
    },
    /// An operator lets it rest.
    Paused,
    /// An operator lets it go on.
    Resumed,
    /// An operator sends a refused undo again.
    UndoRetried {
        /// The name of the step's action; of the start, that of the action that undoes it.
        step: String,
    },
    /// An operator goes on without a refused undo.
    UndoSkipped {
        /// The name of the step's action; of the start, that of the action that undoes it.
        step: String,
    },
    /// An operator has settled it by other means.
    Resolved {
        /// How.
        reason: String,
    },
}

/// What a participant says of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Success,
    /// It was not done and will not be, for this reason.
    Refused(String),
    /// It takes longer.
    Ongoing,
}

/// What the owner has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<A> {
    /// Send the command, and say `Overdue` of this attempt at that time.
    Send {
        /// Which command.
        action: A,
        /// The id that the answer will bear.
        step: StepId,
        /// Counts from 1.
        attempt: u32,
        /// When the answer is overdue.
        overdue_at: Timestamp,
    },
    /// Only say `Overdue` later than planned.
    Wait {
        /// Of which step.
        step: StepId,
        /// Of which attempt.
        attempt: u32,
        /// When.
        overdue_at: Timestamp,
    },
    /// Nothing is awaited of this step any more.
    StopTimer {
        /// Which.
        step: StepId,
    },
}

/// Whether something came of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The saga has moved on.
    Applied,
    /// A duplicate or a straggler, for this reason; the saga is as it was.
    Ignored(&'static str),
}

/// What came of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition<A> {
    /// The saga afterwards.
    pub saga: Saga,
    /// What the owner has to do.
    pub effects: Vec<Effect<A>>,
    /// Whether something came of it.
    pub outcome: Outcome,
}
