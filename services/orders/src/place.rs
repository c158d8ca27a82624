//! What a customer does: place an order, and change their mind.

use crate::order::{CaptureMode, KnownSaga, Order, OrderLine, Record, State, order_key};
use contracts::messages::{CreateOrder, Line, OrderCancelRequested, OrderCancelling, OrderCreated};
use contracts::{Money, Timestamp};
use serde::{Deserialize, Serialize};
use service::{Decision, Draft, Reply, Versioned};

/// The definition of the saga that cancels an order. Its id is `{order_id}!cancel_order!1`.
pub const CANCEL_SAGA: &str = "cancel_order";

/// What the customer is told of a new order: only what never changes, so that it can be told again
/// for ever. Its state is `pending`, its version 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcknowledgedOrder {
    /// The order's id.
    pub order_id: String,
    /// Who ordered.
    pub user_id: String,
    /// What it costs.
    pub total: Money,
    /// What was ordered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OrderLine>,
    /// A JSON object as text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// When it was taken.
    pub created_at: Timestamp,
}

impl AcknowledgedOrder {
    fn of(order_id: &str, order: &Order) -> Self {
        Self {
            order_id: order_id.into(),
            user_id: order.user_id.clone(),
            total: order.total,
            lines: order.lines.clone(),
            metadata: order.metadata.clone(),
            created_at: order.created_at,
        }
    }
}

pub(crate) fn create(mut draft: Draft<'_, Record>, request: &CreateOrder) -> Decision<Record> {
    let (order_id, now) = (draft.message.subject.to_string(), draft.now);
    let Some(order) = order(&order_id, request, now) else {
        return draft.refuse("validation_failed", "lines and total have no agreeing amounts");
    };
    let event = OrderCreated {
        order_id: order_id.clone(),
        user_id: request.user_id.clone(),
        lines: request.lines.clone(),
        capture_mode: request.capture_mode,
        payment_method: request.payment_method.clone(),
        ..OrderCreated::default()
    };
    draft.reply(Reply::accepted(&AcknowledgedOrder::of(&order_id, &order)));
    draft.send(event.with_total(order.total));
    draft.put(order_key(&order_id), order);
    draft.apply()
}

/// The same request gets the same answer; another request for the same order is refused.
pub(crate) fn again(
    mut draft: Draft<'_, Record>,
    request: &CreateOrder,
    known: &Order,
) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    let is_same = order(&order_id, request, known.created_at).is_some_and(|asked| {
        (asked.user_id, asked.total, asked.lines, asked.payment_method, asked.metadata)
            == (
                known.user_id.clone(),
                known.total,
                known.lines.clone(),
                known.payment_method.clone(),
                known.metadata.clone(),
            )
            && asked.capture_mode == known.capture_mode
    });
    if !is_same {
        let detail = format!("order {order_id} exists with another content: use another order_id");
        return draft.refuse("order_exists", detail);
    }
    draft.reply(Reply::accepted(&AcknowledgedOrder::of(&order_id, known)));
    draft.apply()
}

fn order(order_id: &str, request: &CreateOrder, now: Timestamp) -> Option<Order> {
    let lines: Option<Vec<OrderLine>> = request.lines.iter().map(line).collect();
    Some(Order {
        user_id: request.user_id.clone(),
        state: State::Pending,
        reason: None,
        total: request.total?,
        lines: lines?,
        payment_method: request.payment_method.clone(),
        capture_mode: CaptureMode::from(request.capture_mode()),
        metadata: request.metadata.clone(),
        cancel_requested: false,
        paid: None,
        refunded: None,
        sagas: vec![KnownSaga::begun(order_id)],
        created_at: now,
        updated_at: now,
    })
}

fn line(line: &Line) -> Option<OrderLine> {
    let Line { sku, quantity, unit_price } = line.clone();
    Some(OrderLine { sku, quantity, unit_price: unit_price.unwrap_or_default() })
}

pub(crate) fn not_found(draft: Draft<'_, Record>) -> Decision<Record> {
    let detail = format!("there is no order {}", draft.message.subject);
    draft.refuse("order_not_found", detail)
}

/// At any time until everything is done; a second wish changes nothing.
pub(crate) fn cancel(draft: Draft<'_, Record>, order: Order, reason: &str) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    let mut draft = match draft.expecting_version(&order_key(&order_id)) {
        Ok(draft) => draft,
        Err(refusal) => return refusal,
    };
    let said = reason.to_string();
    let changed = match order.state {
        State::Pending if !order.cancel_requested => {
            draft.send(OrderCancelRequested { order_id: order_id.clone(), reason: said });
            order.with_wish(reason, draft.now)
        }
        State::Confirmed => {
            draft.send(OrderCancelling { order_id: order_id.clone(), reason: said });
            let asked = order.with_wish(reason, draft.now);
            Order { state: State::Cancelling, ..asked }.with_cancel_saga(&order_id)
        }
        State::Pending | State::Cancelling | State::Cancelled => {
            return shown(draft, &order_id, order);
        }
        State::Completed | State::Rejected => {
            let state = order.state.as_str();
            let detail = format!("order {order_id} is {state} and can't be cancelled");
            return draft.refuse("order_not_cancellable", detail);
        }
    };
    draft.put(order_key(&order_id), changed.clone());
    shown(draft, &order_id, changed)
}

/// Told with the version that it has now, so that the same is told again.
fn shown(mut draft: Draft<'_, Record>, order_id: &str, content: Order) -> Decision<Record> {
    let version = draft.version(&order_key(order_id));
    draft.reply(Reply::accepted(&Versioned { version, content }));
    draft.apply()
}

impl Order {
    /// The customer wants it cancelled, for that reason.
    fn with_wish(self, reason: &str, now: Timestamp) -> Self {
        let reason = Some(reason.into());
        Self { cancel_requested: true, reason, updated_at: now, ..self }
    }

    /// From now on a saga cancels it.
    pub(crate) fn with_cancel_saga(mut self, order_id: &str) -> Self {
        let saga_id = format!("{order_id}!{CANCEL_SAGA}!1");
        if !self.sagas.iter().any(|saga| saga.id == saga_id) {
            self.sagas.push(KnownSaga::begun(saga_id));
        }
        self
    }
}
