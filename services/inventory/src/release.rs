//! Giving stock back. What was released stays released.

use crate::record::{MovementKind, Record, Reservation, ReservationState, reservation_key};
use crate::reserve::HOLD;
use crate::shelf::move_lines;
use contracts::Timestamp;
use contracts::messages::InventoryReleased;
use contracts::planted::{Bug, planted};
use service::{Decision, Draft};

/// Whatever is held for the order, now or if it comes later.
pub(crate) fn release(mut draft: Draft<'_, Record>, reason: &str) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    let known = draft.get(&reservation_key(&order_id)).cloned();
    draft.answer(InventoryReleased { order_id: order_id.clone(), reason: reason.into() });
    match known {
        None if planted(Bug::NoTombstone) => {}
        None => {
            let tombstone = Reservation {
                state: ReservationState::Released,
                reason: Some(reason.into()),
                lapsed: false,
                lines: vec![],
                expires_at: Timestamp(0),
                movements: 0,
            };
            draft.put(reservation_key(&order_id), tombstone);
        }
        Some(open) if open.is_open() => {
            draft.cancel_timer(HOLD);
            give_back(&mut draft, &order_id, open, reason);
        }
        // One that lapsed could be taken again by a late commit; not after this.
        Some(lapsed) if lapsed.lapsed => {
            let reason = Some(reason.into());
            let closed = Reservation { reason, lapsed: false, ..lapsed };
            draft.put(reservation_key(&order_id), closed);
        }
        Some(_) => {}
    }
    draft.apply()
}

pub(crate) fn hold_expired(mut draft: Draft<'_, Record>) -> Decision<Record> {
    let order_id = draft.message.subject.to_string();
    match draft.get(&reservation_key(&order_id)).cloned() {
        Some(held) if held.state == ReservationState::Held && held.expires_at <= draft.now => {
            lapse(&mut draft, &order_id, held);
            let reason = "expired".into();
            draft.send(InventoryReleased { order_id, reason });
            draft.apply()
        }
        _ => Decision::Ignore("the hold was settled before its deadline"),
    }
}

fn give_back(draft: &mut Draft<'_, Record>, order_id: &str, mut open: Reservation, reason: &str) {
    move_lines(draft, order_id, &mut open, MovementKind::Release);
    let state = ReservationState::Released;
    let released = Reservation { state, reason: Some(reason.into()), ..open };
    draft.put(reservation_key(order_id), released);
}

/// The deadline has passed.
pub(crate) fn lapse(draft: &mut Draft<'_, Record>, order_id: &str, held: Reservation) {
    give_back(draft, order_id, Reservation { lapsed: true, ..held }, "expired");
}
