//! What http and tools read.

/// Stories of queries.
#[macro_export]
macro_rules! stories_of_reading {
    ($check:ident) => {
        $crate::topic! { reading, $check;
        a_page_is_newest_first_and_says_whether_there_is_more: "
            left page limit 9 -> nothing
            left a: add 1 -> -
            left b: add 1 -> -
            left c: add 1 -> -
            left d: add 1 -> -
            left a: add 1 -> -
            left page limit 3 -> d, c, b, more
            next page -> a
            left page limit 2 -> d, c, more
            left e: add 1 -> -
            next page -> b, a
            left page limit 5 -> e, d, c, b, a
            left page limit all -> e, d, c, b, a
            right page limit 9 -> nothing",

        a_page_shows_only_what_its_filters_let_through: "
            left a: paint red, add 5 | left b: paint blue, add 7 | left c: paint red -> - | - | -
            left d: paint red, add 6 | left e: add 9 -> - | -
            left page limit 9 colour red -> d, c, a
            left page limit 1 colour red -> d, more
            next page -> c, more
            next page -> a
            left page limit 9 colour green -> nothing
            left page limit 9 colour none -> e
            left page limit 9 colour red' -> nothing",

        a_page_may_be_ordered_by_a_column_and_begin_at_a_value: "
            left a: paint red, add 5 | left b: paint red, add 7 | left c: paint red -> - | - | -
            left d: paint red, add 6 | left e: add 9 | left f: add 6 -> - | - | -
            left page limit 9 by balance -> e, b, f, d, a, c
            left page limit 2 by balance -> e, b, more
            next page -> f, d, more
            next page -> a, c
            left page limit 2 by balance from 6 -> e, b, more
            next page -> f, d
            left page limit 9 by balance from 10 -> nothing
            left page limit 9 by balance from -10 -> e, b, f, d, a, c
            left page limit 9 colour red by balance -> b, d, a, c
            left page limit 1 colour red by balance from 6 -> b, more
            next page -> d
            left page limit 9 colour none by balance -> e, f",

        a_page_with_two_filters_shows_what_passes_both: "
            left a: paint red, move to x, add 1 | left b: paint red, move to y, add 2 -> - | -
            left c: paint blue, move to x, add 3 | left d: paint red, move to x, add 4 -> - | -
            left e: paint red, move to x, add 4 | left f: move to x, add 5 -> - | -
            left page limit 9 colour red home x by balance -> e, d, a
            left page limit 9 home x colour red by balance -> e, d, a
            left page limit 1 colour red home x by balance -> e, more
            next page -> d, more
            next page -> a
            left page limit 9 colour red home x by balance from 4 -> e, d
            left page limit 9 colour blue home y by balance -> nothing
            left page limit 9 colour none home x by balance -> f",

        a_page_that_no_index_leads_to_is_rejected: "
            left page limit 9 home x -> rejected
            left page limit 9 by due -> rejected
            left page limit 9 colour red by due -> rejected",

        records_are_counted_by_the_columns_of_an_index: "
            count left 9 colour balance -> nothing
            left a: paint red, add 5 | left b: paint red, add 5 | left c: paint red -> - | - | -
            left d: add 5 -> -
            count left 9 colour balance -> none 5 = 1, red 0 = 1, red 5 = 2
            count left 9 colour -> none = 1, red = 3
            count left 1 colour -> none = 1
            count right 9 colour -> nothing",

        the_records_of_a_subject_come_by_number: "
            left a: entry 3 30, entry 1 10, entry 2 20 | left b: entry 1 11 | right a: entry 1 12 \
                -> - | - | -
            left entries a 9 -> 1=10, 2=20, 3=30
            left entries a 2 -> 1=10, 2=20
            left entries a all -> 1=10, 2=20, 3=30
            left entry 2 a -> 2=20
            left entry 4 a -> nothing
            left entry 1 nobody -> nothing
            left entries nobody 9 -> nothing",

        the_log_of_a_subject_is_complete_and_in_order: "
            left a: tell right (tell left (say)), tell away (one) | left b: say -> - | 0
            right a: ignore -> -
            left a: break in x -> refused internal_error
            bus 1 left a: add -1 -> rejected
            log a 99 -> left: tell right (tell left (say)), tell away (one); right: tell left \
                (say); away: one; left: say / right: ignore
            log a 3 -> left: tell right (tell left (say)), tell away (one); right: tell left \
                (say); away: one
            log b 9 -> left: say
            log nobody 9 -> nothing",

        the_log_is_told_in_the_order_of_commits_and_goes_on_after_any_message: "
            tail 9 -> nothing
            left a: tell right (add 1), say | left b: say -> 0 | 0
            left a: add 1 -> -
            tail 9 -> left: tell right (add 1), say; right: add 1 / left: say / left: add 1
            tail 9 -> nothing
            left c: tell right (ignore), tell right (say) -> -
            tail 2 -> left: tell right (ignore), tell right (say); right: ignore
            reopen
            tail 2 -> right: say
            tail 2 -> nothing
            log all 2 -> left: tell right (add 1), say; right: add 1",

        the_log_is_told_from_its_end_on: "
            tail 9 from end -> nothing
            left a: tell right (say) -> -
            tail 9 -> left: tell right (say); right: say
            left b: say -> 0
            tail 9 from end -> nothing
            left b: ignore | left a: ignore -> - | -
            tail 9 b -> left: ignore
            tail 9 -> left: ignore
            tail 0 -> nothing",

        the_log_of_one_subject_goes_on_after_any_message: "
            left a: tell right (ignore), tell right (say) | left b: say -> - | 0
            tail 2 a -> left: tell right (ignore), tell right (say); right: ignore
            left a: ignore -> -
            tail 9 a -> right: say / left: ignore
            tail 9 nobody -> nothing
            tail 9 a -> nothing",

        a_scan_shows_everything_once_a_slice_at_a_time: "
            scan 2 -> nothing
            left a: add 1, entry 2 7, timer t 9 (x) | right b: add 2 | left c: say -> - | - | 0
            right a: add 3, tell left (say) | left d: add 4 -> - | -
            scan 9 -> a: left_accounts 0=1@1 left_entries 2=7@1 right_accounts 0=3@1 timer t \
                log 1 log 2, b: right_accounts 0=2@1 log 1, c: log 1, d: left_accounts 0=4@1 log 1
            scan 2 -> a: left_accounts 0=1@1 left_entries 2=7@1 right_accounts 0=3@1 timer t \
                log 1 log 2, b: right_accounts 0=2@1 log 1 / c: log 1, \
                d: left_accounts 0=4@1 log 1
            scan of d nobody b d -> b: right_accounts 0=2@1 log 1, d: left_accounts 0=4@1 log 1
            scan of nobody -> nothing",

        a_store_says_whether_it_can_be_read: "
            ping -> ok
            reopen
            ping -> ok",
        }
    };
}
