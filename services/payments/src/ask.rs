//! Asking the provider: always after the operation is recorded, always under the same id, and again
//! only when the timer says so.

use crate::operation::{Operation, OperationKind, OperationState};
use crate::record::{Payment, Record, State};
use crate::settle::settle;
use crate::{Work, keep};
use contracts::messages::{self, OperationOverdue, ProviderRequest};
use contracts::planted::{Bug, planted};
use contracts::{StepId, Timestamp};
use service::Decision;
use std::time::Duration;

/// The destination of requests to a payment provider.
pub const PROVIDER: &str = "provider";

/// A healthy provider has answered by then. It is the first check of a request that nobody has
/// heard of again, so that a slow answer isn't taken for none.
pub const FIRST_CHECK_AFTER: Duration = Duration::from_secs(10);

/// How long after the first, second.. attempt an operation of unknown outcome is asked for again;
/// after these, hourly.
pub const ASKED_AGAIN_AFTER: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
];
const HOURLY: Duration = Duration::from_secs(60 * 60);

/// For so long the provider knows an operation id again, so that a request can be resent. Later it
/// might do it twice, so it is only read.
pub const IDEMPOTENCY_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// Records the operation; then asks the provider, or, where there is nobody or nothing to ask for,
/// it is done at once.
pub(crate) fn begin(
    mut draft: Work<'_>,
    mut payment: Payment,
    operation: Operation,
) -> Decision<Record> {
    let id = operation.id.clone();
    let is_done = payment.is_invoice() || operation.amount == 0;
    payment.operations.push(operation);
    if is_done {
        return settle(draft, payment, &id, Ok(()));
    }
    ask(&mut draft, &mut payment, &id);
    keep(draft, payment)
}

/// Asks the provider, and plans when to ask again.
pub(crate) fn ask(draft: &mut Work<'_>, payment: &mut Payment, id: &StepId) {
    let order_id = draft.message.subject.to_string();
    let authorization = payment.done(OperationKind::Authorize);
    let authorization_id = authorization.map(|it| it.id.to_string()).unwrap_or_default();
    let (currency, method) = (payment.amount.currency(), payment.method.clone());
    let is_waiting_for_customer = payment.state == State::RequiresAction;
    let Some(operation) = payment.operation_mut(id) else { return };
    if planted(Bug::NewOperationIdOnRetry) && operation.attempts > 0 {
        operation.id = StepId::from(format!("{}+", operation.id));
    }
    operation.attempts = operation.attempts.saturating_add(1);
    let request = ProviderRequest {
        order_id,
        operation_id: operation.id.to_string(),
        kind: messages::OperationKind::from(operation.kind).into(),
        amount: Some(contracts::Money::new(operation.amount, currency)),
        method,
        authorization_id,
        read: is_waiting_for_customer || is_forgotten(operation, draft.now),
    };
    let request_id = format!("{}!{}", operation.id, operation.attempts);
    draft.perform(PROVIDER, request_id, request);
    plan_check(draft, operation);
}

/// Whether the provider may have forgotten the operation's id.
pub(crate) fn is_forgotten(operation: &Operation, now: Timestamp) -> bool {
    now.since(operation.begun_at) >= IDEMPOTENCY_WINDOW
}

/// Plans when to ask again.
pub(crate) fn plan_check(draft: &mut Work<'_>, operation: &mut Operation) {
    let order_id = draft.message.subject.to_string();
    let at = draft.now + pause(operation);
    operation.next_check_at = Some(at);
    let overdue = OperationOverdue { order_id, operation_id: operation.id.to_string() };
    draft.set_timer(timer_label(&operation.id), at, overdue);
}

fn pause(operation: &Operation) -> Duration {
    let index = usize::try_from(operation.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let pause = ASKED_AGAIN_AFTER.get(index).copied().unwrap_or(HOURLY);
    match operation.state {
        OperationState::Pending => pause.max(FIRST_CHECK_AFTER),
        _ => pause,
    }
}

/// The label of an operation's timer.
pub(crate) fn timer_label(id: &StepId) -> String {
    format!("operation:{id}")
}
