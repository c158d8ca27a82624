//! Lists whose filters rarely agree: a page looks at a bounded number of rows.

mod common;

use common::OneFile;

/// `a` passes both filters; after it come so many that pass the one or the other, in turn.
fn check(in_turn: usize, pages: &str) {
    let of = |number| {
        let passes = if number % 2 == 0 { "paint red, move to y" } else { "paint blue, move to x" };
        format!("left b{number}: {passes}")
    };
    let others: Vec<String> = (0..in_turn).map(of).collect();
    let story = format!(
        "left a: paint red, move to x -> -
         {} -> {in_turn} x -
         {pages}",
        others.join(" | ")
    );
    conformance::check(&OneFile::new(), &story);
}

#[test]
fn a_page_of_filters_that_rarely_agree_may_be_short_and_the_next_one_goes_on() {
    check(
        3_000,
        "left page limit 9 colour red home x by balance -> nothing, more
         next page -> a",
    );
}

#[test]
fn a_page_that_is_found_within_its_bounds_is_whole() {
    check(1_900, "left page limit 9 colour red home x by balance -> a");
}
