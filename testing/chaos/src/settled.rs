//! What became of the orders that were acknowledged.

use crate::account::Findings;
use crate::chronicle::Chronicle;
use crate::customers::{Book, Cancel, Card, Ordered};
use crate::http::Http;
use futures_util::stream::{StreamExt, iter};
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Until every order is settled. A step that nobody has answered is repeated after ten seconds and
/// less and less often, so what a fault has broken off at a bad moment takes minutes.
pub const SETTLING_LASTS_MAX: Duration = Duration::from_secs(420);
/// Between two looks at all that is not settled.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// Orders that are looked at at once.
const AT_ONCE: usize = 16;

/// What became of them.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// Orders that were acknowledged.
    pub acknowledged: u64,
    /// Orders that are settled.
    pub settled: u64,
    /// Orders that nothing speaks against.
    pub good: u64,
    /// Of these, those that are confirmed.
    pub confirmed: u64,
    /// Of these, those that were undone.
    pub undone: Vec<Undone>,
    /// Acknowledged, and not there or not settled.
    pub lost: Findings,
    /// Settled as it must not be.
    pub wrong: Findings,
}

/// An order that nothing speaks against, and that was undone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Which.
    pub order_id: String,
    /// What its customer was told.
    pub reason: String,
    /// When it was ordered, by RFC 3339.
    pub created_at: String,
    /// When it was undone, by RFC 3339.
    pub updated_at: String,
}

/// Asks for all of them until they are settled, at one of these ports.
pub async fn settle(book: &Book, ports: &[u16], chronicle: &Chronicle) -> Settled {
    let begun = Instant::now();
    let mut settled = Settled { acknowledged: book.len() as u64, ..Settled::default() };
    settled.good = book.values().filter(|it| it.is_good()).count() as u64;
    let mut open: Vec<(&String, &Ordered)> = book.iter().collect();
    let mut left = open.len();
    while !open.is_empty() && begun.elapsed() < SETTLING_LASTS_MAX {
        let looked: Vec<_> = iter(open).map(|it| look(it, ports)).buffered(AT_ONCE).collect().await;
        open = vec![];
        for (order, found) in looked {
            match found {
                Some(found) if found["settled"] == true => settled.see(order, &found),
                _ => open.push(order),
            }
        }
        if open.len() < left {
            left = open.len();
            chronicle.tell(format_args!("{left} orders are not settled yet"));
        }
        if !open.is_empty() {
            sleep(LOOK_PAUSE).await;
        }
    }
    for order in open {
        let (_, found) = look(order, ports).await;
        settled.lost.add(|| format!("{} is not settled: {found:?}", order.0));
    }
    settled
}

type Order<'a> = (&'a String, &'a Ordered);

async fn look<'a>(order: Order<'a>, ports: &[u16]) -> (Order<'a>, Option<Value>) {
    thread_local! {
        static HTTP: Http = Http::default();
    }
    let http = HTTP.with(Clone::clone);
    let port = ports.get(order.0.len() % ports.len().max(1)).copied().unwrap_or(0);
    let answer = http.get(port, &format!("/orders/{}", order.0)).await;
    (order, answer.filter(|it| it.status == 200).map(|it| it.json()))
}

impl Undone {
    fn of(order_id: &str, found: &Value) -> Self {
        let text = |field: &str| found[field].as_str().unwrap_or_default().to_string();
        let [reason, created_at, updated_at] = ["reason", "created_at", "updated_at"].map(text);
        Self { order_id: order_id.into(), reason, created_at, updated_at }
    }
}

impl fmt::Display for Undone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { order_id, reason, created_at, updated_at } = self;
        write!(formatter, "{created_at}\t{updated_at}\t{reason}\t{order_id}")
    }
}

impl Settled {
    fn see(&mut self, (order_id, order): Order<'_>, found: &Value) {
        self.settled += 1;
        let state = found["state"].as_str().unwrap_or_default();
        match order.is_good() {
            true if state == "confirmed" => self.confirmed += 1,
            true => self.undone.push(Undone::of(order_id, found)),
            false => {}
        }
        if !may_be(order, state) {
            self.wrong.add(|| format!("{order_id}, {order:?}, is {state}"));
        }
    }
}

/// Whether such an order may end so.
fn may_be(order: &Ordered, state: &str) -> bool {
    match (order.cancel, order.card) {
        (Cancel::Accepted, _) => state == "cancelled",
        (Cancel::Unknown, Card::Good) => ["confirmed", "rejected", "cancelled"].contains(&state),
        (Cancel::Unknown, Card::Declined) => ["rejected", "cancelled"].contains(&state),
        (_, Card::Good) => ["confirmed", "rejected"].contains(&state),
        (_, Card::Declined) => state == "rejected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(card: Card, cancel: Cancel, states: &[&str]) {
        let order = Ordered { card, has_stock: true, cancel };
        for state in ["pending", "confirmed", "rejected", "cancelled", "cancelling"] {
            assert_eq!(may_be(&order, state), states.contains(&state), "{order:?} {state}");
        }
    }

    #[test]
    fn an_order_ends_as_its_customer_was_told_and_can_pay() {
        check(Card::Good, Cancel::NotAsked, &["confirmed", "rejected"]);
        check(Card::Good, Cancel::Refused, &["confirmed", "rejected"]);
        check(Card::Good, Cancel::Accepted, &["cancelled"]);
        check(Card::Good, Cancel::Unknown, &["confirmed", "rejected", "cancelled"]);
        check(Card::Declined, Cancel::NotAsked, &["rejected"]);
        check(Card::Declined, Cancel::Accepted, &["cancelled"]);
        check(Card::Declined, Cancel::Unknown, &["rejected", "cancelled"]);
    }
}
