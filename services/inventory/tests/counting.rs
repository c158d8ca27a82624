//! Stock that is counted, or corrected.

mod common;

use common::{Warehouse, adjust, check, count};
use contracts::messages::StockPolicy;
use inventory::{Movement, MovementKind};

#[test]
fn less_than_is_reserved_can_neither_be_counted_nor_taken_away() {
    check(
        "count shoe main 5 -> shoe main 0/5
         count shoe shop 5 -> shoe main 0/5 shop 0/5
         reserve o-1 3 shoe -> reserved 3 shoe@main; = held; shoe main 3/5 shop 0/5
         count shoe main 2 -> refused stock_below_reserved
         count shoe main 3 -> shoe main 3/3 shop 0/5
         adjust shoe main -1 -> refused stock_below_reserved
         adjust shoe main -9 -> refused stock_below_reserved
         adjust shoe shop -5 -> shoe main 3/3 shop 0/0
         adjust shoe shop -1 -> refused stock_below_reserved
         release o-1 cancelled -> released cancelled; = released; shoe main 0/3 shop 0/0
         adjust shoe main -3 -> shoe main 0/0 shop 0/0",
    );
}

#[test]
fn a_correction_needs_a_known_sku_and_may_open_a_location() {
    check(
        "adjust shoe main 5 -> refused sku_not_found
         count shoe main 1 -> shoe main 0/1
         adjust shoe attic 2 -> shoe main 0/1 attic 0/2
         adjust shoe cellar -1 -> refused stock_below_reserved
         adjust shoe main 9 -> shoe main 0/10 attic 0/2",
    );
}

#[test]
fn a_location_holds_no_more_than_the_limit() {
    check(
        "count shoe main 1000000001 -> refused stock_above_maximum
         count shoe main 18446744073709551615 -> refused stock_above_maximum
         count shoe main 999999999 -> shoe main 0/999999999
         adjust shoe main 2 -> refused stock_above_maximum
         adjust shoe main 9223372036854775807 -> refused stock_above_maximum
         adjust shoe main -9223372036854775808 -> refused stock_below_reserved
         adjust shoe main 1 -> shoe main 0/1000000000
         count shoe shop 1000000000 -> shoe main 0/1000000000 shop 0/1000000000",
    );
}

#[test]
fn what_is_meant_for_another_version_of_the_stock_is_refused() {
    check(
        "@1 count shoe main 5 -> refused version_mismatch
         @1 adjust shoe main 5 -> refused sku_not_found
         count shoe main 5 -> shoe main 0/5
         @2 count shoe main 6 -> refused version_mismatch
         @1 count shoe main 6 -> shoe main 0/6
         @1 adjust shoe main 1 -> refused version_mismatch
         @2 adjust shoe main 1 -> shoe main 0/7
         reserve o-1 3 shoe -> reserved 3 shoe@main; = held; shoe main 3/7
         @3 adjust shoe main 1 -> refused version_mismatch
         @4 adjust shoe main -5 -> refused stock_below_reserved
         @4 adjust shoe main -4 -> shoe main 3/3",
    );
}

#[test]
fn what_is_meant_for_stock_that_is_absent_changes_none_that_is_there() {
    check(
        "@absent adjust shoe main 5 -> refused sku_not_found
         @absent count shoe main 5 -> shoe main 0/5
         @absent count shoe main 6 -> refused version_mismatch
         @absent count shoe shop 6 -> refused version_mismatch
         @absent adjust shoe main 1 -> refused version_mismatch
         @1 count shoe main 6 -> shoe main 0/6",
    );
}

#[test]
fn a_correction_is_a_movement_with_its_reason() {
    let mut warehouse = Warehouse::new();
    warehouse.handle("shoe", count("shoe", "main", 5, StockPolicy::Deny));
    warehouse.handle("shoe", adjust("shoe", "main", -2));
    warehouse.handle("shoe", adjust("shoe", "main", 0));
    let movements: Vec<_> = warehouse
        .play
        .all::<Movement>()
        .map(|(_, it)| (it.kind, it.on_hand, it.reason.as_str()))
        .collect();
    assert_eq!(movements, [(MovementKind::Count, 5, ""), (MovementKind::Adjust, -2, "counted")]);
}

#[test]
fn a_count_keeps_the_policy_unless_it_names_one() {
    check(
        "count gift main 1 untracked -> gift main 0/1
         count gift main 2 -> gift main 0/2
         reserve o-1 9 gift -> reserved 9 gift@anywhere; = held
         count gift main 2 deny -> gift main 0/2
         reserve o-2 9 gift -> rejected out_of_stock; = rejected",
    );
}

#[test]
fn nothing_lies_at_a_location_without_a_name() {
    check(
        "count gift main 5 untracked -> gift main 0/5
         count gift - 5 -> refused validation_failed
         adjust gift - 5 -> refused validation_failed
         adjust gift - -5 -> refused stock_below_reserved
         reserve o-1 9 gift -> reserved 9 gift@anywhere; = held
         release o-1 cancelled -> released cancelled; = released",
    );
}
