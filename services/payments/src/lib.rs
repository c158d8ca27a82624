//! Payments: every effect at a provider is an operation that is recorded before it is asked for,
//! and every movement of money is a balanced transaction of the ledger.
//!
//! Invariant: an operation has one outcome, the first definite one; what was voided is never
//! authorized again; 0 <= captured + released <= authorized <= amount.

mod commands;
pub mod examples;
mod ledger;
mod operation;
mod outcome;
mod record;
mod tell;

pub use ledger::{Direction, LedgerTransaction, Phase, Posting};
pub use operation::{
    ANSWER_CHECKED_AFTER, CHECK_SCHEDULE, IDEMPOTENCY_WINDOW, Operation, OperationKind,
    OperationState, PROVIDER,
};
pub use record::{LEDGER_TRANSACTIONS, PAYMENTS, Payment, Record, State, ledger_key, payment_key};

use contracts::{Body, Message, MessageType, ServiceName, Timestamp};
use service::{Decision, Draft, RecordKey, RecordKind, Records, Service};

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
        match (&message.body, payment) {
            (Body::PaymentAuthorize(command), None) => commands::authorize(draft, command),
            (Body::PaymentAuthorize(_), Some(payment)) => {
                tell::again(draft, &payment, OperationKind::Authorize)
            }
            (Body::PaymentCapture(_), Some(payment)) => commands::capture(draft, payment),
            (Body::PaymentQuery(_), Some(payment)) => commands::query(draft, payment),
            (Body::PaymentVoid(_), None) => commands::void_first(draft),
            (Body::PaymentVoid(_), Some(payment)) => commands::void(draft, payment),
            (Body::PaymentRefund(_), None) => commands::refund_of_nothing(draft),
            (Body::PaymentRefund(_), Some(payment)) => commands::refund(draft, payment),
            (Body::ProviderAnswered(answer), Some(payment)) => {
                outcome::answered(draft, payment, answer)
            }
            (Body::OperationOverdue(overdue), Some(payment)) => {
                outcome::overdue(draft, payment, &overdue.operation_id)
            }
            (Body::ProviderAnswered(_) | Body::OperationOverdue(_), None) => {
                Decision::Ignore("there is no such payment")
            }
            (_, payment) => draft.illegal(payment.map(|payment| payment.state)),
        }
    }
}
