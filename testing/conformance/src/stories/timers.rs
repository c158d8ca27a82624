//! A timer fires once, not before its time, unless it was set anew or cancelled.

/// Stories of timers.
#[macro_export]
macro_rules! stories_of_timers {
    ($check:ident) => {
        $crate::topic! { timers, $check;
        timers_are_due_at_the_store_s_time_and_in_its_order: "
            left a: timer x 30 (add 1), timer y 10 (add 2) | right b: timer z 20 (add 4) -> - | -
            next timer -> 10
            due 9 -> nothing
            at 9
            due 9 -> nothing
            at 10
            due 9 -> orders a y@10
            at 30
            due 9 -> orders a y@10, payments b z@20, orders a x@30
            due 2 -> orders a y@10, payments b z@20
            fire 2 -> - | -
            left accounts -> a=2@1
            right accounts -> b=4@1
            next timer -> 30
            fire 9 -> -
            next timer -> nothing",

        a_timer_fires_once: "
            left a: timer x 10 (add 1) -> -
            at 10
            fire 9 -> -
            again -> -
            fire 9 -> nothing
            due 9 -> nothing
            left accounts -> a=1@1
            log a 9 -> left: timer x 10 (add 1) / left: add 1",

        a_timer_that_is_set_anew_fires_at_the_new_time_only: "
            left a: timer x 10 (add 1) -> -
            left a: timer x 20 (add 2) -> -
            next timer -> 20
            at 19
            due 9 -> nothing
            at 20
            fire 9 -> -
            left accounts -> a=2@1
            waiting -> nothing",

        a_timer_that_was_set_anew_while_it_fired_waits_for_its_new_time: "
            left a: timer x 10 (add 1) -> -
            at 10
            hold 9 -> 1 held
            left a: timer x 20 (add 2) -> -
            release -> -
            left accounts -> nothing
            next timer -> 20
            at 20
            fire 9 -> -
            left accounts -> a=2@1",

        a_timer_that_was_cancelled_while_it_fired_does_nothing: "
            left a: timer x 10 (add 1) -> -
            at 10
            hold 9 -> 1 held
            left a: cancel x -> -
            release -> -
            left accounts -> nothing",

        a_timer_may_set_itself_anew: "
            left a: timer x 10 (add 1, timer x 20 (add 2)) -> -
            at 10
            fire 9 -> -
            again -> -
            next timer -> 20
            at 20
            fire 9 -> -
            left accounts -> a=3@2
            left b: timer x 10 (add 1, timer x 10 (add 2)) -> -
            fire 9 -> -
            fire 9 -> -
            left account b -> b=3@2
            waiting -> nothing",

        a_timer_that_is_cancelled_never_fires: "
            left a: timer x 10 (add 1), timer y 10 (add 2) -> -
            left a: cancel x, cancel never_set -> -
            at 10
            due 9 -> orders a y@10",

        set_and_cancelled_in_one_round_leaves_no_row: "
            left a: timer x 10 (add 1), cancel x -> -
            left a: timer x 10 (add 1) | left a: cancel x -> - | -
            waiting -> nothing
            left a: cancel x, timer x 10 (add 1) -> -
            waiting -> 1 timers
            left a: cancel x | left a: timer x 20 (add 2) -> - | -
            next timer -> 20",

        a_timer_belongs_to_its_service_subject_and_label: "
            left a: timer x 10 (x) | right a: timer x 10 (x) | left b: timer x 10 (x) -> - | - | -
            left a: timer y 10 (x) -> -
            left a: cancel x -> -
            at 10
            waiting -> 3 timers
            next timer -> 10",

        the_store_s_time_never_goes_back: "
            at 100
            left a: say now, timer x 100 (add 1) -> 100
            at 50
            left a: say now -> 100
            due 9 -> orders a x@100
            reopen
            due 9 -> orders a x@100
            left a: say now -> 100
            at 101
            left a: say now -> 101",
        }
    };
}
