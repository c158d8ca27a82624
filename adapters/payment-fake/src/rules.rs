//! What the provider does with a request: a pure function of the token and of what it has done
//! before.

use contracts::messages::{OperationKind, ProviderAnswered, ProviderOutcome, ProviderRequest};
use contracts::{Money, Timestamp};
use std::time::Duration;

/// The tokens it knows, and what each is for.
pub const TOKENS: &[(&str, &str)] = &[
    ("pm_card_visa", "succeeds"),
    ("pm_card_declined", "the authorization is declined"),
    ("pm_card_insufficient_funds", "the authorization is declined for lack of funds"),
    ("pm_capture_declined", "authorizes, then declines the capture"),
    ("pm_timeout_then_success", "gives no answer at first; it has succeeded"),
    ("pm_timeout_then_failure", "gives no answer at first; it has failed"),
    ("pm_authorize_late", "authorizes five minutes late"),
    ("pm_void_refused", "authorizes, declines the capture, and refuses to void"),
    ("pm_requires_action", "the customer acts three seconds later"),
];

/// When `pm_authorize_late` answers.
const LATE_BY: Duration = Duration::from_secs(300);
/// When the customer of `pm_requires_action` has acted.
const CUSTOMER_ACTS_AFTER: Duration = Duration::from_secs(3);

/// One operation in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose.
    pub order_id: String,
    /// What was asked.
    pub kind: OperationKind,
    /// How much.
    pub amount: Money,
    /// When it was first asked for.
    pub first_seen: Timestamp,
    /// How often it was asked for.
    pub attempts: u32,
    /// Why it failed; nothing if it succeeded. None: it isn't decided yet.
    pub decided: Option<Result<(), String>>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// This is said.
    Answered(ProviderAnswered),
    /// Nothing is said in time.
    Silent,
}

/// What is said to a request, and how the books read afterwards (none: as before).
pub fn judge(
    request: &ProviderRequest,
    known: Option<Entry>,
    now: Timestamp,
) -> (Verdict, Option<Entry>) {
    let Some(entry) = known.or_else(|| (!request.read).then(|| begin(request, now))) else {
        return (answered(request, ProviderOutcome::NeverSeen, ""), None);
    };
    let attempts = entry.attempts.saturating_add(1);
    let mut entry = Entry { attempts, ..entry };
    if entry.decided.is_none() {
        entry.decided = decide(&entry, &request.method, now);
    }
    let loses_first_answer =
        matches!(request.method.as_str(), "pm_timeout_then_success" | "pm_timeout_then_failure");
    let is_authorization = entry.kind == OperationKind::Authorize;
    let verdict = match &entry.decided {
        Some(_) if loses_first_answer && is_authorization && attempts == 1 => Verdict::Silent,
        Some(Ok(())) => answered(request, ProviderOutcome::Succeeded, ""),
        Some(Err(code)) => answered(request, ProviderOutcome::Failed, code),
        None if request.method == "pm_requires_action" => {
            answered(request, ProviderOutcome::ActionRequired, "")
        }
        None => Verdict::Silent,
    };
    (verdict, Some(entry))
}

fn begin(request: &ProviderRequest, now: Timestamp) -> Entry {
    Entry {
        order_id: request.order_id.clone(),
        kind: request.kind(),
        amount: request.amount.unwrap_or_default(),
        first_seen: now,
        attempts: 0,
        decided: None,
    }
}

fn decide(entry: &Entry, method: &str, now: Timestamp) -> Option<Result<(), String>> {
    let failed = |code: &str| Some(Err(code.to_string()));
    let waited = now.since(entry.first_seen);
    match (entry.kind, method) {
        (OperationKind::Authorize, "pm_card_declined" | "pm_timeout_then_failure") => {
            failed("card_declined")
        }
        (OperationKind::Authorize, "pm_card_insufficient_funds") => failed("insufficient_funds"),
        (OperationKind::Authorize, "pm_authorize_late") if waited < LATE_BY => None,
        (OperationKind::Authorize, "pm_requires_action") if waited < CUSTOMER_ACTS_AFTER => None,
        (OperationKind::Authorize, method) if TOKENS.iter().all(|(token, _)| *token != method) => {
            failed("unknown_payment_method")
        }
        (OperationKind::Capture, "pm_capture_declined" | "pm_void_refused") => {
            failed("capture_declined")
        }
        (OperationKind::Void, "pm_void_refused") => failed("void_refused"),
        (OperationKind::Unspecified, _) => failed("unknown_operation"),
        _ => Some(Ok(())),
    }
}

fn answered(request: &ProviderRequest, outcome: ProviderOutcome, code: &str) -> Verdict {
    let provider_reference = match outcome {
        ProviderOutcome::Succeeded => format!("fake_{}", request.operation_id),
        _ => String::new(),
    };
    Verdict::Answered(ProviderAnswered {
        order_id: request.order_id.clone(),
        operation_id: request.operation_id.clone(),
        outcome: outcome.into(),
        code: code.into(),
        provider_reference,
    })
}
