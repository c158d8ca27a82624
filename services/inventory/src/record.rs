//! What inventory keeps: stock by SKU, reservations by order, and every movement.

use contracts::Timestamp;
use serde::{Deserialize, Serialize};
use service::{Column, Index, Key, RecordKind, Value};

/// The stock, one record per SKU with all its locations.
pub const STOCK: RecordKind = RecordKind {
    name: "stock",
    schema: 1,
    append_only: false,
    columns: &[Column::integer("on_hand"), Column::integer("reserved")],
    indexes: &[],
    checks: &["on_hand >= 0", "reserved >= 0", "reserved <= on_hand", "on_hand <= 1000000000000"],
};

/// The reservations, one per order.
pub const RESERVATIONS: RecordKind = RecordKind {
    name: "reservations",
    schema: 1,
    append_only: false,
    columns: &[Column::text("state"), Column::integer("expires_at")],
    indexes: &[RESERVATIONS_EXPIRING],
    checks: &["state IN ('held', 'committed', 'consumed', 'released', 'rejected')"],
};

/// The reservations that can expire, by their deadline.
pub const RESERVATIONS_EXPIRING: Index =
    Index { name: "reservations_expiring", columns: &["expires_at"], only: Some("state = 'held'") };

/// Every change of a counter: under the order's id, or under the SKU for counts and adjustments.
pub const MOVEMENTS: RecordKind = RecordKind {
    name: "movements",
    schema: 1,
    append_only: true,
    columns: &[Column::text("sku")],
    indexes: &[],
    checks: &[],
};

/// Where the lines of a SKU are taken from that is not tracked.
pub(crate) const NOT_COUNTED: &str = "";

/// A SKU lies at no more places than this.
pub const LOCATIONS_MAX: usize = 100;

/// Units at one location: so few that the sum over all locations is far from any limit.
pub const ON_HAND_MAX: u64 = 1_000_000_000;

service::records! {
    /// What inventory keeps.
    Record { Stock(Stock), Reservation(Reservation), Movement(Movement) }
}

/// The key of a SKU's stock.
pub fn stock_key(sku: &str) -> Key<Stock> {
    Key::new(&STOCK, sku)
}

/// The key of an order's reservation.
pub fn reservation_key(order_id: &str) -> Key<Reservation> {
    Key::new(&RESERVATIONS, order_id)
}

/// The key of one of the movements of an order or a SKU.
pub fn movement_key(subject: &str, number: u32) -> Key<Movement> {
    Key::numbered(&MOVEMENTS, subject, number)
}

/// The stock of one SKU.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stock {
    /// What happens when an order wants more than there is.
    #[serde(default)]
    pub policy: Policy,
    /// Where it lies; an order takes from the first that has some.
    pub places: Vec<Place>,
    /// How many movements are listed under the SKU.
    #[serde(default)]
    pub movements: u32,
}

/// What happens when an order wants more than there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The order is refused.
    #[default]
    Deny,
    /// Always granted; nothing is counted.
    Untracked,
}

/// Units at one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its name.
    pub location: String,
    /// Units that lie there.
    pub on_hand: u64,
    /// Of them, units that are promised to orders.
    pub reserved: u64,
}

impl Place {
    /// Units that can still be promised.
    pub const fn available(&self) -> u64 {
        self.on_hand.saturating_sub(self.reserved)
    }
}

impl Stock {
    pub(crate) fn columns(&self) -> Vec<Value> {
        vec![self.on_hand().into(), self.reserved().into()]
    }

    /// Units over all locations.
    pub fn on_hand(&self) -> u64 {
        self.places.iter().fold(0, |sum, place| sum.saturating_add(place.on_hand))
    }

    /// Promised units over all locations.
    pub fn reserved(&self) -> u64 {
        self.places.iter().fold(0, |sum, place| sum.saturating_add(place.reserved))
    }
}

/// Stock that is promised to an order. Resolved once; a released one stays as a tombstone, so that
/// a late command to reserve finds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reservation {
    /// Where it stands.
    pub state: ReservationState,
    /// Why it was released or rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// It ended by its deadline and by nobody's command: a commit that comes a moment later may
    /// take the stock again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lapsed: bool,
    /// What is, or was, held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<HeldLine>,
    /// When a hold ends by itself.
    pub expires_at: Timestamp,
    /// How many movements are listed under the order.
    #[serde(default)]
    pub movements: u32,
}

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// Until its deadline.
    Held,
    /// Until it is shipped.
    Committed,
    /// It was shipped.
    Consumed,
    /// It was given back.
    Released,
    /// It was never granted.
    Rejected,
}

impl ReservationState {
    /// The name as shown and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Committed => "committed",
            Self::Consumed => "consumed",
            Self::Released => "released",
            Self::Rejected => "rejected",
        }
    }
}

impl Reservation {
    pub(crate) fn columns(&self) -> Vec<Value> {
        vec![self.state.as_str().into(), self.expires_at.micros().into()]
    }

    /// Whether its lines are promised now.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, ReservationState::Held | ReservationState::Committed)
    }
}

/// Units of one SKU that are held at one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldLine {
    /// What.
    pub sku: String,
    /// Where; empty for what is not counted.
    pub location: String,
    /// How many units.
    pub quantity: u32,
}

/// One change of the counters of one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Movement {
    /// Why.
    pub kind: MovementKind,
    /// Of what.
    pub sku: String,
    /// Where.
    pub location: String,
    /// Units that came or went.
    pub on_hand: i64,
    /// Units that were promised or given back.
    pub reserved: i64,
    /// When.
    pub at: Timestamp,
    /// The reason of an adjustment.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Movement {
    pub(crate) fn columns(&self) -> Vec<Value> {
        vec![self.sku.as_str().into()]
    }
}

/// Why a counter changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// It was counted.
    Count,
    /// It was corrected, with a reason.
    Adjust,
    /// It was promised to an order.
    Reserve,
    /// It was given back by an order.
    Release,
}
