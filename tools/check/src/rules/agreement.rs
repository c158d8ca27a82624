//! What the records of one order say of the same thing. All of it is written once, where a record
//! begins, so they agree at any moment.

use crate::facts::Facts;
use crate::findings::Findings;
use contracts::Money;
use contracts::messages::Line;
use inventory::Reservation;
use orchestrator::{OrderSaga, PLACE_ORDER_MANUAL_CAPTURE};
use orders::{CaptureMode, Order, OrderLine};
use payments::Payment;
use std::fmt::Display;

pub(super) fn hold(facts: &Facts, findings: &mut Findings) {
    let Some(order) = &facts.order else { return };
    let order_id = facts.subject.as_str();
    lines_make_the_total(order_id, order, findings);
    if let Some(it) = facts.sagas.get(&0) {
        knows_its_order(order_id, it, order, findings);
    }
    if let Some(payment) = &facts.payment {
        pays_for_its_order(order_id, payment, order, findings);
    }
    if let Some(reservation) = &facts.reservation {
        holds_what_was_ordered(order_id, reservation, order, findings);
    }
}

fn lines_make_the_total(order_id: &str, order: &Order, findings: &mut Findings) {
    if order.lines.is_empty() {
        return; // an order of an amount only
    }
    let total = order.total;
    let prices = order.lines.iter().filter(|line| !line.unit_price.is_zero());
    let mut prices = prices.map(|line| line.unit_price.checked_mul(line.quantity));
    let zero = Money::zero(total.currency());
    let sum = prices.try_fold(zero, |sum, price| sum.checked_add(price?));
    findings.expect(sum == Some(total), ("orders", order_id), || {
        let sum = sum.map_or("no amount".into(), |sum| sum.to_string());
        format!("costs {total}, its lines make {sum}")
    });
}

fn agree<T: PartialEq + Display>(
    row: (&str, &str, u32),
    what: &str,
    (here, ordered): (T, T),
    findings: &mut Findings,
) {
    findings
        .expect(here == ordered, row, || format!("has the {what} {here}, its order has {ordered}"));
}

/// The saga that places an order has its own copy of it.
fn knows_its_order(order_id: &str, it: &OrderSaga, order: &Order, findings: &mut Findings) {
    let row = ("sagas", order_id, 0);
    let Some(known) = &it.order else {
        return findings.expect(false, row, || "doesn't know its order".into());
    };
    agree(row, "user", (known.user_id.as_str(), order.user_id.as_str()), findings);
    agree(row, "total", (known.total, order.total), findings);
    let methods = (known.payment_method.as_str(), order.payment_method.as_str());
    agree(row, "payment method", methods, findings);
    let is_same = |(known, line): (&Line, &OrderLine)| {
        let price = known.unit_price.unwrap_or_default();
        known.sku == line.sku && known.quantity == line.quantity && price == line.unit_price
    };
    let is_as_long = known.lines.len() == order.lines.len();
    let are_the_same = is_as_long && known.lines.iter().zip(&order.lines).all(is_same);
    findings.expect(are_the_same, row, || "has other lines than its order".into());
    let captures_later = it.saga.definition == PLACE_ORDER_MANUAL_CAPTURE.name;
    findings.expect(captures_later == (order.capture_mode == CaptureMode::Manual), row, || {
        format!("is a {}, its order is captured {:?}", it.saga.definition, order.capture_mode)
    });
}

/// Not of a payment that nothing was ever asked for: it only keeps a late command away.
fn pays_for_its_order(order_id: &str, it: &Payment, order: &Order, findings: &mut Findings) {
    if it.operations.is_empty() {
        return;
    }
    let row = ("payments", order_id, 1);
    agree(row, "user", (it.user_id.as_str(), order.user_id.as_str()), findings);
    agree(row, "amount", (it.amount, order.total), findings);
    let methods = (it.method.as_str(), order.payment_method.as_str());
    agree(row, "payment method", methods, findings);
}

/// Each SKU as often as it was ordered, in one line or in several.
fn holds_what_was_ordered(
    order_id: &str,
    it: &Reservation,
    order: &Order,
    findings: &mut Findings,
) {
    if it.lines.is_empty() && !it.is_open() {
        return; // nothing was ever held
    }
    let ordered = |sku: &str| {
        let lines = order.lines.iter().filter(|line| line.sku == sku);
        lines.map(|line| u64::from(line.quantity)).sum::<u64>()
    };
    let held = |sku: &str| {
        let lines = it.lines.iter().filter(|line| line.sku == sku);
        lines.map(|line| u64::from(line.quantity)).sum::<u64>()
    };
    let skus = order.lines.iter().map(|line| line.sku.as_str());
    for sku in skus.chain(it.lines.iter().map(|line| line.sku.as_str())) {
        let (ordered, held) = (ordered(sku), held(sku));
        findings.expect(ordered == held, ("reservations", order_id), || {
            format!("is {} with {held} {sku}, {ordered} were ordered", it.state.as_str())
        });
    }
}
