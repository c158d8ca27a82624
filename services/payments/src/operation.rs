//! Operations: what a provider was asked for. The id is the saga's step, stable over all retries.

use crate::record::{Payment, Record};
use contracts::messages::{self, OperationOverdue, ProviderRequest};
use contracts::planted::{Bug, planted};
use contracts::{StepId, Timestamp};
use serde::{Deserialize, Serialize};
use service::Draft;
use std::time::Duration;

/// The destination of requests to a payment provider.
pub const PROVIDER: &str = "provider";

/// A healthy provider has answered by then; after a crash on the way the question is asked again.
pub const ANSWER_CHECKED_AFTER: Duration = Duration::from_secs(10);

/// When an operation of unknown outcome is asked about: so long after each attempt; then hourly.
pub const CHECK_SCHEDULE: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
];
const HOURLY: Duration = Duration::from_secs(3_600);

/// For so long the provider knows an operation id again, so a request can be resent. Later it can
/// only be read.
pub const IDEMPOTENCY_WINDOW: Duration = Duration::from_secs(24 * 3_600);

/// Something that was asked of a provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The saga's step; the provider's idempotency key.
    pub id: StepId,
    /// What.
    pub kind: OperationKind,
    /// How much, in minor units of the payment's currency.
    pub amount: i64,
    /// What came of it.
    pub state: OperationState,
    /// How often it was asked for.
    pub attempts: u32,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the provider calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_reference: Option<String>,
    /// When it was first asked for.
    pub begun_at: Timestamp,
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
            kind,
            amount,
            state: OperationState::Pending,
            attempts: 0,
            code: None,
            provider_reference: None,
            begun_at: now,
            needs_attention: false,
        }
    }

    /// When it is asked about if no definite answer comes.
    fn check_at(&self, now: Timestamp) -> Timestamp {
        let index = usize::try_from(self.attempts).unwrap_or(usize::MAX).saturating_sub(1);
        let pause = CHECK_SCHEDULE.get(index).copied().unwrap_or(HOURLY);
        now + if self.state == OperationState::Pending {
            pause.max(ANSWER_CHECKED_AFTER)
        } else {
            pause
        }
    }
}

/// The label of an operation's timer.
pub(crate) fn timer_label(id: &StepId) -> String {
    format!("operation {id}")
}

/// Asks the provider, and plans when to ask again.
pub(crate) fn ask(draft: &mut Draft<'_, Record>, payment: &mut Payment, id: &StepId) {
    let (method, now) = (payment.method.clone(), draft.now);
    let order_id = draft.message.subject.to_string();
    let authorization_id = payment.authorization().map(|it| it.id.to_string()).unwrap_or_default();
    let currency = payment.amount.currency();
    let Some(operation) = payment.operation_mut(id) else { return };
    if planted(Bug::NewOperationIdOnRetry) && operation.attempts > 0 {
        operation.id = StepId::from(format!("{}+", operation.id));
    }
    operation.attempts = operation.attempts.saturating_add(1);
    let request = ProviderRequest {
        order_id: order_id.clone(),
        operation_id: operation.id.to_string(),
        kind: messages::OperationKind::from(operation.kind).into(),
        amount: Some(contracts::Money::new(operation.amount, currency)),
        method,
        authorization_id,
        read: now.since(operation.begun_at) >= IDEMPOTENCY_WINDOW,
    };
    let effect_id = format!("{}!{}", operation.id, operation.attempts);
    let operation = operation.clone();
    draft.perform(PROVIDER, effect_id, request);
    plan_check(draft, &operation);
}

/// Plans when to ask about an operation of unknown outcome.
pub(crate) fn plan_check(draft: &mut Draft<'_, Record>, operation: &Operation) {
    let order_id = draft.message.subject.to_string();
    let at = operation.check_at(draft.now);
    let overdue = OperationOverdue { order_id, operation_id: operation.id.to_string() };
    draft.set_timer(timer_label(&operation.id), at, overdue);
}
