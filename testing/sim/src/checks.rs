//! What SQL would say in a real database: its CHECKs, and the index of expiring holds.

use engine::{Row, UnitOfWork, Write, codec};
use inventory::{Reservation, ReservationState};
use service::{Kept, Value};

/// The rules let it pass, the CHECK of the database doesn't: it is stricter here than in SQL, where
/// no rule lets pass what a CHECK refuses.
pub const ABSURD_DELTA: i64 = 900_000_000;

/// The largest count that the CHECK lets pass.
const ON_HAND_MAX: i64 = 800_000_000;

/// What the databases' CHECKs would say of a unit.
pub fn failed_check(unit: &UnitOfWork) -> Option<String> {
    let absurd = |write: &&Write| {
        write.key.record.kind.name == "stock"
            && write.columns.first() > Some(&Value::Integer(ON_HAND_MAX))
    };
    let found = unit.writes.iter().find(absurd)?;
    Some(format!("CHECK constraint failed: on_hand of {:?}", found.key.record))
}

/// The deadline of a hold; nothing for any other row.
pub fn expires_at(row: &Row) -> Option<i64> {
    let record: inventory::Record = codec::decode(&row.body).ok()?;
    let held = Reservation::of(&record).filter(|it| it.state == ReservationState::Held)?;
    Some(held.expires_at.micros())
}
