//! `orderweaver sim`: the whole shop from one seed.

use crate::cli::SimArguments;
use crate::interrupt;
use sim::{Broken, World};
use std::ops::Range;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;
use terminal::{Exit, Failure, line, note};

/// So many seeds must have seen everything that can occur.
const TELLING_SEEDS_MIN: u64 = 200;

/// Runs one seed or many, and says what has occurred.
pub fn run(arguments: &SimArguments) -> Result<ExitCode, Failure> {
    match arguments.seed {
        Some(seed) => one(seed, arguments.order.as_deref()),
        None => many(range(&arguments.seeds)?),
    }
}

fn one(seed: u64, order: Option<&str>) -> Result<ExitCode, Failure> {
    if let Some(order) = order {
        let mut world = World::new(seed);
        let done = world.run();
        let story = world.story(order);
        if story.is_empty() {
            let what = format!("in the world of seed {seed} there is no order {order:?}");
            let next = format!("orderweaver sim --seed {seed} --order o-0");
            return Err(Failure::not_found(what, next));
        }
        story.iter().try_for_each(line)?;
        return done.map(|_| ExitCode::SUCCESS).map_err(|what| broken(&Broken { seed, what }));
    }
    let report = sim::run(seed).map_err(|it| broken(&it))?;
    line(report)?;
    Ok(ExitCode::SUCCESS)
}

fn many(seeds: Range<u64>) -> Result<ExitCode, Failure> {
    let begun = Instant::now();
    let count = seeds.end - seeds.start;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let is_asked = interrupt::listen();
    let report = sim::run_many(seeds, threads, &is_asked).map_err(|it| broken(&it))?;
    line(&report)?;
    note(format_args!("{:.1?} on {threads} threads", begun.elapsed()));
    if report.seeds < count {
        note(format_args!("interrupted: {} of {count} seeds have run", report.seeds));
        return Ok(Exit::Interrupted.into());
    }
    let missing = report.missing();
    if count < TELLING_SEEDS_MIN || missing.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let what = format!("these seeds prove too little: {}", missing.join("; "));
    Err(Failure::failed(what, "orderweaver sim --seeds 0..1000"))
}

fn broken(Broken { seed, what }: &Broken) -> Failure {
    Failure::failed(format!("seed {seed}: {what}"), format!("orderweaver sim --seed {seed}"))
}

fn range(text: &str) -> Result<Range<u64>, Failure> {
    let parse = |text: &str| text.trim().parse::<u64>().ok();
    let range = text.split_once("..").and_then(|(from, to)| Some(parse(from)?..parse(to)?));
    let wrong = || {
        let what = format!("--seeds {text:?} is no range such as 0..1000");
        Failure::usage(what, "orderweaver sim --seeds 0..1000")
    };
    range.filter(|range| range.start < range.end).ok_or_else(wrong)
}
