//! Taking from the shelf and giving back: every change of a counter with its movement.

use crate::record::{
    HeldLine, Movement, MovementKind, NOT_COUNTED, Policy, Record, Reservation, movement_key,
    stock_key,
};
use contracts::messages::Line;
use service::Draft;

/// Why an order can't be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    UnknownSku,
    OutOfStock,
}

impl Shortage {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::UnknownSku => "unknown_sku",
            Self::OutOfStock => "out_of_stock",
        }
    }
}

/// Where each line can be taken from: all lines or none, greedy over the places of each SKU.
pub(crate) fn allocate(
    draft: &Draft<'_, Record>,
    lines: &[Line],
) -> Result<Vec<HeldLine>, Shortage> {
    let mut held: Vec<HeldLine> = vec![];
    for Line { sku, quantity, .. } in lines {
        let stock = draft.get(&stock_key(sku)).ok_or(Shortage::UnknownSku)?;
        let mut short = *quantity;
        if stock.policy == Policy::Untracked {
            held.push(HeldLine { sku: sku.clone(), location: NOT_COUNTED.into(), quantity: short });
            continue;
        }
        for place in &stock.places {
            let promised = held.iter().filter(|it| it.sku == *sku && it.location == place.location);
            let promised: u64 = promised.map(|it| u64::from(it.quantity)).sum();
            let free = place.available().saturating_sub(promised);
            let taken = short.min(u32::try_from(free).unwrap_or(u32::MAX));
            if taken > 0 {
                let location = place.location.clone();
                held.push(HeldLine { sku: sku.clone(), location, quantity: taken });
                short -= taken;
            }
        }
        if short > 0 {
            return Err(Shortage::OutOfStock);
        }
    }
    Ok(held)
}

/// Promises the lines of a reservation, or gives them back.
pub(crate) fn move_lines(
    draft: &mut Draft<'_, Record>,
    order_id: &str,
    reservation: &mut Reservation,
    kind: MovementKind,
) {
    for line in &reservation.lines {
        let Some(mut stock) = draft.get(&stock_key(&line.sku)).cloned() else { continue };
        let quantity = u64::from(line.quantity);
        let Some(place) = stock.places.iter_mut().find(|it| it.location == line.location) else {
            continue; // nothing is counted for it
        };
        let promises = kind == MovementKind::Reserve;
        place.reserved = match promises {
            true => place.reserved.saturating_add(quantity),
            false => place.reserved.saturating_sub(quantity),
        };
        draft.put(stock_key(&line.sku), stock);
        let reserved = i64::from(line.quantity) * if promises { 1 } else { -1 };
        let movement = Movement {
            kind,
            sku: line.sku.clone(),
            location: line.location.clone(),
            on_hand: 0,
            reserved,
            at: draft.now,
            reason: String::new(),
        };
        draft.append(movement_key(order_id, reservation.movements), movement);
        reservation.movements += 1;
    }
}
