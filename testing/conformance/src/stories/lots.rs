//! Dead letters, and what waits behind them.

/// Stories of dead letters and parking.
#[macro_export]
macro_rules! stories_of_lots {
    ($check:ident) => {
        $crate::topic! { lots, $check;
        later_messages_of_one_source_and_subject_wait_behind_a_dead_letter: "
            bus 1 left a: break in pieces -> -
            bus 2 left a: add 1 | bus 3 left b: add 1 -> - | -
            bus 2 left a: add 1 -> -
            left accounts -> b=1@1
            waiting -> 1 parked, 1 dead
            reopen
            bus 4 left a: add 1 -> -
            waiting -> 2 parked, 1 dead
            left accounts -> b=1@1",

        in_the_round_of_the_dead_letter_they_wait_too: "
            bus 1 left a: break in x | bus 2 left a: add 1 | bus 3 left b: add 1 | bus 4 right a: \
                add 1 -> 4 x -
            left accounts -> b=1@1
            right accounts -> a=1@1
            waiting -> 1 parked, 1 dead",

        another_source_or_service_flows_and_so_do_operators_timers_and_requests: "
            left a: timer t 10 (add 1) -> -
            bus 1 left a: break in x -> -
            provider 2 left a: add 2 | operator 3 left a: add 4 | left a: add 8, say -> - | - | 14
            bus 4 right a: add 1 -> -
            at 10
            fire 9 -> -
            left accounts -> a=15@4
            waiting -> 1 dead",

        a_timer_passes_the_dead_letters_of_its_own_service: "
            left a: timer t 10 (add 1), tell left (break in x), tell left (add 2) -> -
            waiting -> 1 timers, 1 parked, 1 dead
            at 10
            fire 9 -> -
            left accounts -> a=1@1",

        a_dead_letter_says_why_and_keeps_its_message: "
            bus 1 left a: break in pieces -> -
            bus 2 left b: panic at sight -> -
            provider 3 right c: panic -> -
            dead 9 -> orders a from inventory: no rule for CancelOrder in state \"pieces\" (left \
                a: break in pieces) / orders b from inventory: the rule panicked: at sight (left \
                b: panic at sight) / payments c from provider: the rule panicked:  (right c: panic)
            dead 1 -> orders a from inventory: no rule for CancelOrder in state \"pieces\" (left \
                a: break in pieces)
            reopen
            dead 1 -> orders a from inventory: no rule for CancelOrder in state \"pieces\" (left \
                a: break in pieces)",

        a_message_whose_rows_can_t_be_listed_is_a_dead_letter: "
            bus 1 left a: lose the list | bus 2 left b: add 1 -> - | -
            bus 3 left a: add 1 -> -
            left accounts -> b=1@1
            dead 9 -> orders a from inventory: the rule panicked: no list of what to read (left \
                a: lose the list)
            waiting -> 1 parked, 1 dead",

        a_message_that_never_finds_its_rows_is_a_dead_letter: "
            limit waves 3
            left a: link b -> -
            left b: link c -> -
            left c: link d -> -
            left d: link e -> -
            bus 1 left b: follow | bus 2 left a: follow | bus 3 left z: add 1 -> - | - | -
            left account e -> nothing
            left account z -> z=1@1
            left a: follow -> refused internal_error
            waiting -> 2 dead",

        bytes_that_are_no_message_are_kept_as_they_were_and_nobody_waits: "
            garbage 1 left a: ÿ no message -> -
            again -> -
            bus 2 left a: add 1 -> -
            left accounts -> a=1@1
            dead 9 -> orders a from nobody: it is no message (ÿ no message)",

        a_hop_that_dies_leaves_its_cause_alone: "
            left a: add 1, tell right (break in x), tell right (add 1), say -> 1
            left b: add 1, tell right (add 1), say -> 1
            left a: add 1, tell right (add 1), say -> 2
            left accounts -> a=2@2, b=1@1
            right accounts -> b=1@1
            waiting -> 2 parked, 1 dead
            dead 9 -> payments a from orders: no rule for PaymentVoid in state \"x\" (right a: \
                break in x)",

        what_is_condemned_is_buried_unhandled: "
            condemned 1 left a: add 1 -> -
            again -> -
            provider 2 left a: add 1 -> -
            left accounts -> nothing
            waiting -> 1 parked, 1 dead
            condemned 3 left a: add 1 -> -
            waiting -> 1 parked, 2 dead
            dead 1 -> orders a from provider: it was alone (left a: add 1)",
        }
    };
}
