//! Whether the server has done what it was paid for: a fast wrong answer is worth nothing.

use crate::book::{Book, Entry};
use crate::client::Connection;
use crate::failure::Failure;
use crate::load::Desk;
use crate::random::Random;
use crate::server::{Addresses, this_program};
use crate::workload::{EMPTY_SKU, Outcome, sku_name};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::Value;
use std::path::Path;

/// Orders that are read back.
const SAMPLE: usize = 200;
/// The most favoured SKUs, whose stock is added up.
const FAVOURITES: usize = 100;

/// Units that are reserved of each favourite, and last of the SKU that has none.
pub type Reserved = Vec<u64>;

/// What is reserved now.
///
/// # Errors
/// The server doesn't tell.
pub async fn reserved(addresses: &Addresses) -> Result<Reserved, Failure> {
    let mut connection = Connection::open(&addresses.inventory).await?;
    let mut reserved = vec![];
    let favourites = (0..FAVOURITES).map(|rank| sku_name(Some(rank)));
    for sku in favourites.chain([EMPTY_SKU.into()]) {
        let stock = connection.get(&format!("/stock/{sku}")).await?.json();
        reserved.push(stock["reserved"].as_u64().unwrap_or_default());
    }
    Ok(reserved)
}

/// What of a run doesn't add up, seen from outside over a new connection; nothing if all does.
///
/// # Errors
/// The server doesn't answer any more.
pub async fn broken(
    desk: &Desk,
    addresses: &Addresses,
    before: &Reserved,
) -> Result<Vec<String>, Failure> {
    let mut broken = desk.book(|book| by_the_book(desk, book));
    broken.extend(by_the_orders(desk, addresses).await?);
    let units = desk.book(|book| expected_units(desk, book));
    let after = reserved(addresses).await?;
    for (rank, units) in units.iter().enumerate() {
        let (before, after) = (before[rank], after[rank]);
        if after != before + units {
            let sku = if rank == FAVOURITES { EMPTY_SKU.into() } else { sku_name(Some(rank)) };
            broken.push(format!(
                "stock of {sku}: {after} units are reserved, not {before} + {units} sold"
            ));
        }
    }
    Ok(broken)
}

/// What is wrong with an order, and whether it is.
type Rule = (&'static str, fn(&Entry) -> bool);

/// What must not be true of any order, seen by whoever sent it.
const RULES: &[Rule] = &[
    ("were never answered", |it| it.acknowledged.is_none() && !it.is_refused),
    ("were acknowledged and did not settle", |it| {
        it.acknowledged.is_some() && it.finished.is_none()
    }),
    ("ended otherwise than they had to", |it| {
        it.finished.is_some_and(|(_, outcome)| outcome != it.outcome)
    }),
    ("were refused and settled", |it| it.is_refused && it.finished.is_some()),
    ("ended twice", |it| it.is_ended_again),
];

/// Every order that the server has taken ended once, as it had to.
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
    let taken: Vec<u64> = desk.book(|book| book.acknowledged().map(|(it, _)| it).collect());
    let mut random = Random::of(taken.len() as u64, 0);
    let mut connection = Connection::open(&addresses.orders).await?;
    let mut broken = vec![];
    for _ in 0..SAMPLE.min(taken.len()) {
        let number = taken[random.below(taken.len() as u64) as usize];
        let (order_id, order) = (desk.order_id(number), desk.order(number));
        let path = format!("/orders/{order_id}");
        let answer = connection.call(Method::GET, &path, Bytes::new()).await?;
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

fn differs(order_id: &str, state: &str, total: u64, status: u16, read: &Value) -> String {
    format!(
        "order {order_id} reads {status} {}, settled {}, total {}; not {state}, true, {total}",
        read["state"], read["settled"], read["total"]["minor_units"]
    )
}

/// Units sold of each favourite, and last of the empty SKU: none.
fn expected_units(desk: &Desk, book: &Book) -> Vec<u64> {
    let mut units = vec![0; FAVOURITES + 1];
    for (number, entry) in book.acknowledged() {
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

/// What `orderweaver check` finds in a store; nothing if all is well.
///
/// # Errors
/// It can't be started.
pub fn checked(data: &Path) -> Result<Vec<String>, Failure> {
    let output = this_program(data)?.arg("check").arg("--data").arg(data).output();
    let output = output.map_err(|error| Failure::new(error, "orderweaver check"))?;
    if output.status.success() {
        return Ok(vec![]);
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    Ok(said.lines().take(20).map(|line| format!("check: {line}")).collect())
}

#[cfg(test)]
mod tests {
    use super::by_the_book;
    use crate::book::Book;
    use crate::load::Desk;
    use crate::workload::Outcome::{self, Compensated, Completed};
    use crate::workload::{Orders, Workload};

    /// One thing that happened to an order.
    #[derive(Clone, Copy)]
    enum Step {
        Acknowledged,
        Refused,
        Ended(Outcome),
    }
    use Step::{Acknowledged, Ended, Refused};

    /// Orders that were to be completed, by what happened to each, and what is said of them.
    fn check(orders: &[&[Step]], expected: &[&str]) {
        let desk = Desk::new(Orders::new(Workload::Invoice, 1), true);
        let mut book = Book::default();
        for steps in orders {
            let number = book.open(Completed, 0);
            for step in *steps {
                match step {
                    Acknowledged => book.acknowledge(number, 1),
                    Refused => book.refuse(number),
                    Ended(outcome) => book.finish(number, *outcome, 2),
                }
            }
        }
        let told = by_the_book(&desk, &book);
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}, not {expected}");
        }
    }

    #[test]
    fn every_order_ends_once_as_it_had_to_or_is_told() {
        let good: &[Step] = &[Acknowledged, Ended(Completed)];
        check(&[good, &[Ended(Completed), Acknowledged], &[Refused]], &[]);
        check(&[good, &[]], &["1 orders were never answered"]);
        check(&[&[Acknowledged], good], &["1 orders were acknowledged and did not"]);
        check(&[&[Acknowledged, Ended(Compensated)]], &["1 orders ended otherwise"]);
        check(&[&[Refused, Ended(Completed)]], &["1 orders were refused and settled"]);
        check(
            &[good, &[Acknowledged, Ended(Completed), Ended(Completed)]],
            &["1 orders ended twice"],
        );
    }
}
