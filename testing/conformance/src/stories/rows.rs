//! Rows and their versions; a unit is committed as a whole or not at all.

/// Stories of records: loading, versions, CHECKs, ranges.
#[macro_export]
macro_rules! stories_of_rows {
    ($check:ident) => {
        $crate::topic! { rows, $check;
        versions_count_decisions_and_not_rounds: "
            left a: add 1 | left a: add 1 | left b: add 1 -> - | - | -
            left a: add 1 -> -
            left a: say -> 3
            left accounts -> a=3@3, b=1@1",

        a_message_sees_what_earlier_ones_of_its_round_have_changed: "
            left a: add 1, say | left a: add 1, say | right a: say -> 1 | 2 | 0
            left a: add 3 to b | left b: add 1, say -> - | 4",

        an_absent_row_is_absent: "
            left account a -> nothing
            left a: say -> 0
            left account a -> nothing
            left a: add 0 -> -
            left account a -> a=0@1
            right account a -> nothing
            left accounts -> a=0@1",

        rows_that_nobody_named_are_loaded_when_they_are_looked_for: "
            left b: add 5 -> -
            left a: add 2 to b, add 1 to c -> -
            left a: link b | left b: link c | left c: link d -> - | - | -
            left a: follow | left b: follow -> - | -
            left accounts -> a=0@1, b=7@3, c=1@2, d=2@2",

        a_rule_that_stumbles_over_a_row_not_loaded_yet_is_asked_again: "
            left b: add 5 -> -
            left a: stumble over b -> -
            left a: stumble over nobody -> refused internal_error
            left accounts -> b=6@2",

        messages_of_one_subject_keep_their_order_while_one_waits_for_rows: "
            left a: link b -> -
            left a: follow, say first | left a: add 1, say | left c: say third -> first | 1 | third
            log a 9 -> left: link b / left: follow, say first; left: add 1, say",

        a_check_that_fails_rejects_the_whole_round_and_the_store_goes_on: "
            left a: add 5, entry 1 1, timer t 9 (x), ask e (x), tell away (one), say -> 5
            key k left b: add 1, entry 1 1, timer t 9 (x), ask f (x), tell away (two) | left c: \
                add -1 -> rejected
            left accounts -> a=5@1
            left entries b 9 -> nothing
            waiting -> 1 timers, 1 in the outbox, 1 effects
            log b 9 -> nothing
            key k left b: add 2, say -> 2
            outbox 9 -> away a: one
            left accounts -> a=5@1, b=2@1",

        a_round_is_rejected_for_what_its_hops_do_too: "
            left a: add 1, tell right (add -1) -> rejected
            provider 1 left a: break in pieces | left b: add -1 -> rejected
            left accounts -> nothing
            waiting -> nothing",

        a_text_that_is_too_long_is_rejected: "
            left a: paint seventeen_letters | left b: add 1 -> rejected
            left a: paint sixteen_letters_ -> -
            left accounts -> a=0@1",

        a_record_that_can_t_be_taken_apart_is_rejected: "
            left a: paint broken | left b: add 1 -> rejected
            left b: add 1, say -> 1
            left accounts -> b=1@1",

        an_entry_is_added_once: "
            left a: entry 1 5 | left b: entry 1 6 -> - | -
            left a: entry 1 7, add 1 -> rejected
            left a: entry 2 7 | left a: entry 2 8 -> rejected
            left a: entry 3 9 -> -
            left accounts -> nothing
            left entries a 9 -> 1=5, 3=9",

        an_entry_s_number_stays_within_its_subject: "
            left a: add 1 | left b: add 1 | left c: add 1 -> - | - | -
            left b: entry 0 1, entry 16777215 2 -> -
            left b: entry 16777216 3 -> rejected
            left entries b 9 -> 0=1, 16777215=2
            left entries a 9 -> nothing
            left entries c 9 -> nothing",

        many_rows_of_a_kind_are_written_at_once: "
            left a: entry 1 1, entry 2 2, entry 3 3, entry 4 4, entry 5 5, entry 6 6, entry 7 7, \
                entry 8 8 -> -
            left b: entry 9 9, entry 8 8, entry 7 7, entry 6 6, entry 5 5, entry 4 4, entry 3 3, \
                entry 2 2, entry 1 1 -> -
            left a: add 1 to b, add 2 to c, add 3 to d, add 4 to e, add 5 to f, add 6 to g, add 7 \
                to h, add 8 to i, add 9 to j -> -
            left entries a 9 -> 1=1, 2=2, 3=3, 4=4, 5=5, 6=6, 7=7, 8=8
            left entries b 9 -> 1=1, 2=2, 3=3, 4=4, 5=5, 6=6, 7=7, 8=8, 9=9
            left accounts -> b=1@1, c=2@1, d=3@1, e=4@1, f=5@1, g=6@1, h=7@1, i=8@1, j=9@1",

        a_range_is_in_the_order_of_its_index_up_to_a_value_and_a_limit: "
            left a: owe 30 | left b: owe 10 | left c: owe 20 | left d: owe 40 | left e: add 1 -> \
                5 x -
            right f: owe 5 -> -
            left z: say due 30 9 -> b c a
            left z: say due 30 2 -> b c
            left z: say due 9 9 -> nobody
            right z: say due 99 9 -> f
            left z: settle 20 9 -> -
            left z: say due 99 9 -> a d
            left accounts -> a=0@1, b=0@2, c=0@2, d=0@1, e=1@1",

        a_range_shows_no_record_older_than_the_round_has_made_it: "
            left a: owe 10 | left b: owe 20 -> - | -
            left a: add 5 | left z: settle 15 9 | left a: say -> - | - | 5
            left accounts -> a=5@3, b=0@1
            left z: say due 99 9 -> b",

        a_tally_is_the_sum_of_what_was_added_by_whomever: "
            tallies left 9 -> nothing
            left a: tally t usd 5 | left b: tally t usd -2, tally t eur 1 -> - | -
            left c: tally t usd 3, tally s usd 1 | right a: tally t usd 100 -> - | -
            tallies left 9 -> s usd +1 -0, t eur +1 -0, t usd +8 -2
            tallies right 9 -> t usd +100 -0
            tallies left 2 -> s usd +1 -0, t eur +1 -0
            tallies left 9 after t eur -> t usd +8 -2
            tallies left 9 t -> t eur +1 -0, t usd +8 -2
            tallies left 9 nobody -> nothing
            reopen
            left a: tally t usd 1 -> -
            tallies left 9 t -> t eur +1 -0, t usd +9 -2",

        a_tally_has_no_part_in_what_was_not_committed: "
            left a: tally t usd 5 | left b: add -1 -> rejected
            left a: tally t usd 5, break in pieces -> refused internal_error
            tallies left 9 -> nothing
            key k left a: tally t usd 5, say -> 0
            key k left a: tally t usd 5, say -> 0
            tallies left 9 -> t usd +5 -0",

        a_tally_is_exact_beyond_what_64_bits_hold: "
            left a: tally t usd 9223372036854775807 -> -
            left b: tally t usd 9223372036854775807, tally t usd -9223372036854775807 -> -
            together 3 x left c: tally t usd 1 || 4 x left d: tally t usd 1 -> - | - | - || 4 x -
            tallies left 9 -> t usd +18446744073709551621 -9223372036854775807",

        an_update_is_never_lost: "
            together left a: add 1, say || left a: add 1, say -> 1 || 2
            together left a: add 1, say || left a: add 1, say -> 3 || 4
            together left b: add 1 to a || left c: add 1 to a -> - || -
            together 50 x left a: add 1 || 50 x left a: add 1 -> 50 x - || 50 x -
            left accounts -> a=106@106",

        a_subject_may_have_any_name: "
            left $quotes: add 1, timer t 9 (add 1), ask e (add 1), tell right (add 2) -> -
            left $unicode: add 2, tell away (one) | left $spaces: add 3 | left $patterns: add 4 \
                -> - | - | -
            left $long: add 5, entry 1 1 | left a: add 6 | left $twin: add 7 -> - | - | -
            provider 1 left $quotes: break in x -> -
            provider 2 left $quotes: add 100 -> -
            operator 3 left $quotes: add 10 -> -
            at 9
            fire 9 -> -
            answer e -> -
            reopen
            left accounts -> $spaces=3@1, $patterns=4@1, $twin=7@1, a=6@1, $quotes=12@3, \
                $unicode=2@1, $long=5@1
            left a: say | left $twin: say | left $long: say | left $spaces: say -> 6 | 7 | 5 | 3
            right accounts -> $quotes=2@1
            left entries $long 9 -> 1=1
            outbox 9 -> away $unicode: one
            waiting -> 1 in the outbox, 2 parked, 1 dead
            log $unicode 9 -> left: add 2, tell away (one); away: one",
        }
    };
}
