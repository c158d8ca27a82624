//! What was handled is known by its key and service, until it is forgotten.

/// Stories of keys, replies and what the inbox keeps.
#[macro_export]
macro_rules! stories_of_handling {
    ($check:ident) => {
        $crate::topic! { handling, $check;
        a_known_key_gets_its_saved_reply_and_changes_nothing: "
            key k left a: add 5, tell away (one), ask e (x), timer t 9 (x), say -> 5
            left a: add 1, say -> 6
            key k left a: add 5, tell away (one), ask e (x), timer t 9 (x), say -> 5
            left accounts -> a=6@2
            outbox 9 -> away a: one
            waiting -> 1 timers, 1 in the outbox, 1 effects
            log a 1 -> left: add 5, tell away (one), ask e (x), timer t 9 (x), say
            log a 9 -> left: add 5, tell away (one), ask e (x), timer t 9 (x), say; away: one / \
                left: add 1, say",

        the_same_key_with_another_request_is_refused: "
            key k left a: add 5, say -> 5
            key k left a: add 7, say -> refused idempotency_key_reused
            key k left b: add 5, say -> 5
            left accounts -> a=5@1",

        a_refusal_is_saved_like_any_other_reply: "
            key k left a: refuse too_poor -> refused too_poor
            left a: add 5 -> -
            key k left a: refuse too_poor -> refused too_poor",

        a_key_of_one_service_is_unknown_to_another: "
            key k left a: add 1, say -> 1
            key k right a: add 1, say -> 1
            key j left b: say x | key j right b: say x -> x | x
            left accounts -> a=1@1
            right accounts -> a=1@1",

        twins_in_one_round_are_handled_once: "
            key k left a: add 5, say | left a: add 1 | key k left a: add 5, say -> 5 | - | 5
            bus 7 left b: add 1 | bus 7 left b: add 1 -> - | -
            left accounts -> a=6@2, b=1@1",

        twins_in_one_round_that_ask_for_different_things_are_told_so: "
            key k left a: add 5, say | key k left a: add 6, say -> 5 | refused \
                idempotency_key_reused
            left accounts -> a=5@1",

        twins_in_two_rounds_at_once_are_handled_once: "
            together key k left a: add 1, say || key k left a: add 1, say -> 1 || 1
            left accounts -> a=1@1",

        what_the_bus_brings_again_is_known: "
            bus 7 left a: add 1 -> -
            bus 7 left a: add 1 -> -
            again -> -
            reopen
            bus 7 left a: add 1 -> -
            left accounts -> a=1@1
            log a 9 -> left: add 1",

        what_was_ignored_is_known_and_in_the_log: "
            key k left a: ignore -> -
            key k left a: ignore -> -
            key k left a: add 1 -> refused idempotency_key_reused
            left accounts -> nothing
            log a 9 -> left: ignore",

        a_request_that_no_rule_foresees_is_refused_and_not_kept: "
            key k left a: break in pieces -> refused internal_error
            key k left a: panic again -> refused internal_error
            key k left a: lose the list -> refused internal_error
            waiting -> nothing
            log a 9 -> nothing
            key k left a: add 1, say -> 1",

        what_has_no_key_is_handled_as_often_as_it_comes_and_not_kept: "
            keyless left a: add 1, say -> 1
            again -> 2
            keyless left a: refuse too_poor -> refused too_poor
            keyless left a: add 1, say | keyless left a: add 1, say -> 3 | 4
            left accounts -> a=4@4",

        what_is_younger_than_it_must_be_kept_is_known: "
            key k left a: add 1, say | bus 7 left a: add 1 -> 1 | -
            forget 60 99 -> done
            at 59
            forget 60 99 -> done
            key k left a: add 1, say -> 1
            bus 7 left a: add 1 -> -
            at 129
            key j left a: add 1, say -> 3
            at 130
            forget 60 99 -> done
            at 188
            forget 60 99 -> done
            reopen
            forget 60 99 -> done
            key j left a: add 1, say -> 3
            left accounts -> a=3@3",

        what_is_twice_as_old_as_it_must_be_kept_is_forgotten: "
            key k left a: add 1, say | bus 7 left a: add 1 -> 1 | -
            at 60
            forget 60 99 -> done
            at 130
            forget 60 99 -> done
            at 200
            forget 60 99 -> done
            at 270
            forget 60 99 -> done
            at 271
            key k left a: add 1, say -> 3
            bus 7 left a: add 1 -> -
            key k left a: add 1, say -> 3
            left accounts -> a=4@4",

        messages_are_handled_in_the_round_that_sends_them: "
            left a: tell all (add 1), tell right (add 2, tell left (add 4, say)) -> -
            left accounts -> a=5@2
            right accounts -> a=3@2
            waiting -> nothing",

        what_has_no_reader_here_leaves_and_is_logged_once: "
            left a: tell away (one) -> -
            outbox 9 -> away a: one
            log a 9 -> left: tell away (one); away: one",

        a_thousand_messages_fit_into_one_round: "
            1000 x left a: add 1, tell right (add 2) -> 1000 x -
            left accounts -> a=1000@1000
            right accounts -> a=2000@1000
            500 x left a: add 1, say same | 500 x right b: add 1 -> 500 x same | 500 x -
            left accounts -> a=1500@1500
            right accounts -> a=2000@1000, b=500@500",
        }
    };
}
