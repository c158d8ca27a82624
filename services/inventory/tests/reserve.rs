//! Holding stock for an order: where it is taken from, and when it is refused.

mod common;

use common::{Warehouse, check, count, reserve};
use contracts::messages::StockPolicy;
use inventory::LOCATIONS_MAX;
use service::{Decision, Reply};
use std::time::Duration;

#[test]
fn a_line_is_taken_from_the_first_places_that_have_some() {
    check(
        "count shoe main 2 -> shoe main 0/2
         count shoe shop 5 -> shoe main 0/2 shop 0/5
         reserve o-1 1 shoe -> reserved 1 shoe@main; = held; shoe main 1/2 shop 0/5
         reserve o-2 3 shoe -> reserved 1 shoe@main 2 shoe@shop; = held; shoe main 2/2 shop 2/5
         reserve o-3 1 shoe -> reserved 1 shoe@shop; = held; shoe main 2/2 shop 3/5
         release o-2 expired -> released expired; = released; shoe main 1/2 shop 1/5
         reserve o-4 1 shoe -> reserved 1 shoe@main; = held; shoe main 2/2 shop 1/5",
    );
}

#[test]
fn two_lines_of_one_sku_do_not_take_the_same_unit() {
    check(
        "count shoe main 2 -> shoe main 0/2
         count shoe shop 1 -> shoe main 0/2 shop 0/1
         reserve o-1 2 shoe 2 shoe -> rejected out_of_stock; = rejected
         reserve o-2 1 shoe 2 shoe -> reserved 1 shoe@main 1 shoe@main 1 shoe@shop; = held; \
         shoe main 2/2 shop 1/1",
    );
}

#[test]
fn all_lines_are_held_or_none() {
    check(
        "count shoe main 5 -> shoe main 0/5
         count hat main 1 -> hat main 0/1
         reserve o-1 2 shoe 2 hat -> rejected out_of_stock; = rejected
         reserve o-2 2 shoe 1 sock -> rejected unknown_sku; = rejected
         reserve o-3 5 shoe 1 hat -> reserved 5 shoe@main 1 hat@main; = held; \
         shoe main 5/5; hat main 1/1",
    );
}

#[test]
fn no_quantity_is_too_large_to_be_refused() {
    check(
        "count shoe main 10 -> shoe main 0/10
         reserve o-1 4294967295 shoe 4294967295 shoe -> rejected out_of_stock; = rejected
         count shoe main 1000000000 -> shoe main 0/1000000000
         reserve o-2 1000000000 shoe -> reserved 1000000000 shoe@main; = held; \
         shoe main 1000000000/1000000000
         reserve o-3 1 shoe -> rejected out_of_stock; = rejected",
    );
}

#[test]
fn an_order_of_nothing_is_held_like_any_other() {
    check(
        "reserve o-1 -> reserved; = held
         commit o-1 -> committed; = committed
         release o-1 cancelled -> released cancelled; = released",
    );
}

#[test]
fn what_is_not_tracked_is_always_granted_and_never_counted() {
    check(
        "count gift main 1 untracked -> gift main 0/1
         reserve o-1 7 gift -> reserved 7 gift@anywhere; = held
         commit o-1 -> committed; = committed
         release o-1 cancelled -> released cancelled; = released
         count gift main 1 deny -> gift main 0/1
         reserve o-2 2 gift -> rejected out_of_stock; = rejected
         reserve o-3 1 gift -> reserved 1 gift@main; = held; gift main 1/1
         count gift main 1 untracked -> gift main 1/1
         release o-3 cancelled -> released cancelled; = released; gift main 0/1",
    );
}

#[test]
fn a_repeated_reservation_is_answered_again_and_holds_nothing_more() {
    check(
        "count shoe main 5 -> shoe main 0/5
         reserve o-1 2 shoe -> reserved 2 shoe@main; = held; shoe main 2/5
         reserve o-1 2 shoe -> reserved 2 shoe@main; = held
         reserve o-1 4 shoe -> reserved 2 shoe@main; = held
         commit o-1 -> committed; = committed
         commit o-1 -> committed; = committed
         reserve o-1 2 shoe -> reserved 2 shoe@main; = committed
         reserve o-2 9 shoe -> rejected out_of_stock; = rejected
         count shoe main 20 -> shoe main 2/20
         reserve o-2 9 shoe -> rejected out_of_stock; = rejected
         commit o-2 -> rejected out_of_stock; = rejected
         commit o-3 -> illegal: \"no reservation\"",
    );
}

#[test]
fn a_sku_lies_at_a_hundred_locations_and_an_order_may_take_from_all_of_them() {
    let mut warehouse = Warehouse::new();
    let location = |number: usize| format!("shelf-{number}");
    for number in 0..LOCATIONS_MAX {
        warehouse.handle("shoe", count("shoe", &location(number), 1, StockPolicy::Deny));
    }
    let one_more = count("shoe", &location(LOCATIONS_MAX), 1, StockPolicy::Deny);
    let Decision::Apply(changes) = warehouse.handle("shoe", one_more) else { panic!("no reply") };
    let Some(Reply::Refused { code, .. }) = changes.reply else { panic!("it has a place") };
    assert_eq!((code.as_str(), changes.writes), ("too_many_locations", vec![]));

    let deadline = warehouse.now + Duration::from_secs(60);
    warehouse.handle("o-1", reserve("o-1", &[(101, "shoe")], deadline));
    assert_eq!(warehouse.stock("shoe").map(inventory::Stock::reserved), Some(0));
    warehouse.handle("o-2", reserve("o-2", &[(100, "shoe")], deadline));
    let held = warehouse.reservation("o-2").expect("a reservation");
    let places: Vec<(String, u32)> =
        held.lines.iter().map(|line| (line.location.clone(), line.quantity)).collect();
    assert_eq!(places, (0..LOCATIONS_MAX).map(|it| (location(it), 1)).collect::<Vec<_>>());
    let stock = warehouse.stock("shoe").expect("a stock");
    assert!(stock.places.iter().all(|place| place.available() == 0));
}
