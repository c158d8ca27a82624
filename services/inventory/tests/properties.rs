//! What holds whatever comes: every command on several SKUs, locations and orders, repeated, in any
//! order, for orders that nobody knows, with timers that are late and a clock that jumps.

mod common;

use common::{Warehouse, adjust, commit, count, expired, release, reserve};
use contracts::Body;
use contracts::messages::StockPolicy;
use inventory::{Movement, ON_HAND_MAX, Record, Reservation, ReservationState, Stock, stock_key};
use proptest::prelude::*;
use service::{Decision, Reply};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Something that may happen.
#[derive(Clone, Debug)]
enum Event {
    Count {
        sku: &'static str,
        location: &'static str,
        on_hand: u64,
        policy: StockPolicy,
        version: u64,
    },
    Adjust {
        sku: &'static str,
        location: &'static str,
        delta: i64,
        version: u64,
    },
    Reserve {
        order: &'static str,
        lines: Vec<(u32, &'static str)>,
        seconds: u64,
    },
    Commit {
        order: &'static str,
    },
    Release {
        order: &'static str,
    },
    Expired {
        order: &'static str,
    },
    /// The order's timer rings, if it is due.
    Timer {
        order: &'static str,
    },
    Silence {
        seconds: u64,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let of = |names: &'static [&'static str]| prop::sample::select(names);
    let order = || of(&["o-1", "o-2", "o-3", "o-4", "shoe"]);
    let sku = || of(&["shoe", "hat", "gift"]);
    let location = || of(&["main", "shop", "attic", ""]);
    let policy = prop_oneof![
        6 => Just(StockPolicy::Unspecified),
        1 => Just(StockPolicy::Deny),
        1 => Just(StockPolicy::Untracked),
    ];
    let line = (0..4_u32, of(&["shoe", "shoe", "hat", "gift", "sock"]));
    // Of the stock that a command is meant for; mostly any.
    let version = || prop_oneof![3 => Just(0), 1 => 1..6_u64];
    let on_hand = prop_oneof![9 => 0..6_u64, 1 => ON_HAND_MAX - 1..ON_HAND_MAX + 2];
    let delta = prop_oneof![9 => -3..4_i64, 1 => any::<i64>()];
    let counts = (sku(), location(), on_hand, policy, version());
    let reserves = (order(), prop::collection::vec(line, 0..4), 0..100_u64);
    prop_oneof![
        4 => counts.prop_map(|(sku, location, on_hand, policy, version)| {
            Event::Count { sku, location, on_hand, policy, version }
        }),
        2 => (sku(), location(), delta, version()).prop_map(|(sku, location, delta, version)| {
            Event::Adjust { sku, location, delta, version }
        }),
        8 => reserves.prop_map(|(order, lines, seconds)| Event::Reserve { order, lines, seconds }),
        3 => order().prop_map(|order| Event::Commit { order }),
        3 => order().prop_map(|order| Event::Release { order }),
        1 => order().prop_map(|order| Event::Expired { order }),
        3 => order().prop_map(|order| Event::Timer { order }),
        2 => (0..100_u64).prop_map(|seconds| Event::Silence { seconds }),
    ]
}

fn happen(warehouse: &mut Warehouse, event: &Event) -> Option<(Body, Decision<Record>)> {
    let (subject, body) = match event {
        Event::Count { sku, location, on_hand, policy, version } => {
            let body = count(sku, location, *on_hand, *policy);
            return Some(at_version(warehouse, *version, sku, body));
        }
        Event::Adjust { sku, location, delta, version } => {
            return Some(at_version(warehouse, *version, sku, adjust(sku, location, *delta)));
        }
        Event::Reserve { order, lines, seconds } => {
            (*order, reserve(order, lines, warehouse.now + Duration::from_secs(*seconds)))
        }
        Event::Commit { order } => (*order, commit(order)),
        Event::Release { order } => (*order, release(order, "cancelled")),
        Event::Expired { order } => (*order, expired(order)),
        Event::Timer { order } => {
            let due = deadline(warehouse, order).filter(|at| *at <= warehouse.now)?;
            let decision = warehouse.ring(order).expect("a timer");
            assert!(due <= warehouse.now);
            return Some((expired(order), decision));
        }
        Event::Silence { seconds } => {
            warehouse.pass(*seconds);
            return None;
        }
    };
    let decision = warehouse.handle(subject, body.clone());
    Some((body, decision))
}

/// It goes through only if the stock has that version.
fn at_version(
    warehouse: &mut Warehouse,
    version: u64,
    sku: &str,
    body: Body,
) -> (Body, Decision<Record>) {
    let actual = warehouse.play.version(&stock_key(sku));
    let decision = warehouse.handle_at_version(version, sku, body.clone());
    if let Decision::Apply(changes) = &decision {
        let refused = match &changes.reply {
            Some(Reply::Refused { code, .. }) => code.as_str(),
            _ => "",
        };
        let fits = version == 0 || version == actual;
        assert!(fits || ["version_mismatch", "sku_not_found"].contains(&refused), "{decision:?}");
        assert!(!fits || refused != "version_mismatch", "{decision:?}");
        assert_eq!(refused.is_empty(), !changes.writes.is_empty(), "{decision:?}");
    }
    (body, decision)
}

/// When the timer of an order's hold rings.
fn deadline(warehouse: &Warehouse, order: &str) -> Option<contracts::Timestamp> {
    warehouse.play.timers.get(&(order.into(), "hold".into())).map(|(at, _)| *at)
}

type Places = BTreeMap<(String, String), (i64, i64)>;

/// On hand and reserved at every place.
fn counted(warehouse: &Warehouse) -> Places {
    let mut places = Places::new();
    for (key, stock) in warehouse.play.all::<Stock>() {
        for place in &stock.places {
            assert!(place.reserved <= place.on_hand, "{key:?}: {place:?}");
            let here = (key.subject.to_string(), place.location.clone());
            let signed = |units: u64| i64::try_from(units).expect("few units");
            let twice = places.insert(here, (signed(place.on_hand), signed(place.reserved)));
            assert_eq!(twice, None, "two places of one name: {stock:?}");
        }
    }
    places
}

fn counters_are_the_sum_of_the_movements(warehouse: &Warehouse) {
    let mut sums: Places = counted(warehouse).into_keys().map(|here| (here, (0, 0))).collect();
    for (_, movement) in warehouse.play.all::<Movement>() {
        let here = (movement.sku.clone(), movement.location.clone());
        let sum = sums.get_mut(&here).expect("a place that exists");
        *sum = (sum.0 + movement.on_hand, sum.1 + movement.reserved);
        assert!((movement.on_hand, movement.reserved) != (0, 0), "nothing moved: {movement:?}");
    }
    assert_eq!(sums, counted(warehouse));
}

fn what_is_reserved_is_what_open_reservations_hold(warehouse: &Warehouse) {
    let mut held: BTreeMap<(String, String), i64> =
        counted(warehouse).into_keys().map(|here| (here, 0)).collect();
    let open = warehouse.play.all::<Reservation>().filter(|(_, it)| it.is_open());
    for line in open.flat_map(|(_, it)| &it.lines).filter(|line| !line.location.is_empty()) {
        let here = (line.sku.clone(), line.location.clone());
        *held.get_mut(&here).expect("a place that exists") += i64::from(line.quantity);
    }
    let reserved: BTreeMap<(String, String), i64> =
        counted(warehouse).into_iter().map(|(here, (_, reserved))| (here, reserved)).collect();
    assert_eq!(held, reserved);
}

/// A hold that was ended by another order's allocation leaves its timer, which then finds nothing.
fn every_hold_has_one_timer(warehouse: &Warehouse) {
    for (key, reservation) in warehouse.play.all::<Reservation>() {
        let timer = deadline(warehouse, key.subject.as_str());
        match reservation.state {
            ReservationState::Held => assert_eq!(timer, Some(reservation.expires_at), "{key:?}"),
            ReservationState::Released => {}
            _ => assert_eq!(timer, None, "{key:?}: {reservation:?}"),
        }
    }
    let orders: BTreeSet<&str> =
        warehouse.play.all::<Reservation>().map(|(key, _)| key.subject.as_str()).collect();
    let timers = warehouse.play.timers.keys();
    assert!(timers.clone().all(|(order, _)| orders.contains(order.as_str())));
}

fn may_follow(before: &Reservation, after: &Reservation) -> bool {
    use ReservationState::{Committed, Consumed, Held, Rejected, Released};
    match before.state {
        Held => matches!(after.state, Held | Committed | Released),
        Committed => matches!(after.state, Committed | Released),
        Released if before.lapsed => matches!(after.state, Released | Committed),
        Released | Rejected | Consumed => after == before,
    }
}

type Reservations = BTreeMap<String, Reservation>;

fn reservations(warehouse: &Warehouse) -> Reservations {
    let all = warehouse.play.all::<Reservation>();
    all.map(|(key, it)| (key.subject.to_string(), it.clone())).collect()
}

fn nothing_is_taken_back(before: &Reservations, after: &Reservations) {
    for (order, old) in before {
        let new = &after[order];
        assert!(may_follow(old, new), "{order}: {old:?} -> {new:?}");
        assert!(old.movements <= new.movements);
    }
}

/// What a saga is told is so.
fn answers_are_true(warehouse: &Warehouse, decision: &Decision<Record>) {
    let Decision::Apply(changes) = decision else { return };
    for sent in &changes.sends {
        let state = |order: &str| warehouse.reservation(order).map(|it| it.state);
        match &sent.body {
            Body::InventoryReserved(it) => {
                let reservation = warehouse.reservation(&it.order_id).expect("it is kept");
                let told = it.lines.iter().map(|line| (&line.sku, &line.location, line.quantity));
                let kept = reservation.lines.iter().map(|it| (&it.sku, &it.location, it.quantity));
                assert!(reservation.is_open() && told.eq(kept), "{reservation:?}");
            }
            Body::InventoryCommitted(it) => {
                assert_eq!(state(&it.order_id), Some(ReservationState::Committed));
            }
            Body::InventoryRejected(it) => {
                let reservation = warehouse.reservation(&it.order_id).expect("it is kept");
                assert!(!reservation.is_open(), "{reservation:?}");
            }
            Body::InventoryReleased(it) => {
                let reservation = warehouse.reservation(&it.order_id).expect("a tombstone");
                assert!(!reservation.is_open(), "{reservation:?}");
            }
            Body::StockLevelChanged(it) => {
                let stock = warehouse.stock(&it.sku).expect("a stock");
                assert_eq!((it.on_hand, it.reserved), (stock.on_hand(), stock.reserved()));
            }
            other => panic!("who says {other:?}?"),
        }
    }
}

fn thorough() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(thorough())]

    #[test]
    fn whatever_comes_the_stock_is_right(story in prop::collection::vec(event(), 1..60)) {
        let mut warehouse = Warehouse::new();
        let mut released: BTreeSet<String> = BTreeSet::new();
        for event in &story {
            let before = reservations(&warehouse);
            // That no key is appended twice is watched where the records are kept.
            let Some((body, decision)) = happen(&mut warehouse, event) else { continue };
            answers_are_true(&warehouse, &decision);
            counters_are_the_sum_of_the_movements(&warehouse);
            what_is_reserved_is_what_open_reservations_hold(&warehouse);
            every_hold_has_one_timer(&warehouse);
            let after = reservations(&warehouse);
            nothing_is_taken_back(&before, &after);
            if let Body::ReleaseInventory(command) = body {
                released.insert(command.order_id);
            }
            for order in &released {
                prop_assert!(!after[order].is_open(), "{order} is held again");
            }
        }
    }

    /// When every timer has rung, nothing is held that nobody has committed.
    #[test]
    fn what_nobody_commits_is_given_back(story in prop::collection::vec(event(), 1..40)) {
        let mut warehouse = Warehouse::new();
        for event in &story {
            happen(&mut warehouse, event);
        }
        warehouse.pass(1_000);
        let orders: Vec<String> =
            warehouse.play.timers.keys().map(|(order, _)| order.to_string()).collect();
        for order in orders {
            warehouse.ring(&order);
        }
        prop_assert!(warehouse.play.timers.is_empty());
        let held = warehouse.play.all::<Reservation>();
        prop_assert!(held.into_iter().all(|(_, it)| it.state != ReservationState::Held));
        counters_are_the_sum_of_the_movements(&warehouse);
        what_is_reserved_is_what_open_reservations_hold(&warehouse);
    }
}
