//! The orchestrator drives the sagas of orders. Which command an action is and what an answer means
//! is said here (`commands`, `answers`); what follows what is data (`definitions`); when to send
//! which is the business of the saga crate.
//!
//! Invariant: no rule of another service is known here.

mod answers;
mod commands;
mod definitions;
pub mod examples;
mod operator;
mod record;
mod rules;

pub use definitions::{
    Action, CANCEL_ORDER, DEFINITIONS, HOLD, PLACE_ORDER, PLACE_ORDER_MANUAL_CAPTURE, definition,
    faults,
};
pub use record::{
    OrderSaga, PlacedOrder, Record, SAGAS, SAGAS_COUNTED, counted_in, saga_id, saga_key, state_name,
};

use contracts::{Body, Message, MessageType, ServiceName, Timestamp};
use record::SAGAS_MAX;
use service::{Decision, Draft, RecordKey, RecordKind, Records, Service};

/// The service.
pub struct Orchestrator;

impl Service for Orchestrator {
    type Record = Record;
    const NAME: ServiceName = ServiceName::Orchestrator;
    const RECORDS: &'static [&'static RecordKind] = &[&SAGAS];

    fn accepts() -> &'static [MessageType] {
        use MessageType as M;
        &[
            M::OrderCreated,
            M::OrderConfirmed,
            M::OrderRejected,
            M::OrderCancelRequested,
            M::OrderCancelling,
            M::OrderCancelled,
            M::InventoryReserved,
            M::InventoryRejected,
            M::InventoryCommitted,
            M::InventoryReleased,
            M::PaymentAuthorized,
            M::PaymentActionRequired,
            M::PaymentFailed,
            M::PaymentCaptured,
            M::PaymentCaptureFailed,
            M::PaymentVoided,
            M::PaymentVoidFailed,
            M::RefundSucceeded,
            M::RefundFailed,
            M::StepOverdue,
            M::PauseSaga,
            M::ResumeSaga,
            M::ResolveSaga,
            M::RetryCompensation,
            M::SkipCompensation,
        ]
    }

    fn reads(&self, message: &Message) -> Vec<RecordKey> {
        (0..SAGAS_MAX).map(|number| saga_key(message.subject.as_str(), number).into()).collect()
    }

    fn decide(
        &self,
        records: &Records<Record>,
        message: &Message,
        now: Timestamp,
    ) -> Decision<Record> {
        let draft = Draft::new(records, message, now);
        match &message.body {
            Body::OrderCreated(order) => rules::order_created(draft, order),
            Body::OrderCancelRequested(request) => rules::cancel_requested(draft, &request.reason),
            Body::OrderCancelling(cancelling) => rules::order_cancelling(draft, &cancelling.reason),
            Body::StepOverdue(overdue) => rules::step_overdue(draft, overdue),
            Body::PauseSaga(_)
            | Body::ResumeSaga(_)
            | Body::ResolveSaga(_)
            | Body::RetryCompensation(_)
            | Body::SkipCompensation(_) => operator::command(draft),
            body => match answers::answer(body) {
                Some(answer) => rules::answered(draft, answer),
                None => draft.illegal("any"),
            },
        }
    }
}
