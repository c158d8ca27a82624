//! The suites that every store passes, told in stories, and a running engine to put on a store.
//!
//! An adapter says where its stores are ([`Site`]) and makes tests of the stories with
//! [`store_suite!`], and of those of a running engine with [`engine_suite!`] and
//! [`replica_suite!`]. They are played with two toy services that do what their messages say.
//!
//! A bus is held to stories of its own: the adapter says where the buses of several processes meet
//! ([`Crossing`]) and makes tests with [`bus_suite!`].
//!
//! Invariant: nothing here knows which store or bus it plays on.

mod ask;
mod bench;
mod buses;
mod look;
mod plant;
mod post;
mod running;
mod script;
mod stories;
mod toy;

pub use buses::{Crossing, tell_of_bus};
pub use look::look;
pub use plant::{Call, Faults, Faulty, Gear, Outside, Plant, TestBus, TestClock, World};
pub use post::Post;
pub use running::{tell, tell_of_replicas};
pub use toy::{Account, Entry, Kept, Left, NewerLeft, Right, START, Side, Toy, at, seconds, toys};

use contracts::{ServiceName, Timestamp};
use engine::{Deliveries, Queries, Transactions};
use service::RecordKind;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// With what a store is opened.
#[derive(Clone)]
pub struct Opening {
    /// The tables of the services on it.
    pub kinds: Vec<(ServiceName, &'static RecordKind)>,
    /// The clock of the process.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// Where a store is. It is empty at first, and can be opened again once it is closed.
pub trait Site: Sync {
    /// The store.
    type Store: Transactions + Deliveries + Queries;

    /// Opens the store; makes its tables if they aren't there.
    fn open(&self, opening: Opening) -> impl Future<Output = Self::Store>;
}

/// A test that takes longer waits for what never comes.
const TEST_LASTS_MAX: Duration = Duration::from_secs(60);

/// Runs a test on one thread that does everything: its store may wait for the network.
///
/// # Panics
/// The test does, or it waits for what never comes.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let guarded = async { tokio::time::timeout(TEST_LASTS_MAX, test).await };
    runtime.expect("a runtime").block_on(guarded).expect("it waited for what never came");
}

/// Plays each line of a story and compares what came of it with what stands behind `->`.
///
/// # Panics
/// Something else came of a line.
pub fn check(site: &impl Site, story: &str) {
    run(play(site, story));
}

/// As [`check`], for those who have a runtime.
///
/// # Panics
/// As [`check`].
pub async fn play(site: &impl Site, story: &str) {
    let lines: Vec<&str> = story.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut bench = bench::Bench::open(site).await;
    let mut told = vec![];
    for line in &lines {
        let input = line.split_once(" -> ").map_or(*line, |(input, _)| input).trim();
        told.push(match bench.play(input).await {
            Some(came) => format!("{input} -> {came}"),
            None => input.to_string(),
        });
    }
    for (told, expected) in told.iter().zip(lines) {
        assert!(
            told == expected,
            "what was told:\n{told}\nwhat should be:\n{expected}\nin: {story}"
        );
    }
}
