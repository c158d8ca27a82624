//! `orderweaver order watch`: an order, event by event, until it is settled.

use crate::duration;
use crate::exit::{Exit, Failure, Outcome};
use crate::globals::Context;
use crate::live::{Live, Next, Wanted};
use crate::output::{Column, List, Shown, column};
use contracts::ServiceName;
use serde_json::{Value, json};
use std::io::Write;
use std::time::{Duration, Instant};

/// The streams tell of every change; the order is read again without one only because the services
/// may run apart, where an event can be here before its effect.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

const COLUMNS: &[Column] = &[
    column("TIME", "/event/time", Shown::Clock),
    column("EVENT", "/event/type", Shown::Text),
    column("ORDER", "/order/state", Shown::State),
    column("REASON", "/order/reason", Shown::Text),
    column("PAYMENT", "/order/payment_status", Shown::State),
    column("VERSION", "/order/version", Shown::Number),
];

/// Follows an order to its end.
///
/// # Errors
/// There is no such order, a service does not answer, or it takes too long.
pub fn run(context: &Context, order_id: &str) -> Outcome {
    let mut list = context.output.list(COLUMNS);
    let order = follow(context, order_id, &mut list)?;
    list.end()?;
    let (order, took) = order;
    let state = order["state"].as_str().unwrap_or("?");
    let reason = order["reason"].as_str().map(|it| format!(" ({it})")).unwrap_or_default();
    context.notes.say(format_args!(
        "order {order_id} is {state}{reason} after {}: orderweaver saga timeline {order_id}",
        duration::fine(took)
    ));
    Ok(())
}

/// Tells each event with the order as it is after it; gives back the settled order, and how long
/// it was watched.
///
/// # Errors
/// As [`run`].
pub fn follow<W: Write>(
    context: &Context,
    order_id: &str,
    list: &mut List<W>,
) -> Outcome<(Value, Duration)> {
    let begun = Instant::now();
    let wanted = Wanted { order: Some(order_id.into()), ..Wanted::default() };
    // The streams first: what happens after the order was read is told by them.
    let live = Live::open(context, &ServiceName::ALL, &wanted)?;
    let read = || context.client.get(ServiceName::Orders, &["orders", order_id]);
    let mut order = read()?;
    list.push(&[json!({ "event": null, "order": order })])?;
    let patience = context.timeout.unwrap_or(Duration::MAX);
    while order["settled"] != true {
        let state = order["state"].as_str().unwrap_or("?");
        context.reached.set(format!("order {order_id} is {state}"));
        let left = patience.saturating_sub(begun.elapsed());
        match live.next(left.min(LOOK_INTERVAL))? {
            Next::Told(event) => {
                order = read()?;
                list.push(&[json!({ "event": event, "order": order })])?;
            }
            Next::Silence if begun.elapsed() >= patience => {
                let what = format!("order {order_id} is {state} after {patience:?}");
                return Err(stopped(Exit::Timeout, what, order_id));
            }
            Next::Silence => {
                let before = order["version"].clone();
                order = read()?;
                if order["version"] != before {
                    list.push(&[json!({ "event": null, "order": order })])?;
                }
            }
            Next::Interrupted => {
                let what = format!("interrupted; order {order_id} is {state} and goes on");
                return Err(stopped(Exit::Interrupted, what, order_id));
            }
        }
    }
    Ok((order, begun.elapsed()))
}

fn stopped(exit: Exit, what: String, order_id: &str) -> crate::exit::Stop {
    Failure::new(exit, what, format!("orderweaver saga timeline {order_id}")).into()
}
