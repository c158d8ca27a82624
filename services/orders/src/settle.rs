//! What the sagas decide about an order.

use crate::order::{CaptureMode, KnownSaga, Order, Record, State, order_key};
use contracts::messages::{
    ConfirmOrder, MarkCancelled, OrderCancelled, OrderCancelling, OrderCompleted, OrderConfirmed,
    OrderRejected, SagaFinished, SagaReopened,
};
use service::{Decision, Draft};

type Work<'a> = Draft<'a, Record>;

/// Only a cancel can have come between; then the order goes into cancellation instead.
pub(crate) fn confirm(
    mut draft: Work<'_>,
    order: Order,
    command: &ConfirmOrder,
) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    let updated_at = draft.now;
    match order.state {
        State::Pending if order.cancel_requested => {
            let reason = order.reason.clone().unwrap_or_default();
            draft.answer(OrderCancelling { order_id: order_id.clone(), reason });
            let order = Order { state: State::Cancelling, paid: command.paid, updated_at, ..order };
            draft.put(order_key(&order_id), order.with_cancel_saga(&order_id));
        }
        State::Pending => {
            let is_complete =
                order.lines.is_empty() && order.capture_mode == CaptureMode::Automatic;
            draft.answer(OrderConfirmed { order_id: order_id.clone() });
            if is_complete {
                draft.send(OrderCompleted { order_id: order_id.clone() });
            }
            let state = if is_complete { State::Completed } else { State::Confirmed };
            draft.put(
                order_key(&order_id),
                Order { state, paid: command.paid, updated_at, ..order },
            );
        }
        State::Confirmed | State::Completed => draft.answer(OrderConfirmed { order_id }),
        State::Cancelling | State::Cancelled => {
            let reason = order.reason.unwrap_or_default();
            draft.answer(OrderCancelling { order_id, reason });
        }
        State::Rejected => return draft.illegal(order.state),
    }
    draft.apply()
}

pub(crate) fn reject(mut draft: Work<'_>, order: Order, reason: &str) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    let updated_at = draft.now;
    match order.state {
        State::Pending if order.cancel_requested => {
            let reason = order.reason.clone().unwrap_or_default();
            draft.answer(OrderCancelled { order_id: order_id.clone(), reason });
            draft.put(order_key(&order_id), Order { state: State::Cancelled, updated_at, ..order });
        }
        State::Pending => {
            let said = Some(reason.to_string());
            draft.answer(OrderRejected { order_id: order_id.clone(), reason: reason.into() });
            let order = Order { state: State::Rejected, reason: said, updated_at, ..order };
            draft.put(order_key(&order_id), order);
        }
        State::Rejected => {
            let reason = order.reason.unwrap_or_default();
            draft.answer(OrderRejected { order_id, reason });
        }
        State::Cancelled => {
            let reason = order.reason.unwrap_or_default();
            draft.answer(OrderCancelled { order_id, reason });
        }
        State::Confirmed | State::Completed | State::Cancelling => {
            return draft.illegal(order.state);
        }
    }
    draft.apply()
}

pub(crate) fn mark_cancelled(
    mut draft: Work<'_>,
    order: Order,
    command: &MarkCancelled,
) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    let reason = order.reason.clone().unwrap_or_default();
    match order.state {
        State::Cancelling => {
            let (refunded, updated_at) = (command.refunded, draft.now);
            draft.answer(OrderCancelled { order_id: order_id.clone(), reason });
            let order = Order { state: State::Cancelled, refunded, updated_at, ..order };
            draft.put(order_key(&order_id), order);
        }
        State::Cancelled => draft.answer(OrderCancelled { order_id, reason }),
        State::Pending | State::Confirmed | State::Completed | State::Rejected => {
            return draft.illegal(order.state);
        }
    }
    draft.apply()
}

pub(crate) fn saga_finished(
    mut draft: Work<'_>,
    mut order: Order,
    event: &SagaFinished,
) -> Decision<Record> {
    let known = order.sagas.iter_mut().find(|saga| saga.id == event.saga_id);
    let is_news =
        |saga: &&mut KnownSaga| event.turn > saga.turn || (event.turn == saga.turn && saga.live);
    let Some(saga) = known.filter(is_news) else {
        return Decision::Ignore("the order has no such saga that is live");
    };
    (saga.turn, saga.live) = (event.turn, false);
    order.updated_at = draft.now;
    draft.put(order_key(draft.message.subject.as_str()), order);
    draft.apply()
}

pub(crate) fn saga_reopened(
    mut draft: Work<'_>,
    mut order: Order,
    event: &SagaReopened,
) -> Decision<Record> {
    let known = order.sagas.iter_mut().find(|saga| saga.id == event.saga_id);
    let Some(saga) = known.filter(|saga| event.turn > saga.turn) else {
        return Decision::Ignore("its end after that is known already");
    };
    (saga.turn, saga.live) = (event.turn, true);
    order.updated_at = draft.now;
    draft.put(order_key(draft.message.subject.as_str()), order);
    draft.apply()
}
