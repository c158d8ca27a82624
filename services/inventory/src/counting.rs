//! Stock that is counted, or corrected.

use crate::record::{
    LOCATIONS_MAX, Movement, MovementKind, NOT_COUNTED, ON_HAND_MAX, Place, Policy, Record, Stock,
    movement_key, stock_key,
};
use contracts::messages::{AdjustStock, SetStock, StockLevelChanged, StockPolicy};
use service::{Decision, Draft, Reply, Versioned};

type Work<'a> = Draft<'a, Record>;

/// Sets what was counted at one location.
pub(crate) fn set(draft: Work<'_>, command: &SetStock) -> Decision<Record> {
    let sku = draft.message.subject.to_string();
    let draft = match draft.expecting_version(&stock_key(&sku)) {
        Ok(draft) => draft,
        Err(refusal) => return refusal,
    };
    let mut stock = draft.get(&stock_key(&sku)).cloned().unwrap_or_default();
    stock.policy = match command.policy() {
        StockPolicy::Deny => Policy::Deny,
        StockPolicy::Untracked => Policy::Untracked,
        StockPolicy::Unspecified => stock.policy,
    };
    let kind = MovementKind::Count;
    change(draft, stock, &sku, &command.location, command.on_hand, kind, "")
}

/// Adds to what lies at one location, or takes from it.
pub(crate) fn adjust(draft: Work<'_>, command: &AdjustStock) -> Decision<Record> {
    let AdjustStock { sku: _, location, delta, reason } = command;
    let sku = &draft.message.subject.to_string();
    let Some(stock) = draft.get(&stock_key(sku)).cloned() else {
        let detail = format!("there is no SKU {sku}: make it with PUT /stock/{sku}");
        return draft.refuse("sku_not_found", detail);
    };
    let draft = match draft.expecting_version(&stock_key(sku)) {
        Ok(draft) => draft,
        Err(refusal) => return refusal,
    };
    let here = stock.places.iter().find(|place| place.location == *location);
    let before = here.map_or(0, |place| place.on_hand);
    match before.checked_add_signed(*delta) {
        Some(on_hand) => change(draft, stock, sku, location, on_hand, MovementKind::Adjust, reason),
        None => {
            let detail = format!("{sku} at {location} has {before} units: {delta} can't be taken");
            draft.refuse("stock_below_reserved", detail)
        }
    }
}

fn change(
    mut draft: Work<'_>,
    mut stock: Stock,
    sku: &str,
    location: &str,
    on_hand: u64,
    kind: MovementKind,
    reason: &str,
) -> Decision<Record> {
    // No place may be called like the one where nothing is counted.
    if location == NOT_COUNTED {
        return draft.refuse("validation_failed", format!("{sku} needs a location"));
    }
    if on_hand > ON_HAND_MAX {
        let detail = format!("{sku} at {location} would have {on_hand} units, not {ON_HAND_MAX}");
        return draft.refuse("stock_above_maximum", detail);
    }
    if !stock.places.iter().any(|place| place.location == location) {
        if stock.places.len() >= LOCATIONS_MAX {
            let detail = format!("{sku} has {LOCATIONS_MAX} locations already");
            return draft.refuse("too_many_locations", detail);
        }
        stock.places.push(Place { location: location.into(), on_hand: 0, reserved: 0 });
    }
    let Some(place) = stock.places.iter_mut().find(|place| place.location == location) else {
        return draft.illegal("no place");
    };
    if on_hand < place.reserved {
        let reserved = place.reserved;
        let detail = format!("{sku} at {location} has {reserved} units reserved, not {on_hand}");
        return draft.refuse("stock_below_reserved", detail);
    }
    let signed = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
    let delta = signed(on_hand).saturating_sub(signed(place.on_hand));
    place.on_hand = on_hand;
    if delta != 0 {
        let movement = Movement {
            kind,
            sku: sku.into(),
            location: location.into(),
            on_hand: delta,
            reserved: 0,
            at: draft.now,
            reason: reason.into(),
        };
        // A name of its own: a SKU and an order may have the same id.
        draft.append(movement_key(&format!("{sku}!counts"), stock.movements), movement);
        stock.movements += 1;
    }
    let (on_hand, reserved) = (stock.on_hand(), stock.reserved());
    draft.send(StockLevelChanged { sku: sku.into(), on_hand, reserved });
    draft.put(stock_key(sku), stock.clone());
    let version = draft.version(&stock_key(sku));
    draft.reply(Reply::accepted(&Versioned { version, content: stock }));
    draft.apply()
}
