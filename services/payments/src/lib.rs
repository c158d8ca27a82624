//! Payments: every effect at a provider is an operation that is recorded before it is asked for,
//! and every movement of money is a balanced transaction of the ledger.
//!
//! Invariant: an operation has one outcome, the first definite one; what was voided is never
//! authorized again; 0 <= captured + released <= authorized <= amount.

mod ask;
mod authorize;
mod capture;
pub mod examples;
mod ledger;
mod operation;
mod outcome;
mod record;
mod refund;
mod settle;
mod tell;
mod void;

pub use ask::{ASKED_AGAIN_AFTER, FIRST_CHECK_AFTER, IDEMPOTENCY_WINDOW, PROVIDER};
pub use ledger::{
    Direction, LedgerTransaction, Posting, TransactionKind, account_pairs, balance_name,
    order_of_account,
};
pub use operation::{Operation, OperationKind, OperationState};
pub use outcome::READS_BEFORE_ATTENTION;
pub use record::{
    Balances, LEDGER_TRANSACTIONS, PAYMENTS, Payment, Provider, Record, State, ledger_key,
    payment_key,
};
pub use void::VOIDS_MAX;

use contracts::{Body, Message, MessageType, ServiceName, StepId, Timestamp};
use service::{Decision, Draft, RecordKey, RecordKind, Records, Service};

/// A decision in the making.
pub(crate) type Work<'a> = Draft<'a, Record>;

/// The service.
pub struct Payments;

impl Service for Payments {
    type Record = Record;
    const NAME: ServiceName = ServiceName::Payments;
    const RECORDS: &'static [&'static RecordKind] = &[&PAYMENTS, &LEDGER_TRANSACTIONS];

    fn accepts() -> &'static [MessageType] {
        use MessageType as M;
        &[
            M::PaymentAuthorize,
            M::PaymentCapture,
            M::PaymentVoid,
            M::PaymentRefund,
            M::PaymentQuery,
            M::ProviderAnswered,
            M::OperationOverdue,
        ]
    }

    fn reads(&self, message: &Message) -> Vec<RecordKey> {
        vec![payment_key(message.subject.as_str()).into()]
    }

    fn decide(
        &self,
        records: &Records<Record>,
        message: &Message,
        now: Timestamp,
    ) -> Decision<Record> {
        let payment = records.get(&payment_key(message.subject.as_str())).cloned();
        let draft = Draft::new(records, message, now);
        match (&message.body, payment, &message.step) {
            (Body::ProviderAnswered(_) | Body::OperationOverdue(_), None, _) => {
                Decision::Ignore("there is no such payment")
            }
            (Body::ProviderAnswered(answer), Some(payment), _) => {
                outcome::apply_outcome(draft, payment, answer)
            }
            (Body::OperationOverdue(overdue), Some(payment), _) => {
                outcome::overdue(draft, payment, &overdue.operation_id)
            }
            (_, payment, Some(step)) => command(draft, payment, step),
            // Without a step there is no operation id, and nobody to answer.
            (_, _, None) => draft.illegal("a command without a step"),
        }
    }
}

/// What the saga asks for. A known step under a new message is answered again with what is
/// recorded, and changes nothing.
fn command(draft: Work<'_>, payment: Option<Payment>, step: &StepId) -> Decision<Record> {
    let message = draft.message;
    let known = payment.as_ref().and_then(|payment| payment.latest(step));
    if known.is_some_and(|known| !is_of_kind(&message.body, known.kind)) {
        return draft.illegal("the step is known as another kind of operation");
    }
    match (&message.body, payment) {
        (Body::PaymentAuthorize(command), None) => authorize::authorize(draft, command, step),
        (Body::PaymentAuthorize(_), Some(payment)) => authorize::again(draft, &payment, step),
        (Body::PaymentCapture(_), Some(payment)) => capture::capture(draft, payment, step),
        (Body::PaymentQuery(_), Some(payment)) => capture::query(draft, payment, step),
        (Body::PaymentVoid(_), None) => void::void_first(draft, step),
        (Body::PaymentVoid(_), Some(payment)) => void::void(draft, payment, step),
        (Body::PaymentRefund(_), None) => refund::nothing(draft, None, step),
        (Body::PaymentRefund(_), Some(payment)) => refund::refund(draft, payment, step),
        (_, None) => draft.illegal("none"),
        (_, Some(payment)) => draft.illegal(payment.state),
    }
}

/// Whether a command can mean an operation of that kind. A query asks for any.
const fn is_of_kind(body: &Body, kind: OperationKind) -> bool {
    match body {
        Body::PaymentAuthorize(_) => matches!(kind, OperationKind::Authorize),
        Body::PaymentCapture(_) => matches!(kind, OperationKind::Capture),
        Body::PaymentVoid(_) => matches!(kind, OperationKind::Void),
        Body::PaymentRefund(_) => matches!(kind, OperationKind::Refund),
        _ => true,
    }
}

/// Writes the payment and ends the decision.
pub(crate) fn keep(mut draft: Work<'_>, mut payment: Payment) -> Decision<Record> {
    payment.updated_at = draft.now;
    draft.put(payment_key(draft.message.subject.as_str()), payment);
    draft.apply()
}
