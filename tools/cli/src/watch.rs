//! `orderweaver order watch`: an order, event by event, until it is settled.

use crate::globals::Context;
use crate::live::{Live, Next, Wanted};
use contracts::ServiceName;
use serde_json::{Value, json};
use std::io::Write;
use std::time::{Duration, Instant};
use terminal::{Column, Exit, Failure, List, Outcome, Shown, Stop, column, duration};

/// The streams tell of every change; the order is read again without one only because the services
/// may run apart, where an event can be here before its effect.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// How long the last events of a settled order may be under way.
const LAST_EVENTS: Duration = Duration::from_millis(100);

/// What is told of an order that can't be settled without a decision.
pub const NEEDS_OPERATOR: &str = "its saga waits for an operator: an undo was refused for good";

/// What is told: an event with what it says of the order, or the order as it is.
pub const COLUMNS: &[Column] = &[
    column("TIME", "/event/time", Shown::Clock).wide("03:04:05.678".len()),
    column("EVENT", "/event/type", Shown::Text).wide("SagaCompensationFailed".len()),
    column("ORDER", "/order/state", Shown::State).wide("cancelling".len()),
    column("REASON", "/order/reason", Shown::Text).wide("payment_declined".len()),
    column("PAYMENT", "/order/payment_status", Shown::State),
    column("VERSION", "/order/version", Shown::Number),
];

/// Follows an order to its end.
///
/// # Errors
/// There is no such order, a service does not answer, or it takes too long.
pub fn run(context: &Context, order_id: &str) -> Outcome {
    let mut watch = Watch::open(context, order_id)?;
    let mut list = context.output.list(COLUMNS);
    // What happens after the order was read is told by the streams, which are open already.
    watch.show(&mut list)?;
    let order = watch.follow(&mut list)?;
    list.end()?;
    let state = order["state"].as_str().unwrap_or("?");
    let reason = order["reason"].as_str().map(|it| format!(" ({it})")).unwrap_or_default();
    if order["settled"] != true {
        let what = format!("order {order_id} is {state}{reason}, and {NEEDS_OPERATOR}");
        let next = format!("orderweaver saga timeline {order_id}");
        return Err(Failure::new(Exit::Failed, what, next).into());
    }
    let spent = duration::fine(watch.begun.elapsed());
    let next = context.target.lead(&format!("orderweaver saga timeline {order_id}"));
    context.notes.say(format_args!("order {order_id} is {state}{reason} after {spent}: {next}"));
    Ok(())
}

/// An order that is being followed.
pub struct Watch<'a> {
    context: &'a Context,
    live: Live<'a>,
    /// Which.
    pub order_id: String,
    /// Since when.
    pub begun: Instant,
    /// Whether the last that was told is the order as it is.
    is_shown: bool,
}

impl<'a> Watch<'a> {
    /// From now on nothing about that order is missed, even if there is none yet.
    ///
    /// # Errors
    /// A service does not answer.
    pub fn open(context: &'a Context, order_id: &str) -> Outcome<Self> {
        let wanted = Wanted { order: Some(order_id.into()), ..Wanted::default() };
        let live = Live::open(context, &ServiceName::ALL, &wanted)?;
        let (order_id, begun) = (order_id.into(), Instant::now());
        Ok(Self { context, live, order_id, begun, is_shown: false })
    }

    /// The order as it is.
    fn read(&self) -> Outcome<Value> {
        self.context.client.get(ServiceName::Orders, &["orders", &self.order_id])
    }

    /// Tells the order as it is.
    fn show<W: Write>(&mut self, list: &mut List<W>) -> Outcome<Value> {
        let order = self.read()?;
        list.push(&[json!({ "event": null, "order": order })])?;
        self.is_shown = true;
        Ok(order)
    }

    /// Tells each event with what it says of the order, until that is settled or its saga waits for
    /// an operator; then tells the order as it is, and gives it back.
    ///
    /// # Errors
    /// A service does not answer, it takes too long, or the user wants to end.
    pub fn follow<W: Write>(&mut self, list: &mut List<W>) -> Outcome<Value> {
        let patience = self.context.target.timeout.unwrap_or(Duration::MAX);
        let mut order = self.read()?;
        let mut needs_operator = false;
        loop {
            let state = order["state"].as_str().unwrap_or("?");
            let is_at_rest = needs_operator || order["settled"] == true;
            self.context.reached.set(format!("order {} is {state}", self.order_id));
            let left = patience.saturating_sub(self.begun.elapsed());
            let interval = if is_at_rest { LAST_EVENTS } else { LOOK_INTERVAL };
            match self.live.next(left.min(interval))? {
                Next::Told(event) => {
                    match event["type"].as_str() {
                        Some("SagaCompensationFailed") => needs_operator = true,
                        Some("SagaReopened") => needs_operator = false,
                        _ => {}
                    }
                    order = self.read()?;
                    list.push(&[json!({ "event": event, "order": said_of_order(&event) })])?;
                    self.is_shown = false;
                }
                Next::Silence if is_at_rest && self.is_shown => return Ok(order),
                Next::Silence if is_at_rest => return self.show(list),
                Next::Silence if self.begun.elapsed() >= patience => {
                    let what = format!("order {} is {state} after {patience:?}", self.order_id);
                    return Err(self.stopped(Exit::Timeout, what));
                }
                Next::Silence => {
                    let version = order["version"].clone();
                    order = self.read()?;
                    if order["version"] != version {
                        order = self.show(list)?;
                    }
                }
                Next::Interrupted => {
                    let what = format!("interrupted; order {} is {state}", self.order_id);
                    return Err(self.stopped(Exit::Interrupted, what));
                }
            }
        }
    }

    fn stopped(&self, exit: Exit, what: String) -> Stop {
        Failure::new(exit, what, format!("orderweaver saga timeline {}", self.order_id)).into()
    }
}

/// The part of the order that an event tells; nothing where it is another service's event.
fn said_of_order(event: &Value) -> Option<Value> {
    let state = state_after(event["type"].as_str()?)?;
    let (reason, version) = (&event["data"]["reason"], &event["version"]);
    Some(json!({ "state": state, "reason": reason, "version": version }))
}

/// The state of an order after an event of that type.
fn state_after(event_type: &str) -> Option<&'static str> {
    match event_type {
        "OrderCreated" | "OrderCancelRequested" => Some("pending"),
        "OrderConfirmed" => Some("confirmed"),
        "OrderCompleted" => Some("completed"),
        "OrderRejected" => Some("rejected"),
        "OrderCancelling" => Some("cancelling"),
        "OrderCancelled" => Some("cancelled"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::{Channel, MessageType};

    #[test]
    fn the_events_of_orders_and_no_others_tell_a_state() {
        for it in MessageType::ALL.iter().filter(|it| it.channel() == Channel::Event) {
            let is_of_orders = it.owner() == ServiceName::Orders;
            assert_eq!(state_after(it.name()).is_some(), is_of_orders, "{}", it.name());
        }
    }
}
