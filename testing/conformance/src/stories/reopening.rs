//! What survives closing and opening, also by another version of the program.

/// Stories of stores that are opened again.
#[macro_export]
macro_rules! stories_of_reopening {
    ($check:ident) => {
        $crate::topic! { reopening, $check;
        everything_survives: "
            limit slots 0
            key k left a: add 5, entry 1 1, timer t 10 (add 1), ask e (add 2), tell away (one), \
                owe 3, say -> 5
            bus 1 right a: break in x | bus 2 right a: add 1 -> - | -
            reopen
            key k left a: add 5, entry 1 1, timer t 10 (add 1), ask e (add 2), tell away (one), \
                owe 3, say -> 5
            left accounts -> a=5@1
            left entries a 9 -> 1=1
            left z: say due 9 9 -> a
            waiting -> 1 timers, 1 in the outbox, 1 effects, 1 parked, 1 dead
            outbox 9 -> away a: one
            claim 9 -> orders asks outside e until 60: add 2
            answer e -> -
            at 10
            fire 9 -> -
            bus 3 right a: add 1 -> -
            left accounts -> a=8@3
            waiting -> 1 in the outbox, 2 parked, 1 dead
            log a 2 -> left: add 5, entry 1 1, timer t 10 (add 1), ask e (add 2), tell away \
                (one), owe 3, say; away: one",

        what_waits_is_found_by_whoever_comes_later: "
            limit messages 1
            limit slots 0
            to recover -> nothing
            left a: timer t 10 (add 1), timer u 9 (add 2), tell away (one), tell right (add 4), \
                ask e (add 2) -> -
            reopen
            epoch -> newer
            to recover -> timer@9, hops, outbox, effects
            bring 9 -> -
            to recover -> timer@9, outbox, effects
            lead -> yes
            send 9 -> sent
            to recover -> timer@9, effects
            claim 9 -> orders asks outside e until 60: add 2
            to recover -> timer@9
            at 10
            fire 9 -> - | -
            to recover -> nothing",

        a_record_of_a_newer_program_is_not_touched: "
            left a: add 5 | left b: add 1 -> - | -
            reopen newer
            left a: add 1, say -> 6
            reopen
            left a: add 1, say -> refused internal_error
            bus 1 left b: add 1 to a -> -
            left b: add 1, say -> 2
            left account a -> a=6@2
            log a 9 -> left: add 5 / left: add 1, say
            reopen newer
            again -> 2
            left a: add 1, say -> 7
            waiting -> 1 dead
            left accounts -> a=7@3, b=2@2",
        }
    };
}
