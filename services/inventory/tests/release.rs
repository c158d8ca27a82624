//! Giving stock back, by command and by deadline.

mod common;

use common::check;

#[test]
fn what_was_released_by_command_is_never_taken_again() {
    check(
        "count shoe main 5 -> shoe main 0/5
         reserve o-1 2 shoe -> reserved 2 shoe@main; = held; shoe main 2/5
         release o-1 payment_declined -> released payment_declined; = released; shoe main 0/5
         release o-1 expired -> released expired; = released
         reserve o-1 2 shoe -> rejected released; = released
         commit o-1 -> rejected payment_declined; = released
         ring o-1 -> silence",
    );
}

#[test]
fn a_release_that_comes_before_its_reservation_refuses_it() {
    check(
        "count shoe main 5 -> shoe main 0/5
         release o-1 expired -> released expired; = released
         reserve o-1 2 shoe -> rejected released; = released
         commit o-1 -> rejected expired; = released
         expired o-1 -> ignored: the hold was settled before its deadline",
    );
}

#[test]
fn what_was_committed_or_rejected_is_released_as_well() {
    check(
        "count shoe main 5 -> shoe main 0/5
         reserve o-1 2 shoe -> reserved 2 shoe@main; = held; shoe main 2/5
         commit o-1 -> committed; = committed
         ring o-1 -> silence
         release o-1 cancelled -> released cancelled; = released; shoe main 0/5
         reserve o-2 9 shoe -> rejected out_of_stock; = rejected
         release o-2 out_of_stock -> released out_of_stock; = rejected",
    );
}

#[test]
fn a_hold_lapses_at_its_deadline_and_not_before() {
    check(
        "count shoe main 5 -> shoe main 0/5
         reserve o-1 2 shoe -> reserved 2 shoe@main; = held; shoe main 2/5
         after 59 min
         expired o-1 -> ignored: the hold was settled before its deadline
         after 1 min
         ring o-1 -> released expired; = lapsed; shoe main 0/5
         expired o-1 -> ignored: the hold was settled before its deadline
         reserve o-1 2 shoe -> rejected released; = lapsed",
    );
}

#[test]
fn a_commit_of_a_lapsed_hold_takes_the_stock_again_if_it_is_still_there() {
    check(
        "count shoe main 2 -> shoe main 0/2
         count shoe shop 2 -> shoe main 0/2 shop 0/2
         reserve o-1 2 shoe -> reserved 2 shoe@main; = held; shoe main 2/2 shop 0/2
         after 60 min
         ring o-1 -> released expired; = lapsed; shoe main 0/2 shop 0/2
         reserve o-2 1 shoe -> reserved 1 shoe@main; = held; shoe main 1/2 shop 0/2
         commit o-1 -> committed; = committed; shoe main 2/2 shop 1/2
         expired o-1 -> ignored: the hold was settled before its deadline
         release o-1 cancelled -> released cancelled; = released; shoe main 1/2 shop 0/2",
    );
}

#[test]
fn a_commit_of_a_lapsed_hold_whose_stock_is_gone_is_refused_until_there_is_some() {
    check(
        "count shoe main 2 -> shoe main 0/2
         reserve o-1 2 shoe -> reserved 2 shoe@main; = held; shoe main 2/2
         after 60 min
         ring o-1 -> released expired; = lapsed; shoe main 0/2
         reserve o-2 1 shoe -> reserved 1 shoe@main; = held; shoe main 1/2
         commit o-1 -> rejected expired; = lapsed
         commit o-1 -> rejected expired; = lapsed
         release o-1 expired -> released expired; = released
         release o-2 expired -> released expired; = released; shoe main 0/2
         commit o-1 -> rejected expired; = released",
    );
}

#[test]
fn a_hold_that_nobody_has_ended_yet_is_committed_even_after_its_deadline() {
    check(
        "count shoe main 2 -> shoe main 0/2
         reserve o-1 2 shoe -> reserved 2 shoe@main; = held; shoe main 2/2
         after 90 min
         commit o-1 -> committed; = committed
         ring o-1 -> silence",
    );
}

#[test]
fn a_late_timer_costs_no_sale() {
    check(
        "count shoe main 2 -> shoe main 0/2
         count hat main 2 -> hat main 0/2
         reserve o-1 1 shoe 1 hat -> reserved 1 shoe@main 1 hat@main; = held; \
         shoe main 1/2; hat main 1/2
         after 30 min
         reserve o-2 1 shoe -> reserved 1 shoe@main; = held; shoe main 2/2
         after 29 min
         reserve o-3 1 shoe -> rejected out_of_stock; = rejected
         after 1 min
         reserve o-4 1 shoe -> reserved 1 shoe@main; = held; shoe main 2/2; hat main 0/2
         ring o-1 -> ignored: the hold was settled before its deadline
         reserve o-5 1 shoe -> rejected out_of_stock; = rejected
         commit o-1 -> rejected expired; = lapsed",
    );
}

#[test]
fn an_expired_hold_of_something_else_is_left_to_its_timer() {
    check(
        "count shoe main 1 -> shoe main 0/1
         count hat main 1 -> hat main 0/1
         reserve o-1 1 hat -> reserved 1 hat@main; = held; hat main 1/1
         after 60 min
         reserve o-2 2 shoe -> rejected out_of_stock; = rejected
         ring o-1 -> released expired; = lapsed; hat main 0/1",
    );
}
