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
            left page limit 1 colour red balance 5 -> d, more
            next page -> a
            left page limit 9 colour red balance 7 -> nothing
            left page limit 9 colour green -> nothing
            left page limit 9 colour none -> e
            left page limit 9 colour red' -> nothing",

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

        a_scan_shows_every_record_once_a_slice_at_a_time: "
            scan 2 -> nothing
            left a: add 1, entry 2 7, timer t 9 (x) | right b: add 2 | left c: say -> - | - | 0
            right a: add 3 | left d: add 4 -> - | -
            scan 9 -> a: left_accounts 0=1@1 left_entries 2=7@1 right_accounts 0=3@1 timer t, b: \
                right_accounts 0=2@1, d: left_accounts 0=4@1
            scan 2 -> a: left_accounts 0=1@1 left_entries 2=7@1 right_accounts 0=3@1 timer t, b: \
                right_accounts 0=2@1 / d: left_accounts 0=4@1",

        a_store_says_whether_it_can_be_read: "
            ping -> ok
            reopen
            ping -> ok",
        }
    };
}
