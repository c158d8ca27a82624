//! Which command an action is. Exhaustive: a new action can't be forgotten.

use crate::definitions::{Action, HOLD};
use crate::record::OrderSaga;
use contracts::messages as m;
use contracts::{Body, Timestamp};

pub(crate) fn command(action: Action, order_id: &str, it: &OrderSaga, now: Timestamp) -> Body {
    let order_id = order_id.to_string();
    let reason = it.reason_of_rejection();
    let order = it.order.as_ref();
    match action {
        Action::ReserveInventory => {
            let lines = order.map_or_else(Vec::new, |order| order.lines.clone());
            m::ReserveInventory { order_id, lines, expires_at: (now + HOLD).micros() }.into()
        }
        Action::ReleaseInventory => m::ReleaseInventory { order_id, reason }.into(),
        Action::CommitInventory => m::CommitInventory { order_id }.into(),
        Action::AuthorizePayment => {
            let command = m::PaymentAuthorize { order_id, ..m::PaymentAuthorize::default() };
            let Some(order) = order else { return command.into() };
            let (method, user_id) = (order.payment_method.clone(), order.user_id.clone());
            m::PaymentAuthorize { method, user_id, ..command.with_total(order.total) }.into()
        }
        Action::VoidPayment => m::PaymentVoid { order_id, reason }.into(),
        Action::CapturePayment => m::PaymentCapture { order_id }.into(),
        Action::QueryPayment => m::PaymentQuery { order_id }.into(),
        Action::RefundPayment => m::PaymentRefund { order_id, reason }.into(),
        Action::ConfirmOrder => m::ConfirmOrder { order_id, paid: it.paid }.into(),
        Action::RejectOrder => m::RejectOrder { order_id, reason }.into(),
        Action::MarkCancelled => m::MarkCancelled { order_id, refunded: it.refunded }.into(),
    }
}
