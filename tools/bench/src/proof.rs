//! Whether the server has done what it was paid for: a fast wrong answer is worth nothing.

use crate::book::{Book, Entry};
use crate::cell::Ends;
use crate::client::{Answer, Connection};
use crate::ground::Target;
use crate::load::Desk;
use crate::measure::metrics::counter;
use crate::random::Random;
use crate::shop::Addresses;
use crate::site::Site;
use crate::workload::{EMPTY_SKU, Outcome, sku_name};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Map, Value};
use std::time::{Duration, Instant};
use terminal::Failure;

/// Orders that are read back.
const SAMPLE: usize = 200;
/// How long what is left to do may take once the sagas have ended.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(10);
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// Lines of a check that are told.
const LINES_MAX: usize = 20;
/// Messages that a process has handled or sent, by type.
const MESSAGES: &str = "orderweaver_messages_total";
/// The most favoured SKUs, whose stock is added up.
const FAVOURITES: usize = 100;

/// What the server shows of its books before and after.
pub struct Shown {
    /// Units that are reserved of each favourite, and last of the SKU that has none.
    reserved: Vec<u64>,
    /// Sagas that have ended.
    pub ends: Ends,
    /// Those of whose end orders has heard.
    heard: u64,
}

impl Shown {
    /// As it is now.
    ///
    /// # Errors
    /// The server doesn't tell.
    pub async fn read(target: &Target) -> Result<Self, Failure> {
        let mut connection = Connection::open(&target.addresses.inventory).await?;
        let mut reserved = vec![];
        let favourites = (0..FAVOURITES).map(|rank| sku_name(Some(rank)));
        for sku in favourites.chain([EMPTY_SKU.into()]) {
            let stock = connection.get(&format!("/stock/{sku}")).await?.json();
            reserved.push(stock["reserved"].as_u64().unwrap_or_default());
        }
        Ok(Self { reserved, ends: Ends::read(target).await?, heard: heard(target).await? })
    }
}

/// Sagas of whose end orders has heard.
async fn heard(target: &Target) -> Result<u64, Failure> {
    let mut connection = Connection::open(&target.addresses.orders).await?;
    let page = connection.get("/metrics").await?.text();
    Ok(counter(&page, MESSAGES, "message=\"SagaFinished\"").unwrap_or_default() as u64)
}

/// What of a run doesn't add up, seen from outside over new connections; nothing if all does.
///
/// # Errors
/// The server doesn't answer any more.
pub async fn broken(desk: &Desk, target: &Target, before: &Shown) -> Result<Vec<String>, Failure> {
    all_heard(desk, target, before).await?;
    let mut broken = desk.book(|book| by_the_book(desk, book));
    broken.extend(by_the_orders(desk, &target.addresses).await?);
    let after = Shown::read(target).await?;
    broken.extend(desk.book(|book| by_the_ends(book, after.ends.since(before.ends))));
    let units = desk.book(|book| expected_units(desk, book));
    for (rank, units) in units.iter().enumerate() {
        let (before, after) = (before.reserved[rank], after.reserved[rank]);
        if after != before + units {
            let sku = if rank == FAVOURITES { EMPTY_SKU.into() } else { sku_name(Some(rank)) };
            broken.push(format!(
                "stock of {sku}: {after} units are reserved, not {before} + {units} sold"
            ));
        }
    }
    Ok(broken)
}

