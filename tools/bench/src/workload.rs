//! What is ordered: a pure function of the seed and the order's number.

use crate::random::Random;
use crate::zipf::Zipf;
use clap::ValueEnum;
use serde::Serialize;
use std::fmt::Write as _;

/// SKUs on the shelf.
pub const SKUS: usize = 10_000;
/// How unevenly they are asked for.
const EXPONENT: f64 = 1.1;
/// Units of each SKU on the shelf; no run sells them out.
pub const ON_HAND: u64 = 100_000_000;
/// A SKU that has a shelf and nothing on it.
pub const EMPTY_SKU: &str = "bench-empty";
/// The share of orders that ask for it.
const OUT_OF_STOCK: f64 = 0.05;
/// The share of orders whose card is declined, where a card is asked for.
const DECLINED: f64 = 0.10;
/// Units of one line.
const QUANTITY_MAX: u64 = 3;
/// Who orders.
const USERS: u64 = 1_000;

/// What kind of orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    /// Two lines, paid by invoice: the whole saga is one round.
    Invoice,
    /// Two lines, paid through the provider: two calls outside of any transaction.
    Provider,
    /// One line of the one SKU that everybody wants, paid by invoice.
    Hot,
    /// A hundred lines, paid by invoice.
    Wide,
}

impl Workload {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Provider => "provider",
            Self::Hot => "hot",
            Self::Wide => "wide",
        }
    }

    const fn lines(self) -> usize {
        match self {
            Self::Invoice | Self::Provider => 2,
            Self::Hot => 1,
            Self::Wide => 100,
        }
    }

    const fn skus(self) -> usize {
        match self {
            Self::Hot => 1,
            Self::Invoice | Self::Provider | Self::Wide => SKUS,
        }
    }

    const fn asks_provider(self) -> bool {
        matches!(self, Self::Provider)
    }
}

/// How an order's saga must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `COMPLETED`: the order is confirmed.
    Completed,
    /// `COMPENSATED`: the order is rejected.
    Compensated,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which SKU, by its rank; none: the empty one.
    pub sku: Option<usize>,
    /// Units.
    pub quantity: u64,
    /// Minor units.
    pub unit_price: u64,
}

/// An order to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    user: u64,
    /// What is ordered.
    pub lines: Vec<Line>,
    payment_method: &'static str,
    /// How it must end.
    pub outcome: Outcome,
}

/// The name of a SKU.
pub fn sku_name(sku: Option<usize>) -> String {
    sku.map_or_else(|| EMPTY_SKU.into(), |rank| format!("bench-{rank:05}"))
}

/// Makes the orders of one workload.
#[derive(Clone, Debug)]
pub struct Orders {
    workload: Workload,
    seed: u64,
    zipf: Zipf,
}

impl Orders {
    /// Under that seed.
    pub fn new(workload: Workload, seed: u64) -> Self {
        Self { workload, seed, zipf: Zipf::new(workload.skus(), EXPONENT) }
    }

    /// Whether the whole saga of an order is one round where all services are in one process, so
    /// that its acknowledgement tells its end.
    pub const fn is_one_round(&self) -> bool {
        !self.workload.asks_provider()
    }

    /// The order with that number.
    pub fn order(&self, number: u64) -> Order {
        let mut random = Random::of(self.seed, number);
        let chance = random.unit();
        let is_out_of_stock = chance < OUT_OF_STOCK;
        let is_declined =
            !is_out_of_stock && self.workload.asks_provider() && chance < OUT_OF_STOCK + DECLINED;
        let mut lines = self.lines(&mut random);
        if let Some(last) = lines.last_mut().filter(|_| is_out_of_stock) {
            last.sku = None; // so that what the lines before it hold is given back
        }
        Order {
            user: random.below(USERS),
            lines,
            payment_method: match (self.workload.asks_provider(), is_declined) {
                (false, _) => "invoice",
                (true, false) => "pm_card_visa",
                (true, true) => "pm_card_declined",
            },
            outcome: match is_out_of_stock || is_declined {
                true => Outcome::Compensated,
                false => Outcome::Completed,
            },
        }
    }

    /// Lines of different SKUs.
    fn lines(&self, random: &mut Random) -> Vec<Line> {
        let mut lines: Vec<Line> = vec![];
        while lines.len() < self.workload.lines() {
            let sku = Some(self.zipf.draw(random));
            if lines.iter().all(|line| line.sku != sku) {
                let quantity = 1 + random.below(QUANTITY_MAX);
                lines.push(Line { sku, quantity, unit_price: 100 + random.below(9_900) });
            }
        }
        lines
    }
}

impl Order {
    /// What it costs, in minor units.
    pub fn total(&self) -> u64 {
        self.lines.iter().map(|line| line.quantity * line.unit_price).sum()
    }

    /// The body of POST /orders.
    pub fn body(&self, order_id: &str) -> String {
        let (user, method) = (self.user, self.payment_method);
        let mut body = format!(r#"{{"order_id":"{order_id}","user_id":"u-{user}","#);
        let _ = write!(body, r#""payment_method":"{method}","lines":["#);
        for (index, line) in self.lines.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let (sku, quantity) = (sku_name(line.sku), line.quantity);
            let price = format!("{}.{:02}", line.unit_price / 100, line.unit_price % 100);
            // Writing to a String can't fail.
            let _ = write!(body, r#"{comma}{{"sku":"{sku}","quantity":{quantity},"#);
            let _ = write!(body, r#""unit_price":"{price}"}}"#);
        }
        body.push_str("]}");
        body
    }
}

#[cfg(test)]
mod tests {
    use super::{Orders, Outcome, Workload};
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_and_number_make_the_same_order() {
        let (one, other) = (Orders::new(Workload::Provider, 7), Orders::new(Workload::Provider, 7));
        for number in (0..100).rev() {
            assert_eq!(one.order(number), other.order(number));
        }
        assert_ne!(one.order(1), Orders::new(Workload::Provider, 8).order(1));
    }

    #[test]
    fn the_body_says_what_the_order_holds() {
        let order = Orders::new(Workload::Invoice, 1).order(0);
        let body: serde_json::Value = serde_json::from_str(&order.body("o-1")).expect("JSON");
        assert_eq!(body["order_id"], "o-1");
        assert_eq!(body["payment_method"], "invoice");
        let price = |line: &serde_json::Value| {
            let price = line["unit_price"].as_str().expect("a text").replace('.', "");
            price.parse::<u64>().expect("a number") * line["quantity"].as_u64().expect("a number")
        };
        let lines = body["lines"].as_array().expect("lines");
        assert_eq!(lines.iter().map(price).sum::<u64>(), order.total());
    }

    /// The share of planned refusals, in percent, and how many lines an order has.
    fn check(workload: Workload, refused: std::ops::Range<u64>, lines: usize) {
        let orders = Orders::new(workload, 1);
        let mut count = 0;
        for number in 0..10_000 {
            let order = orders.order(number);
            count += u64::from(order.outcome == Outcome::Compensated);
            let skus: BTreeSet<_> = order.lines.iter().map(|line| line.sku).collect();
            assert_eq!((order.lines.len(), skus.len()), (lines, lines), "{workload:?} {number}");
        }
        assert!(refused.contains(&(count / 100)), "{workload:?}: {count} of 10,000 refused");
    }

    #[test]
    fn the_planned_share_of_orders_is_refused() {
        check(Workload::Invoice, 4..6, 2);
        check(Workload::Provider, 14..16, 2);
        check(Workload::Hot, 4..6, 1);
        check(Workload::Wide, 4..6, 100);
    }
}
