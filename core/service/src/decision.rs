//! What a service wants to be true after the commit.

use crate::RecordKey;
use contracts::{Body, Message, MessageType, StepId, Subject, Timestamp};
use serde::{Deserialize, Serialize};

/// What a service makes of a message. Every pair of state and message is one of the three.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision<R> {
    /// Something happens.
    Apply(Changes<R>),
    /// A duplicate or a straggler: harmless, for the given reason.
    Ignore(&'static str),
    /// No rule foresees this message in this state. It becomes a dead letter with both sides of
    /// the pair.
    Illegal {
        /// The state of the record.
        state: String,
        /// The message.
        message: MessageType,
    },
}

impl<R> Decision<R> {
    /// No rule foresees `message` in `state`.
    pub fn illegal(state: impl std::fmt::Debug, message: &Message) -> Self {
        Self::Illegal { state: format!("{state:?}"), message: message.body.message_type() }
    }
}

/// Everything that a decision changes. It happens as a whole or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes<R> {
    /// Records as they shall be.
    pub writes: Vec<(RecordKey, R)>,
    /// Records that are added and never touched again. Their keys are new by construction.
    pub appends: Vec<(RecordKey, R)>,
    /// Messages to other services.
    pub sends: Vec<Outgoing>,
    /// Timers set and cancelled.
    pub timers: Vec<TimerChange>,
    /// Requests to somebody outside.
    pub effects: Vec<EffectRequest>,
    /// What is added to tallies.
    pub tallies: Vec<TallyChange>,
    /// What the caller at the door is told.
    pub reply: Option<Reply>,
}

impl<R> Default for Changes<R> {
    fn default() -> Self {
        Self {
            writes: vec![],
            appends: vec![],
            sends: vec![],
            timers: vec![],
            effects: vec![],
            tallies: vec![],
            reply: None,
        }
    }
}

/// A message to be sent; the engine gives it id, source and time.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The saga step that it serves.
    pub step: Option<StepId>,
    /// What it says.
    pub body: Body,
}

/// A timer of the subject at hand. A subject has at most one timer with a label.
#[derive(Clone, Debug, PartialEq)]
pub enum TimerChange {
    /// Set, or set anew.
    Set {
        /// Tells the subject's timers of one service apart.
        label: String,
        /// When it is due.
        at: Timestamp,
        /// What the service is told then.
        body: Body,
    },
    /// No longer needed.
    Cancel {
        /// Which.
        label: String,
    },
}

/// A request that is performed once the decision is on disk, outside any transaction. The answer
/// comes back as a message.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectRequest {
    /// Who performs it, such as `provider`.
    pub destination: &'static str,
    /// Tells the subject's requests apart: operation and attempt. The same id replaces.
    pub id: Subject,
    /// What is asked.
    pub body: Body,
}

/// Something added to one of the service's tallies: sums that many decisions add to and none reads.
/// Adding commutes, so those decisions don't get into each other's way as writers of one record do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TallyChange {
    /// Which.
    pub name: Subject,
    /// What is counted; each unit is summed up by itself.
    pub unit: Subject,
    /// What came on, not below zero.
    pub plus: i64,
    /// What went off, not below zero.
    pub minus: i64,
}

/// A record in a reply, with the version that it had then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versioned<T> {
    /// How many decisions had written it.
    pub version: u64,
    /// The record.
    pub content: T,
}

impl Reply {
    /// It is so; told as JSON.
    pub fn accepted(it: &impl Serialize) -> Self {
        match serde_json::to_string(it) {
            Ok(json) => Self::Accepted(json),
            Err(error) => {
                Self::Refused { code: "internal_error".into(), detail: error.to_string() }
            }
        }
    }
}

/// What the caller at the door is told, once the commit is on disk. Adapters translate it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// It is so. The text is JSON, of a type that belongs to the service.
    Accepted(String),
    /// A rule refuses.
    Refused {
        /// Stable, `snake_case`.
        code: String,
        /// A sentence for people: what, which value, what to do next.
        detail: String,
    },
}
