//! What is held for an order.

use super::{gap, has_timer};
use crate::facts::Facts;
use crate::findings::Findings;
use contracts::ServiceName;
use inventory::{Reservation, ReservationState};
use std::collections::BTreeMap;

pub(super) fn hold(facts: &Facts, findings: &mut Findings) {
    let order_id = facts.subject.as_str();
    if let Some(stock) = &facts.stock {
        for place in &stock.places {
            let (location, reserved, on_hand) = (&place.location, place.reserved, place.on_hand);
            findings.expect(reserved <= on_hand, ("stock", order_id), || {
                format!("{reserved} are reserved at {location}, {on_hand} are there") // 5
            });
        }
    }
    let Some(reservation) = &facts.reservation else { return };
    let row = ("reservations", order_id);
    if let Some(gap) = gap(facts.movements.keys(), reservation.movements) {
        findings.expect(false, ("movements", order_id), || gap);
    }
    movements_make_the_lines(facts, reservation, findings);
    if reservation.state == ReservationState::Held {
        let waits = has_timer(facts, ServiceName::Inventory, "hold");
        findings.expect(waits, row, || "is held without a timer".into());
    }
}

/// 8, per order: what was promised and not given back is what its open lines say.
fn movements_make_the_lines(facts: &Facts, held: &Reservation, findings: &mut Findings) {
    let mut places: BTreeMap<(&str, &str), (i64, i64)> = BTreeMap::new();
    for movement in facts.movements.values() {
        let place = places.entry((&movement.sku, &movement.location)).or_default();
        place.0 = place.0.saturating_add(movement.reserved);
    }
    let open = held.lines.iter().filter(|_| held.is_open());
    for line in open.filter(|line| !line.location.is_empty()) {
        places.entry((&line.sku, &line.location)).or_default().1 += i64::from(line.quantity);
    }
    for ((sku, location), (moved, promised)) in places {
        findings.expect(moved == promised, ("reservations", facts.subject.as_str()), || {
            format!(
                "is {} with {promised} {sku} at {location}, its movements make {moved}",
                held.state.as_str()
            )
        });
    }
}
