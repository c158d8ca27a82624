//! Operations: what a provider was asked for. The id is the saga's step, stable over all retries.

use contracts::{StepId, Timestamp, messages};
use serde::{Deserialize, Serialize};

/// Something that was asked of a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The saga's step; the provider's idempotency key.
    pub id: StepId,
    /// The step that it serves, where its id is another: a void after one that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// What.
    pub kind: OperationKind,
    /// How much, in minor units of the payment's currency.
    pub amount: i64,
    /// What came of it.
    pub state: OperationState,
    /// How often the provider was asked; 0 where it was done without one.
    pub attempts: u32,
    /// How many of these were reads after the idempotency window.
    #[serde(default, skip_serializing_if = "crate::record::is_none_of")]
    pub reads: u32,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the provider calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_reference: Option<String>,
    /// When it was first asked for.
    pub begun_at: Timestamp,
    /// When it is asked for again, if it isn't settled by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_check_at: Option<Timestamp>,
    /// Nobody knows what came of it, and asking doesn't help: somebody must look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_attention: bool,
}

/// What is asked of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Hold the money.
    Authorize,
    /// Take it.
    Capture,
    /// Give the hold back.
    Void,
    /// Give taken money back.
    Refund,
}

impl OperationKind {
    /// The name as shown and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }
}

impl From<OperationKind> for messages::OperationKind {
    fn from(kind: OperationKind) -> Self {
        match kind {
            OperationKind::Authorize => Self::Authorize,
            OperationKind::Capture => Self::Capture,
            OperationKind::Void => Self::Void,
            OperationKind::Refund => Self::Refund,
        }
    }
}

/// What came of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Asked, not answered.
    Pending,
    /// It was done.
    Succeeded,
    /// It was not done and will not be.
    Failed,
    /// It may or may not have been done.
    Unknown,
}

impl OperationState {
    /// Whether it is known for good.
    pub const fn is_definite(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    /// The name as shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl Operation {
    pub(crate) const fn new(id: StepId, kind: OperationKind, amount: i64, now: Timestamp) -> Self {
        Self {
            id,
            step: None,
            kind,
            amount,
            state: OperationState::Pending,
            attempts: 0,
            reads: 0,
            code: None,
            provider_reference: None,
            begun_at: now,
            next_check_at: None,
            needs_attention: false,
        }
    }

    /// The saga's step that waits for its outcome.
    pub fn step(&self) -> &StepId {
        self.step.as_ref().unwrap_or(&self.id)
    }
}
