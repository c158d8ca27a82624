//! Orders: taken from the customer, settled by their saga.
//!
//! Invariant: an order is acknowledged once, and what was said is said again for ever; one whose
//! cancel was requested is never announced as confirmed.

pub mod examples;
mod order;
mod place;
mod settle;

pub use order::{
    CaptureMode, FulfillmentStatus, KnownSaga, ORDERS, Order, OrderLine, PaymentStatus, Record,
    State, order_key,
};
pub use place::{AcknowledgedOrder, CANCEL_SAGA};

use contracts::{Body, Message, MessageType, ServiceName, Timestamp};
use service::{Decision, Draft, RecordKey, RecordKind, Records, Service};

/// The service.
pub struct Orders;

impl Service for Orders {
    type Record = Record;
    const NAME: ServiceName = ServiceName::Orders;
    const RECORDS: &'static [&'static RecordKind] = &[&ORDERS];

    fn accepts() -> &'static [MessageType] {
        use MessageType as M;
        &[
            M::CreateOrder,
            M::CancelOrder,
            M::ConfirmOrder,
            M::RejectOrder,
            M::MarkCancelled,
            M::SagaFinished,
            M::SagaReopened,
        ]
    }

    fn reads(&self, message: &Message) -> Vec<RecordKey> {
        vec![order_key(message.subject.as_str()).into()]
    }

    fn decide(
        &self,
        records: &Records<Record>,
        message: &Message,
        now: Timestamp,
    ) -> Decision<Record> {
        let order = records.get(&order_key(message.subject.as_str()));
        let draft = Draft::new(records, message, now);
        match (&message.body, order) {
            (Body::CreateOrder(request), None) => place::create(draft, request),
            (Body::CreateOrder(request), Some(order)) => place::again(draft, request, order),
            (Body::CancelOrder(_), None) => place::not_found(draft),
            (Body::CancelOrder(request), Some(order)) => {
                place::cancel(draft, order.clone(), &request.reason)
            }
            (Body::ConfirmOrder(command), Some(order)) => {
                settle::confirm(draft, order.clone(), command)
            }
            (Body::RejectOrder(command), Some(order)) => {
                settle::reject(draft, order.clone(), &command.reason)
            }
            (Body::MarkCancelled(command), Some(order)) => {
                settle::mark_cancelled(draft, order.clone(), command)
            }
            (Body::SagaFinished(event), Some(order)) => {
                settle::saga_finished(draft, order.clone(), event)
            }
            (Body::SagaReopened(event), Some(order)) => {
                settle::saga_reopened(draft, order.clone(), event)
            }
            (_, order) => draft.illegal(order.map(|order| order.state)),
        }
    }
}
