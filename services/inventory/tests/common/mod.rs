//! A small warehouse around the rules: plays stories, told line by line, and says what came of
//! each.
#![allow(dead_code, reason = "each test file uses a part of it")]

use contracts::messages::{
    AdjustStock, CommitInventory, HoldExpired, InventoryReserved, Line, ReleaseInventory,
    ReserveInventory, SetStock, StockPolicy,
};
use contracts::{Body, Message, Timestamp};
use inventory::{Inventory, Record, Reservation, Stock, reservation_key, stock_key};
use service::play::{self, NOW, Play};
use service::{Decision, Kept, Reply};
use std::time::Duration;

/// What inventory keeps, and the time.
pub struct Warehouse {
    pub now: Timestamp,
    pub play: Play<Inventory>,
}

impl Warehouse {
    pub fn new() -> Self {
        Self { now: NOW, play: Play::new(Inventory) }
    }

    pub fn stock(&self, sku: &str) -> Option<&Stock> {
        self.play.get(&stock_key(sku))
    }

    pub fn reservation(&self, order_id: &str) -> Option<&Reservation> {
        self.play.get(&reservation_key(order_id))
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    pub fn handle(&mut self, subject: &str, body: impl Into<Body>) -> Decision<Record> {
        self.handle_at_version(0, subject, body)
    }

    /// What is meant for that version of the stock; 0: for any.
    pub fn handle_at_version(
        &mut self,
        version: u64,
        subject: &str,
        body: impl Into<Body>,
    ) -> Decision<Record> {
        let body = body.into();
        let step = match &body {
            Body::ReserveInventory(_) => Some("reserve"),
            Body::CommitInventory(_) => Some("commit"),
            Body::ReleaseInventory(_) => Some("release"),
            _ => None,
        };
        let step = step.map(|step| format!("{subject}!{step}"));
        let message = play::message(self.now, subject, step.as_deref(), body);
        self.play.handle(&Message { version, ..message }, self.now)
    }

    /// The timer of an order's hold rings, if there is one.
    pub fn ring(&mut self, order_id: &str) -> Option<Decision<Record>> {
        self.play.ring(order_id, "hold", self.now)
    }
}

pub fn count(sku: &str, location: &str, on_hand: u64, policy: StockPolicy) -> Body {
    let policy = policy.into();
    SetStock { sku: sku.into(), location: location.into(), on_hand, policy }.into()
}

pub fn adjust(sku: &str, location: &str, delta: i64) -> Body {
    let reason = "counted".into();
    AdjustStock { sku: sku.into(), location: location.into(), delta, reason }.into()
}

pub fn reserve(order_id: &str, lines: &[(u32, &str)], expires_at: Timestamp) -> Body {
    let line = |(quantity, sku): &(u32, &str)| Line {
        sku: (*sku).into(),
        quantity: *quantity,
        unit_price: None,
    };
    let (lines, expires_at) = (lines.iter().map(line).collect(), expires_at.micros());
    ReserveInventory { order_id: order_id.into(), lines, expires_at }.into()
}

pub fn commit(order_id: &str) -> Body {
    CommitInventory { order_id: order_id.into() }.into()
}

pub fn release(order_id: &str, reason: &str) -> Body {
    ReleaseInventory { order_id: order_id.into(), reason: reason.into() }.into()
}

pub fn expired(order_id: &str) -> Body {
    HoldExpired { order_id: order_id.into() }.into()
}

/// Plays what stands before each `->` and compares what follows it: what is told, the order's
/// reservation, and the stock that has changed, as `sku location reserved/on_hand`. A hold lasts an
/// hour. `@3 count ..` is meant for version 3 of the stock, `@absent count ..` for stock that isn't
/// there yet. Lines without an arrow pass time: `after 60 min`.
pub fn check(story: &str) {
    let mut warehouse = Warehouse::new();
    let mut told = String::new();
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let input = line.split_once(" -> ").map_or(line, |(input, _)| input).trim();
        told += &match play(&mut warehouse, input) {
            Some(came) => format!("{input} -> {came}\n"),
            None => format!("{input}\n"),
        };
    }
    let expected: String =
        story.lines().map(|it| format!("{}\n", it.trim())).filter(|it| it != "\n").collect();
    assert_eq!(told, expected, "\n--- told\n{told}--- expected\n{expected}");
}

