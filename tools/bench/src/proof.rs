//! Whether the server has done what it was paid for: a fast wrong answer is worth nothing.

use crate::book::Book;
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

/// Every order that the server has taken ended once, as it had to.
fn by_the_book(desk: &Desk, book: &Book) -> Vec<String> {
    let mut broken = vec![];
    let mut tell = |what: &str, numbers: Vec<u64>| {
        if let Some(first) = numbers.first() {
            let such = desk.order_id(*first);
            broken.push(format!("{} {what}, such as {such}", numbers.len()));
        }
    };
    let unanswered = (0..)
        .zip(&book.entries)
        .filter(|(_, entry)| entry.acknowledged.is_none() && !entry.is_refused);
    tell("orders were never answered", unanswered.map(|(number, _)| number).collect());
    let unsettled = book.acknowledged().filter(|(_, entry)| entry.finished.is_none());
    tell("acknowledged orders did not settle", unsettled.map(|(number, _)| number).collect());
    let wrong = book
        .acknowledged()
        .filter(|(_, entry)| entry.finished.is_some_and(|(_, outcome)| outcome != entry.outcome));
    tell("orders ended otherwise than they had to", wrong.map(|(number, _)| number).collect());
    let unasked =
        (0..).zip(&book.entries).filter(|(_, entry)| entry.is_refused && entry.finished.is_some());
    tell("orders were refused and settled", unasked.map(|(number, _)| number).collect());
    if book.ended_twice > 0 {
        broken.push(format!("{} sagas ended twice", book.ended_twice));
    }
    broken
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
