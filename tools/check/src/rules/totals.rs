//! What is known only when everything was seen: the stock of each SKU.

use crate::facts::Facts;
use crate::findings::Findings;
use std::collections::BTreeMap;

/// Sums over everything seen so far. They are as large as the assortment, not as the order book.
#[derive(Debug, Default)]
pub struct Totals {
    places: BTreeMap<(String, String), Place>,
    /// By SKU: how many counts were made, and how many are there.
    counts: BTreeMap<String, (u32, u32)>,
}

#[derive(Debug, Default)]
struct Place {
    on_hand: i64,
    reserved: i64,
    moved_on_hand: i64,
    moved_reserved: i64,
    promised: i64,
}

/// Behind a SKU in the subject of its counts.
const COUNTS: &str = "!counts";

impl Totals {
    /// One more subject was seen.
    pub fn add(&mut self, facts: &Facts) {
        let signed = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
        if let Some(stock) = &facts.stock {
            for place in &stock.places {
                let total = self.place(&facts.subject, &place.location);
                (total.on_hand, total.reserved) = (signed(place.on_hand), signed(place.reserved));
            }
            self.counts.entry(facts.subject.clone()).or_default().0 = stock.movements;
        }
        if let Some(sku) = facts.subject.strip_suffix(COUNTS) {
            let count = u32::try_from(facts.movements.len()).unwrap_or(u32::MAX);
            self.counts.entry(sku.into()).or_default().1 = count;
        }
        for movement in facts.movements.values() {
            let total = self.place(&movement.sku, &movement.location);
            total.moved_on_hand = total.moved_on_hand.saturating_add(movement.on_hand);
            total.moved_reserved = total.moved_reserved.saturating_add(movement.reserved);
        }
        let open = facts.reservation.iter().filter(|it| it.is_open()).flat_map(|it| &it.lines);
        for line in open.filter(|line| !line.location.is_empty()) {
            let total = self.place(&line.sku, &line.location);
            total.promised = total.promised.saturating_add(i64::from(line.quantity));
        }
    }

    fn place(&mut self, sku: &str, location: &str) -> &mut Place {
        self.places.entry((sku.into(), location.into())).or_default()
    }

    /// How many places there are.
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// 6 and 8: what is reserved is what open reservations hold; counters are the sum of movements.
    pub fn hold(&self, findings: &mut Findings) {
        for ((sku, location), it) in &self.places {
            let row = ("stock", sku.as_str());
            findings.expect(it.reserved == it.promised, row, || {
                let Place { reserved, promised, .. } = it;
                format!("{reserved} are reserved at {location}, open reservations hold {promised}")
            });
            let counters = (it.on_hand, it.reserved);
            let moved = (it.moved_on_hand, it.moved_reserved);
            findings.expect(counters == moved, row, || {
                format!(
                    "{} on hand and {} reserved at {location}, its movements make {} and {}",
                    counters.0, counters.1, moved.0, moved.1
                )
            });
        }
        for (sku, (made, found)) in &self.counts {
            let row = format!("movements/{sku}{COUNTS}");
            findings.expect(made == found, row.as_str(), || {
                format!("{found} are there, {made} were made")
            });
        }
    }
}
