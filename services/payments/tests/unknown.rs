//! Outcomes that nobody knows: asked for again by the timer, under the same id, and never guessed.

mod common;

use common::check;

#[test]
fn no_answer_is_never_retried_at_once_but_on_the_schedule() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize silent -> check 1s; = processing
         provider authorize silent -> ignored: its outcome is unknown already; the timer asks again
         overdue authorize -> ask authorize!2; check 5s; = processing
         provider authorize silent -> ignored: its outcome is unknown already; the timer asks again
         overdue authorize -> ask authorize!3; check 30s; = processing
         overdue authorize -> ask authorize!4; check 120s; = processing
         overdue authorize -> ask authorize!5; check 600s; = processing
         overdue authorize -> ask authorize!6; check 3600s; = processing
         overdue authorize -> ask authorize!7; check 3600s; = processing
         provider authorize ok -> authorize: Authorized 500; = authorized
         overdue authorize -> ignored: the operation was settled in time",
    );
}

#[test]
fn a_request_that_was_lost_with_its_answer_is_asked_again() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         after 10 s
         overdue authorize -> ask authorize!2; check 5s; = processing
         provider authorize no card_declined -> authorize: Failed card_declined; = failed",
    );
}

#[test]
fn outside_the_idempotency_window_it_is_only_read_and_then_somebody_must_look() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         after 23 h
         overdue authorize -> ask authorize!2; check 5s; = processing
         after 1 h
         overdue authorize -> read authorize!3; check 30s; = processing
         overdue authorize -> read authorize!4; check 120s; = processing
         overdue authorize -> read authorize!5; check 600s; = processing
         overdue authorize -> read authorize!6; check 3600s; = processing, needs attention
         overdue authorize -> read authorize!7; check 3600s; = processing, needs attention
         provider authorize ok -> authorize: Authorized 500; = authorized",
    );
}

#[test]
fn what_was_never_seen_is_sent_again_inside_the_window_and_looked_at_outside() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize silent -> check 1s; = processing
         provider authorize never_seen -> ask authorize!2; check 10s; = processing
         provider authorize never_seen -> check 5s; = processing
         after 24 h
         overdue authorize -> read authorize!3; check 30s; = processing
         provider authorize never_seen -> = processing, needs attention
         provider authorize never_seen -> ignored: somebody is to look at it already
         overdue authorize -> read authorize!4; check 120s; = processing, needs attention",
    );
}

#[test]
fn the_first_definite_outcome_counts_and_a_contrary_one_is_told_to_all() {
    check(
        "authorize -> ask authorize!1; check 10s; = processing
         provider authorize ok -> authorize: Authorized 500; = authorized
         provider authorize ok -> ignored: the operation was settled before, in the same way
         provider authorize silent -> ignored: the operation was settled before
         provider authorize no x -> all: Conflict authorize succeeded not failed; = authorized
         provider nonsense ok -> ignored: there is no such operation
         overdue nonsense -> ignored: there is no such operation",
    );
    check("provider authorize ok -> ignored: there is no such payment");
    check("overdue authorize -> ignored: there is no such payment");
}
