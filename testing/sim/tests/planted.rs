//! The simulator finds every bug that is planted, by an invariant and not by an assertion beside
//! the bug. `make planted` runs it.

use contracts::planted::{Bug, plant};
use std::thread;

/// A bug must show within so many seeds.
const SEEDS_MAX: u64 = 2_000;

/// How many seeds it took, and what was seen.
fn find(bug: Bug) -> Option<(u64, String)> {
    plant(Some(bug));
    let found =
        (0..SEEDS_MAX).find_map(|seed| sim::run(seed).err().map(|broken| (seed + 1, broken.what)));
    plant(None);
    found
}

#[test]
fn every_planted_bug_is_found_within_two_thousand_seeds() {
    std::panic::set_hook(Box::new(|_| {}));
    let searches = Bug::ALL.map(|bug| (bug, thread::spawn(move || find(bug))));
    let mut escaped = vec![];
    for (bug, search) in searches {
        match search.join().expect("the search ends") {
            Some((seeds, what)) => println!("{bug:?}: {seeds} seeds: {what:.140}"),
            None => escaped.push(bug),
        }
    }
    let _ = std::panic::take_hook();
    assert_eq!(escaped, Vec::<Bug>::new());
}
