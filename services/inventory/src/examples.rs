//! One example of every state and message, for the generated table of what happens in which state:
//! order `o-1` wants two of `shoe`. The states are played, so each is one that can be reached.

use crate::{Inventory, Record};
use contracts::messages::{
    AdjustStock, CommitInventory, HoldExpired, Line, ReleaseInventory, ReserveInventory, SetStock,
    StockPolicy,
};
use contracts::{Body, Message};
use service::play::{self, Example, NOW, Play, State};

const ORDER: &str = "o-1";
const SKU: &str = "shoe";

/// Every state of a reservation that can be reached (nothing is shipped yet, so none is consumed),
/// `lapsed` being the one that was released by its deadline; `none`, where neither the SKU is known
/// nor the order; and `counted`, where only the SKU is.
pub fn states() -> Vec<State<Record>> {
    let after = |messages: &[Message]| Play::after(Inventory, messages).into_records();
    vec![
        ("none", vec![]),
        ("counted", after(&[count(10)])),
        ("held", after(&[count(10), reserve()])),
        ("committed", after(&[count(10), reserve(), commit()])),
        ("rejected", after(&[count(1), reserve()])),
        ("released", after(&[count(10), reserve(), release()])),
        ("lapsed", after(&[count(10), reserve(), expire()])),
    ]
}

/// One example of every message that inventory accepts.
pub fn messages() -> Vec<Example> {
    vec![
        ("", reserve()),
        ("", commit()),
        ("", release()),
        ("", expire()),
        ("of more", count(20)),
        ("of less than is reserved", count(1)),
        ("for another version", Message { version: 99, ..count(20) }),
        ("", adjust("main")),
        ("at no location", adjust("")),
    ]
}

/// Until now: the deadline has come, but the hold lasts until somebody says so.
fn reserve() -> Message {
    let line = Line { sku: SKU.into(), quantity: 2, unit_price: None };
    let (order_id, expires_at) = (ORDER.into(), NOW.micros());
    of_order(Some("reserve"), ReserveInventory { order_id, lines: vec![line], expires_at })
}

fn commit() -> Message {
    of_order(Some("commit"), CommitInventory { order_id: ORDER.into() })
}

fn release() -> Message {
    let (order_id, reason) = (ORDER.into(), "payment_declined".into());
    of_order(Some("release"), ReleaseInventory { order_id, reason })
}

fn expire() -> Message {
    of_order(None, HoldExpired { order_id: ORDER.into() })
}

fn of_order(step: Option<&str>, body: impl Into<Body>) -> Message {
    let step = step.map(|step| format!("{ORDER}!{step}_inventory"));
    play::message(NOW, ORDER, step.as_deref(), body)
}

fn count(on_hand: u64) -> Message {
    let policy = StockPolicy::Unspecified.into();
    let (sku, location) = (SKU.into(), "main".into());
    play::message(NOW, SKU, None, SetStock { sku, location, on_hand, policy })
}

fn adjust(location: &str) -> Message {
    let (sku, location, reason) = (SKU.into(), location.into(), "found behind the shelf".into());
    play::message(NOW, SKU, None, AdjustStock { sku, location, delta: 1, reason })
}
