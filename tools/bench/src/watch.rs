//! How soon somebody who watches an order sees that it changed.

use crate::arguments::WatchArguments;
use crate::book::Latencies;
use crate::client::Connection;
use crate::events::Events;
use crate::ground::{Ground, Target};
use crate::load::{Desk, Load, micros};
use crate::report::Told;
use crate::report::table::{Table, number};
use crate::workload::{Orders, Workload};
use jiff::Timestamp;
use serde_json::json;
use std::time::{Duration, Instant};
use terminal::{Failure, Interrupt};

/// A change is to be seen within this.
const SIGHT_TIME_MAX: Duration = Duration::from_millis(50);
/// How long one order is watched at most.
const WATCH_TIMEOUT: Duration = Duration::from_secs(10);

/// What watching has shown, in microseconds.
#[derive(Default)]
struct Seen {
    /// From when the server decided on a change until it was seen; the commit is part of it.
    decided_to_seen: Vec<u64>,
    /// From sending the order until its last change was seen.
    sent_to_last: Vec<u64>,
}

/// Places orders one after the other, each watched by a stream of its own, beside others that
/// watch orders of which nothing is heard.
///
/// # Errors
/// The server is lost, or nothing is seen of an order.
pub async fn run(
    arguments: &WatchArguments,
    ground: &mut Ground,
    interrupt: &Interrupt,
) -> Result<Told, Failure> {
    let target = ground.target().await?;
    let mut others = vec![];
    for other in 0..arguments.watchers {
        let query = format!("order_id=bench-nobody-{other}");
        others.push(Events::open(&target.addresses.orders, &query).await?);
    }
    let orders = Orders::new(Workload::Provider, arguments.seed);
    let desk = Desk::new(orders, Load::Closed(1), target.is_apart());
    let mut seen = Seen::default();
    for number in 0..arguments.orders {
        if interrupt.is_asked() {
            break;
        }
        let watched = tokio::time::timeout(WATCH_TIMEOUT, watch(&desk, &target, number, &mut seen));
        watched.await.map_err(|_| {
            let what = format!("nothing was seen of order {}", desk.order_id(number));
            Failure::failed(what, "orderweaver bench watch --keep")
        })??;
    }
    drop(others);
    target.stop().await?;
    Ok(told(arguments, seen))
}

/// Sends an order and follows it to its end.
async fn watch(desk: &Desk, target: &Target, number: u64, seen: &mut Seen) -> Result<(), Failure> {
    let order_id = desk.order_id(number);
    let query = format!("order_id={order_id}");
    let mut events = Events::open(&target.addresses.orders, &query).await?;
    let mut connection = Connection::open(&target.addresses.orders).await?;
    let begun = Instant::now();
    let body = desk.order(number).body(&order_id);
    connection.call(hyper::Method::POST, "/orders", body).await?;
    loop {
        for event in events.next().await? {
            let decided = event.time.parse::<Timestamp>().map_err(|error| {
                let what = format!("{} of {order_id} has no time: {error}", event.r#type);
                Failure::failed(what, "orderweaver bench watch --keep")
            })?;
            let since = Timestamp::now().duration_since(decided).as_micros();
            seen.decided_to_seen.push(u64::try_from(since).unwrap_or_default());
            if matches!(event.r#type.as_str(), "OrderConfirmed" | "OrderRejected") {
                seen.sent_to_last.push(micros(begun.elapsed()));
                return Ok(());
            }
        }
    }
}

fn told(arguments: &WatchArguments, seen: Seen) -> Told {
    let (bound, measured) = (micros(SIGHT_TIME_MAX), seen.sent_to_last.len());
    let mut lines = vec![];
    let mut value = json!({ "orders": arguments.orders, "watchers": arguments.watchers });
    let spans = [
        ("decided to seen", "decided_to_seen_ms", seen.decided_to_seen),
        ("sent to last change seen", "sent_to_last_ms", seen.sent_to_last),
    ];
    for (name, key, micros) in spans {
        let (count, took) = (micros.len(), Latencies::of(micros));
        let at = [500, 990, 1_000].map(|permille| took.permille(permille).unwrap_or_default());
        let ms = at.map(|micros| micros as f64 / 1e3);
        let within = if at[1] <= bound { "yes" } else { "NO" };
        let words = [name.to_string(), number(count as f64, 0)].into_iter();
        let words = words.chain(ms.map(|ms| number(ms, 2))).chain([within.to_string()]);
        lines.push(words.collect());
        value[key] = json!({ "count": count, "p50": ms[0], "p99": ms[1], "max": ms[2] });
    }
    let headings = ["span", "count", "p50 ms", "p99 ms", "max ms", "within 50 ms"];
    let title = format!("Watching an order beside {} other watchers", arguments.watchers);
    let table = Table { title, headings: headings.map(String::from).to_vec(), lines };
    Told { remarks: vec![], tables: vec![table], value, is_sound: true, measured }
}
