//! The inbox forgets row by row, oldest first.

mod common;

use common::OneFile;

fn check(story: &str) {
    conformance::check(&OneFile::new(), story);
}

#[test]
fn the_oldest_rows_go_first_as_many_as_were_asked_for_and_no_younger_ones() {
    check(
        "key k left a: add 1, say | bus 7 left a: add 1 -> 1 | -
         at 50
         key j left a: add 1, say -> 3
         at 60
         forget 61 9 -> done
         key k left a: add 1, say -> 1
         forget 60 1 -> more
         key k left a: add 1, say -> 4
         bus 7 left a: add 1 -> -
         forget 60 9 -> done
         bus 7 left a: add 1 -> -
         key j left a: add 1, say -> 3
         key k left a: add 1, say -> 4
         left accounts -> a=5@5
         reopen
         at 200
         forget 60 2 -> more
         forget 60 2 -> done
         key j left a: add 1, say -> 6",
    );
}

#[test]
fn of_a_request_without_a_key_there_is_nothing_to_forget() {
    check(
        "keyless left a: add 1, say -> 1
         at 60
         forget 60 1 -> done",
    );
}
