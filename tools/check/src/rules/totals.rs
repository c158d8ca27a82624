//! What is known only when everything was seen: the stock of each SKU, the balances of the ledger,
//! the sagas in flight.

use super::balances::Balances;
use super::in_flight::InFlight;
use crate::facts::Facts;
use crate::findings::Findings;
use contracts::ServiceName;
use engine::Tally;
use rustc_hash::FxHashMap;

/// Sums over everything seen so far. They are as large as the assortment and the accounts that many
/// orders touch, not as the order book.
#[derive(Debug, Default)]
pub struct Totals {
    skus: Vec<Sku>,
    by_name: FxHashMap<String, usize>,
    balances: Balances,
    /// The ledger was seen in part, so its sums say nothing.
    is_ledger_in_part: bool,
    in_flight: InFlight,
    /// The same of the sagas.
    are_sagas_in_part: bool,
}

#[derive(Debug, Default)]
struct Sku {
    name: String,
    /// By location, of which there are few.
    places: Vec<(String, Place)>,
    /// How many counts were made, and how many are there.
    counts: (u32, u32),
    /// It was seen in part, so its sums say nothing.
    in_part: bool,
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
        self.balances.add(facts);
        self.in_flight.add(facts);
        let signed = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
        if let Some(stock) = &facts.stock {
            let sku = self.sku(&facts.subject);
            sku.counts.0 = stock.movements;
            for place in &stock.places {
                let total = sku.place(&place.location);
                (total.on_hand, total.reserved) = (signed(place.on_hand), signed(place.reserved));
            }
        }
        if let Some(sku) = facts.subject.strip_suffix(COUNTS) {
            self.sku(sku).counts.1 = u32::try_from(facts.movements.len()).unwrap_or(u32::MAX);
        }
        for movement in facts.movements.values() {
            let total = self.sku(&movement.sku).place(&movement.location);
            total.moved_on_hand = total.moved_on_hand.saturating_add(movement.on_hand);
            total.moved_reserved = total.moved_reserved.saturating_add(movement.reserved);
        }
        let open = facts.reservation.iter().filter(|it| it.is_open()).flat_map(|it| &it.lines);
        for line in open.filter(|line| !line.location.is_empty()) {
            let total = self.sku(&line.sku).place(&line.location);
            total.promised = total.promised.saturating_add(i64::from(line.quantity));
        }
    }

    /// A sum as its service keeps it.
    pub fn add_kept(&mut self, tally: &Tally) {
        match tally.key.service {
            ServiceName::Payments => self.balances.add_kept(tally),
            ServiceName::Orchestrator => self.in_flight.add_kept(tally),
            ServiceName::Orders | ServiceName::Inventory => {}
        }
    }

    /// Of this subject only a part was seen.
    pub fn leave_out(&mut self, facts: &Facts) {
        let subject = facts.subject.as_str();
        self.sku(subject.strip_suffix(COUNTS).unwrap_or(subject)).in_part = true;
        self.is_ledger_in_part |= !facts.ledger.is_empty();
        self.are_sagas_in_part |= !facts.sagas.is_empty();
    }

    /// What others have seen.
    pub fn merge(&mut self, others: Self) {
        self.balances.merge(others.balances);
        self.is_ledger_in_part |= others.is_ledger_in_part;
        self.in_flight.merge(others.in_flight);
        self.are_sagas_in_part |= others.are_sagas_in_part;
        for other in others.skus {
            let sku = self.sku(&other.name);
            sku.counts = (sku.counts.0 + other.counts.0, sku.counts.1 + other.counts.1);
            sku.in_part |= other.in_part;
            for (location, place) in other.places {
                sku.place(&location).merge(&place);
            }
        }
    }

    fn sku(&mut self, name: &str) -> &mut Sku {
        let index = self.by_name.get(name).copied().unwrap_or_else(|| {
            self.by_name.insert(name.into(), self.skus.len());
            self.skus.push(Sku { name: name.into(), ..Sku::default() });
            self.skus.len() - 1
        });
        &mut self.skus[index]
    }

    /// 6 and 8: what is reserved is what open reservations hold; counters are the sum of movements,
    /// balances that of postings.
    pub fn hold(&self, findings: &mut Findings) {
        if !self.is_ledger_in_part {
            self.balances.hold(findings);
        }
        if !self.are_sagas_in_part {
            self.in_flight.hold(findings);
        }
        for sku in self.skus.iter().filter(|sku| !sku.in_part) {
            sku.places.iter().for_each(|(location, it)| it.hold(&sku.name, location, findings));
            let (made, found) = sku.counts;
            findings.expect(made == found, format!("movements/{}{COUNTS}", sku.name), || {
                format!("{found} are there, {made} were made")
            });
        }
    }
}

impl Sku {
    fn place(&mut self, location: &str) -> &mut Place {
        let index = self.places.iter().position(|(name, _)| name == location);
        let index = index.unwrap_or_else(|| {
            self.places.push((location.into(), Place::default()));
            self.places.len() - 1
        });
        &mut self.places[index].1
    }
}

impl Place {
    /// The stock itself is seen by one, what moves it by all.
    fn merge(&mut self, other: &Self) {
        self.on_hand = self.on_hand.saturating_add(other.on_hand);
        self.reserved = self.reserved.saturating_add(other.reserved);
        self.moved_on_hand = self.moved_on_hand.saturating_add(other.moved_on_hand);
        self.moved_reserved = self.moved_reserved.saturating_add(other.moved_reserved);
        self.promised = self.promised.saturating_add(other.promised);
    }

    fn hold(&self, sku: &str, location: &str, findings: &mut Findings) {
        let row = ("stock", sku);
        findings.expect(self.reserved == self.promised, row, || {
            let Self { reserved, promised, .. } = self;
            format!("{reserved} are reserved at {location}, open reservations hold {promised}")
        });
        let counters = (self.on_hand, self.reserved);
        let moved = (self.moved_on_hand, self.moved_reserved);
        findings.expect(counters == moved, row, || {
            format!(
                "{} on hand and {} reserved at {location}, its movements make {} and {}",
                counters.0, counters.1, moved.0, moved.1
            )
        });
    }
}
