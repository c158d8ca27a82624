//! The whole shop from one seed: the production crates, unchanged, in a world where processes die,
//! power fails, the bus repeats and reorders, the provider loses, delays and contradicts itself,
//! and clients retry, hang up and change their mind.
//!
//! The form is Polar Signals' (2025) and TigerBeetle's: everything nondeterministic is an argument,
//! one stream of random numbers decides, and the same seed tells the same story.

mod bus;
mod checks;
mod clients;
mod database;
mod executor;
mod facts;
mod faults;
mod naive;
mod operator;
mod process;
mod provider;
mod random;
mod report;
mod rest;
mod store;
mod watch;
mod world;

pub use faults::Fault;
pub use random::Random;
pub use report::Report;
pub use world::{HostingKind, World};

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// A seed whose world broke a promise.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The seed.
    pub seed: u64,
    /// What was broken.
    pub what: String,
}

/// Runs the world of one seed.
///
/// # Errors
/// What was broken.
pub fn run(seed: u64) -> Result<Report, Broken> {
    let mut world = World::new(seed);
    let result = catch_unwind(AssertUnwindSafe(|| world.run()));
    let what = match result {
        Ok(Ok(all)) => return Ok(Report::of(&world, &all)),
        Ok(Err(what)) => what,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            format!("panic: {}", text.unwrap_or_else(|| "without a word".into()))
        }
    };
    Err(Broken { seed, what })
}

/// Runs many seeds on that many threads; stops at the first that is broken, or when it shall stop.
///
/// # Errors
/// The seed and what was broken.
pub fn run_many(seeds: Range<u64>, threads: usize, stop: &AtomicBool) -> Result<Report, Broken> {
    let next = AtomicU64::new(seeds.start);
    let total = Mutex::new(Ok(Report::default()));
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let done = run(seed);
                    let mut total = executor::lock(&total);
                    match (done, &mut *total) {
                        (Ok(report), Ok(sum)) => sum.add(&report),
                        (Err(broken), Ok(_)) => {
                            *total = Err(broken);
                            next.store(seeds.end, Ordering::Relaxed);
                        }
                        (_, Err(_)) => return,
                    }
                }
            });
        }
    });
    total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
