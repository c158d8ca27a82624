//! Stock that is counted, or corrected.

mod common;

use common::check;

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
         adjust shoe main 9223372036854775807 -> \
         shoe main 0/9223372036854775808 attic 0/2",
    );
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
