//! Holding stock for an order, and making the hold final.

use crate::record::{
    MovementKind, RESERVATIONS, RESERVATIONS_EXPIRING, Record, Reservation, ReservationState,
    reservation_key,
};
use crate::release::lapse;
use crate::shelf::{Shortage, allocate, move_lines};
use contracts::Timestamp;
use contracts::messages as m;
use contracts::messages::{InventoryCommitted, InventoryRejected, InventoryReserved, Line};
use service::{Decision, Draft, Key, Range};

/// The label of the timer that ends a hold.
pub(crate) const HOLD: &str = "hold";
/// Expired holds that one command gives back.
const RECLAIMED_MAX: u32 = 100;

type Work<'a> = Draft<'a, Record>;

pub(crate) fn reserve(mut draft: Work<'_>, command: &m::ReserveInventory) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    if let Some(known) = draft.get(&reservation_key(&order_id)).cloned() {
        return answer_again(draft, &known);
    }
    let allocated = match allocate(&draft, &command.lines) {
        Err(Shortage::OutOfStock) => {
            reclaim_expired(&mut draft, &command.lines);
            allocate(&draft, &command.lines)
        }
        allocated => allocated,
    };
    let blank = Reservation {
        state: ReservationState::Held,
        reason: None,
        lapsed: false,
        lines: vec![],
        expires_at: Timestamp(command.expires_at),
        movements: 0,
    };
    match allocated {
        Ok(lines) => {
            let mut held = Reservation { lines, ..blank };
            move_lines(&mut draft, &order_id, &mut held, MovementKind::Reserve);
            draft.answer(reserved(&order_id, &held));
            let expired = m::HoldExpired { order_id: order_id.clone() };
            draft.set_timer(HOLD, held.expires_at, expired);
            draft.put(reservation_key(&order_id), held);
        }
        Err(shortage) => {
            let reason = shortage.reason();
            draft.answer(rejected(&order_id, reason));
            let state = ReservationState::Rejected;
            let refused = Reservation { state, reason: Some(reason.into()), ..blank };
            draft.put(reservation_key(&order_id), refused);
        }
    }
    draft.apply()
}

/// A known reservation is never decided twice; what was released is refused.
fn answer_again(mut draft: Work<'_>, known: &Reservation) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    match known.state {
        ReservationState::Held | ReservationState::Committed | ReservationState::Consumed => {
            draft.answer(reserved(&order_id, known));
        }
        ReservationState::Rejected => {
            draft.answer(rejected(&order_id, known.reason.as_deref().unwrap_or("out_of_stock")));
        }
        ReservationState::Released => draft.answer(rejected(&order_id, "released")),
    }
    draft.apply()
}

/// Holds whose deadline has passed don't cost a sale, even if their timers are late.
fn reclaim_expired(draft: &mut Work<'_>, lines: &[Line]) {
    let now = draft.now.micros();
    let expiring = Range::up_to(&RESERVATIONS, &RESERVATIONS_EXPIRING, now, RECLAIMED_MAX);
    let keys = draft.range(&expiring);
    draft.want(keys.iter().cloned());
    for key in keys {
        let order_id = key.subject.as_str();
        let Some(hold) = draft.get(&Key::<Reservation>::new(&RESERVATIONS, order_id)) else {
            continue;
        };
        let is_expired = hold.state == ReservationState::Held && hold.expires_at <= draft.now;
        let helps = hold.lines.iter().any(|held| lines.iter().any(|line| line.sku == held.sku));
        if is_expired && helps {
            let hold = hold.clone();
            lapse(draft, order_id, hold);
        }
    }
}

pub(crate) fn commit(mut draft: Work<'_>) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    let Some(known) = draft.get(&reservation_key(&order_id)).cloned() else {
        return draft.illegal("no reservation");
    };
    match known.state {
        ReservationState::Held => commit_held(&mut draft, &order_id, known),
        ReservationState::Committed | ReservationState::Consumed => {
            draft.answer(InventoryCommitted { order_id });
        }
        ReservationState::Released if known.lapsed => {
            take_again(&mut draft, &order_id, known);
        }
        ReservationState::Released | ReservationState::Rejected => {
            let reason = known.reason.as_deref().unwrap_or("released");
            draft.answer(rejected(&order_id, reason));
        }
    }
    draft.apply()
}

fn commit_held(draft: &mut Work<'_>, order_id: &str, held: Reservation) {
    draft.cancel_timer(HOLD);
    draft.answer(InventoryCommitted { order_id: order_id.into() });
    let committed = Reservation { state: ReservationState::Committed, ..held };
    draft.put(reservation_key(order_id), committed);
}

/// The hold ran out a moment ago: the same lines are taken again, if they are still there.
fn take_again(draft: &mut Work<'_>, order_id: &str, expired: Reservation) {
    let line = |it: &crate::HeldLine| Line {
        sku: it.sku.clone(),
        quantity: it.quantity,
        unit_price: None,
    };
    let lines: Vec<Line> = expired.lines.iter().map(line).collect();
    match allocate(draft, &lines) {
        Ok(lines) => {
            let mut held = Reservation { lines, reason: None, lapsed: false, ..expired };
            move_lines(draft, order_id, &mut held, MovementKind::Reserve);
            commit_held(draft, order_id, held);
        }
        Err(_) => draft.answer(rejected(order_id, "expired")),
    }
}

fn reserved(order_id: &str, held: &Reservation) -> InventoryReserved {
    let place = |line: &crate::HeldLine| m::Place {
        sku: line.sku.clone(),
        location: line.location.clone(),
        quantity: line.quantity,
    };
    InventoryReserved {
        order_id: order_id.into(),
        lines: held.lines.iter().map(place).collect(),
        expires_at: held.expires_at.micros(),
    }
}

fn rejected(order_id: &str, reason: &str) -> InventoryRejected {
    InventoryRejected { order_id: order_id.into(), reason: reason.into() }
}