/// Waits until orders has heard of the end of every saga. Where services are apart, that is the
/// last that one of them says to another about an order.
async fn all_heard(desk: &Desk, target: &Target, before: &Shown) -> Result<(), Failure> {
    let (taken, deadline) =
        (desk.book(|book| book.taken().count()) as u64, Instant::now() + SETTLE_TIMEOUT);
    while heard(target).await? < before.heard + taken && Instant::now() < deadline {
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

/// As many sagas have ended each way as orders were taken that had to.
fn by_the_ends(book: &Book, ends: Ends) -> Option<String> {
    let expected = Ends {
        completed: book.taken_to_be(Outcome::Completed) as u64,
        compensated: book.taken_to_be(Outcome::Compensated) as u64,
    };
    let told = || format!("of all sagas {ends:?}, and orders were taken for {expected:?}");
    (ends != expected).then(told)
}

/// What is wrong with an order, and whether it is.
type Rule = (&'static str, fn(&Entry) -> bool);

/// What must not be true of any order, seen by whoever sent it.
const RULES: &[Rule] = &[
    ("were never answered", |it| !it.is_taken && !it.is_refused),
    ("ended otherwise than they had to", |it| {
        it.finished.is_some_and(|(_, outcome)| outcome != it.outcome)
    }),
];

/// Every order was answered, and ended as it had to where that was seen.
fn by_the_book(desk: &Desk, book: &Book) -> Vec<String> {
    let told = RULES.iter().filter_map(|(what, is_broken)| {
        let mut broken = (0..).zip(&book.entries).filter(|(_, entry)| is_broken(entry));
        let (first, _) = broken.next()?;
        Some(format!("{} orders {what}, such as {}", 1 + broken.count(), desk.order_id(first)))
    });
    told.collect()
}

/// A sample of orders, read back.
async fn by_the_orders(desk: &Desk, addresses: &Addresses) -> Result<Vec<String>, Failure> {
    let taken: Vec<u64> = desk.book(|book| book.taken().map(|(it, _)| it).collect());
    let mut random = Random::of(taken.len() as u64, 0);
    let mut connection = Connection::open(&addresses.orders).await?;
    let (mut broken, deadline) = (vec![], Instant::now() + SETTLE_TIMEOUT);
    for _ in 0..SAMPLE.min(taken.len()) {
        let number = taken[random.below(taken.len() as u64) as usize];
        let (order_id, order) = (desk.order_id(number), desk.order(number));
        let path = format!("/orders/{order_id}");
        let answer = settled(&mut connection, &path, deadline).await?;
        let state = match order.outcome {
            Outcome::Completed => "confirmed",
            Outcome::Compensated => "rejected",
        };
        let read = answer.json();
        let is_right = read["state"] == state
            && read["settled"] == true
            && read["total"]["minor_units"] == order.total();
        if !is_right {
            broken.push(differs(&order_id, state, order.total(), answer.status, &read));
        }
    }
    Ok(broken)
}

/// An order, once it is settled, or at that time. Where services are apart, orders hear a little
/// later that a saga has ended.
async fn settled(
    connection: &mut Connection,
    path: &str,
    deadline: Instant,
) -> Result<Answer, Failure> {
    loop {
        let answer = connection.call(Method::GET, path, Bytes::new()).await?;
        if answer.json()["settled"] == true || Instant::now() > deadline {
            return Ok(answer);
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

fn differs(order_id: &str, state: &str, total: u64, status: u16, read: &Value) -> String {
    format!(
        "order {order_id} reads {status} {}, settled {}, total {}; not {state}, true, {total}",
        read["state"], read["settled"], read["total"]["minor_units"]
    )
}

/// Units sold of each favourite, and last of the empty SKU: none.
fn expected_units(desk: &Desk, book: &Book) -> Vec<u64> {
    let mut units = vec![0; FAVOURITES + 1];
    for (number, entry) in book.taken() {
        if entry.outcome == Outcome::Completed {
            for line in desk.order(number).lines {
                if let Some(rank) = line.sku.filter(|rank| *rank < FAVOURITES) {
                    units[rank] += line.quantity;
                }
            }
        }
    }
    units
}

/// What `orderweaver check` says of what a shop has stored.
struct Checked {
    findings: Vec<String>,
    /// Timers, messages and whatever else waits.
    waiting: u64,
}

/// What `orderweaver check` finds in what a shop at work has stored, once nothing waits there any
/// more or after a while; nothing if all is well.
///
/// # Errors
/// It can't be started.
pub async fn checked_at_work(site: &Site) -> Result<Vec<String>, Failure> {
    let deadline = Instant::now() + SETTLE_TIMEOUT;
    loop {
        let Checked { findings, waiting } = check(site, &[])?;
        if waiting == 0 || Instant::now() > deadline {
            return Ok(findings);
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// The same of a shop that has ended, where whatever still waits is a finding.
///
/// # Errors
/// It can't be started.
pub fn checked_at_rest(site: &Site) -> Result<Vec<String>, Failure> {
    check(site, &["--settled"]).map(|it| it.findings)
}

fn check(site: &Site, flags: &[&str]) -> Result<Checked, Failure> {
    let output = site.command()?.args(["check", "-o", "json"]).args(flags).output();
    let output = output.map_err(|error| Failure::failed(error, "orderweaver check"))?;
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let waiting = told["waiting"].as_object().into_iter().flat_map(Map::values);
    let waiting = waiting.filter_map(Value::as_u64).sum();
    if output.status.success() {
        return Ok(Checked { findings: vec![], waiting });
    }
    let found = told["findings"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let found = found.map(|it| format!("{}: {}", text(&it["row"]), text(&it["what"])));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = found.chain(said.lines().map(Into::into)).take(LINES_MAX);
    Ok(Checked { findings: lines.map(|line| format!("check: {line}")).collect(), waiting })
}

#[cfg(test)]
mod tests {
    use super::{by_the_book, by_the_ends};
    use crate::book::Book;
    use crate::cell::Ends;
    use crate::load::{Desk, Load};
    use crate::workload::Outcome::{self, Compensated, Completed};
    use crate::workload::{Orders, Workload};

    /// One thing that happened to an order.
    #[derive(Clone, Copy)]
    enum Step {
        Taken,
        Refused,
        Ended(Outcome),
    }
    use Step::{Ended, Refused, Taken};

    /// Orders that were to be completed, by what happened to each.
    fn book(orders: &[&[Step]]) -> Book {
        let mut book = Book::default();
        for steps in orders {
            let number = book.open(Completed, 0);
            for step in *steps {
                match step {
                    Taken => book.acknowledge(number, 1),
                    Refused => book.refuse(number),
                    Ended(outcome) => book.finish(number, *outcome, 2),
                }
            }
        }
        book
    }

    fn check(orders: &[&[Step]], expected: &[&str]) {
        let desk = Desk::new(Orders::new(Workload::Invoice, 1), Load::Closed(1), false);
        let told = by_the_book(&desk, &book(orders));
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}, not {expected}");
        }
    }

    #[test]
    fn every_order_is_answered_and_ends_as_it_had_to_or_is_told() {
        let good: &[Step] = &[Taken, Ended(Completed)];
        check(&[good, &[Taken], &[Refused]], &[]);
        check(&[good, &[]], &["1 orders were never answered"]);
        check(&[&[Taken, Ended(Compensated)], good], &["1 orders ended otherwise"]);
    }

    #[test]
    fn sagas_that_are_lost_or_made_up_are_told() {
        let book = book(&[&[Taken], &[Refused], &[Taken]]);
        let check = |completed, compensated, is_told: bool| {
            let told = by_the_ends(&book, Ends { completed, compensated });
            assert_eq!(told.is_some(), is_told, "{told:?}");
        };
        check(2, 0, false);
        check(1, 0, true);
        check(3, 0, true);
        check(1, 1, true);
    }
}
