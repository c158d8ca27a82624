//! Inventory: stock per SKU and location, held for an order until the order is settled.
//!
//! Invariant: at every location 0 <= reserved <= on hand; the counters are the sum of the
//! movements; a reservation is resolved once, and what was released stays released.

mod counting;
pub mod examples;
mod record;
mod release;
mod reserve;
mod shelf;

pub use record::{
    HeldLine, LOCATIONS_MAX, MOVEMENTS, Movement, MovementKind, ON_HAND_MAX, Place, Policy,
    RESERVATIONS, RESERVATIONS_EXPIRING, Record, Reservation, ReservationState, STOCK, Stock,
    movement_key, reservation_key, stock_key,
};

use contracts::{Body, Message, MessageType, ServiceName, Timestamp};
use service::{Decision, Draft, RecordKey, RecordKind, Records, Service};

/// The service.
pub struct Inventory;

impl Service for Inventory {
    type Record = Record;
    const NAME: ServiceName = ServiceName::Inventory;
    const RECORDS: &'static [&'static RecordKind] = &[&STOCK, &RESERVATIONS, &MOVEMENTS];

    fn accepts() -> &'static [MessageType] {
        use MessageType as M;
        &[
            M::ReserveInventory,
            M::CommitInventory,
            M::ReleaseInventory,
            M::SetStock,
            M::AdjustStock,
            M::HoldExpired,
        ]
    }

    fn reads(&self, message: &Message) -> Vec<RecordKey> {
        match &message.body {
            Body::SetStock(_) | Body::AdjustStock(_) => {
                vec![stock_key(message.subject.as_str()).into()]
            }
            Body::ReserveInventory(reserve) => {
                let stock = reserve.lines.iter().map(|line| stock_key(&line.sku).into());
                stock.chain([reservation_key(message.subject.as_str()).into()]).collect()
            }
            _ => vec![reservation_key(message.subject.as_str()).into()],
        }
    }

    fn decide(
        &self,
        records: &Records<Record>,
        message: &Message,
        now: Timestamp,
    ) -> Decision<Record> {
        let draft = Draft::new(records, message, now);
        match &message.body {
            Body::ReserveInventory(command) => reserve::reserve(draft, command),
            Body::CommitInventory(_) => reserve::commit(draft),
            Body::ReleaseInventory(command) => release::release(draft, &command.reason),
            Body::HoldExpired(_) => release::hold_expired(draft),
            Body::SetStock(command) => counting::set(draft, command),
            Body::AdjustStock(command) => counting::adjust(draft, command),
            _ => draft.illegal("any"),
        }
    }
}