/// Nothing for a line that only passes time.
fn play(warehouse: &mut Warehouse, input: &str) -> Option<String> {
    // A dash is an empty word.
    let words: Vec<&str> =
        input.split_whitespace().map(|word| if word == "-" { "" } else { word }).collect();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let (version, words) = match words[0].strip_prefix('@') {
        Some("absent") => (Message::ABSENT, &words[1..]),
        Some(version) => (number(version), &words[1..]),
        None => (Message::ANY, &words[..]),
    };
    let (subject, body) = match *words {
        ["after", minutes, "min"] => {
            warehouse.pass(60 * number(minutes));
            return None;
        }
        ["ring", order_id] => {
            let Some(decision) = warehouse.ring(order_id) else { return Some("silence".into()) };
            return Some(tell(warehouse, order_id, &decision));
        }
        ["count", sku, location, on_hand] => {
            (sku, count(sku, location, number(on_hand), StockPolicy::Unspecified))
        }
        ["count", sku, location, on_hand, policy] => {
            let policy = match policy {
                "untracked" => StockPolicy::Untracked,
                _ => StockPolicy::Deny,
            };
            (sku, count(sku, location, number(on_hand), policy))
        }
        ["adjust", sku, location, delta] => {
            (sku, adjust(sku, location, delta.parse().expect("a number")))
        }
        ["commit", order_id] => (order_id, commit(order_id)),
        ["release", order_id, reason] => (order_id, release(order_id, reason)),
        ["expired", order_id] => (order_id, expired(order_id)),
        ["reserve", order_id, ..] => {
            let lines: Vec<(u32, &str)> = words[2..]
                .chunks(2)
                .map(|line| (line[0].parse().expect("a quantity"), line[1]))
                .collect();
            (order_id, reserve(order_id, &lines, warehouse.now + Duration::from_secs(3_600)))
        }
        _ => panic!("what is {input:?}?"),
    };
    let decision = warehouse.handle_at_version(version, subject, body);
    Some(tell(warehouse, subject, &decision))
}

/// What came of a message, in one line.
fn tell(warehouse: &Warehouse, subject: &str, decision: &Decision<Record>) -> String {
    let changes = match decision {
        Decision::Ignore(reason) => return format!("ignored: {reason}"),
        Decision::Illegal { state, .. } => return format!("illegal: {state}"),
        Decision::Apply(changes) => changes,
    };
    let mut parts: Vec<String> = changes.sends.iter().filter_map(|it| said(&it.body)).collect();
    if let Some(Reply::Refused { code, .. }) = &changes.reply {
        parts.push(format!("refused {code}"));
    }
    if let Some(reservation) = warehouse.reservation(subject) {
        let state = reservation.state.as_str();
        parts.push(format!("= {}", if reservation.lapsed { "lapsed" } else { state }));
    }
    for (key, record) in &changes.writes {
        let Some(stock) = Stock::of(record) else { continue };
        let places: Vec<String> = stock
            .places
            .iter()
            .map(|it| format!("{} {}/{}", it.location, it.reserved, it.on_hand))
            .collect();
        parts.push(format!("{} {}", key.subject, places.join(" ")));
    }
    parts.join("; ")
}

/// Nothing for a level, which is told with the stock.
fn said(body: &Body) -> Option<String> {
    Some(match body {
        Body::InventoryReserved(it) => format!("reserved{}", places(it)),
        Body::InventoryRejected(it) => format!("rejected {}", it.reason),
        Body::InventoryCommitted(_) => "committed".into(),
        Body::InventoryReleased(it) => format!("released {}", it.reason),
        Body::StockLevelChanged(_) => return None,
        _ => panic!("who says {body:?}?"),
    })
}

fn places(reserved: &InventoryReserved) -> String {
    let place = |it: &contracts::messages::Place| {
        let at = if it.location.is_empty() { "anywhere" } else { &it.location };
        format!(" {} {}@{at}", it.quantity, it.sku)
    };
    reserved.lines.iter().map(place).collect()
}
