//! `orderweaver sim`: the whole shop from one seed.

use crate::cli::SimArguments;
use ::cli::Globals;
use serde_json::{Value, json};
use sim::{Broken, Report, World};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Range;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;
use terminal::{Exit, Failure, Interrupt, text};

/// So many seeds must have seen everything that can occur.
const TELLING_SEEDS_MIN: u64 = 200;

/// Runs one seed or many, and says what has occurred.
pub fn run(arguments: &SimArguments, globals: &Globals) -> Result<ExitCode, Failure> {
    match arguments.seed {
        Some(seed) => one(seed, arguments.order.as_deref(), globals),
        None => many(range(&arguments.seeds)?, globals),
    }
}

fn one(seed: u64, order: Option<&str>, globals: &Globals) -> Result<ExitCode, Failure> {
    if let Some(order) = order {
        let mut world = World::new(seed);
        let done = world.run();
        let story = world.story(order);
        if story.is_empty() {
            let what = format!("in the world of seed {seed} there is no order {order:?}");
            let next = format!("orderweaver sim --seed {seed} --order o-0");
            return Err(Failure::not_found(what, next));
        }
        let document = json!({ "seed": seed, "order_id": order, "messages": story });
        let lines = || story.iter().map(|line| format!("{line}\n")).collect();
        text(&globals.output.document(&document).unwrap_or_else(lines))?;
        return done.map(|_| ExitCode::SUCCESS).map_err(|what| broken(&Broken { seed, what }));
    }
    let report = sim::run(seed).map_err(|it| broken(&it))?;
    print(&report, globals)?;
    Ok(ExitCode::SUCCESS)
}

fn many(seeds: Range<u64>, globals: &Globals) -> Result<ExitCode, Failure> {
    let begun = Instant::now();
    let count = seeds.end - seeds.start;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let interrupt = Interrupt::listen()?;
    let report = sim::run_many(seeds, threads, &interrupt.flag()).map_err(|it| broken(&it))?;
    print(&report, globals)?;
    globals.notes().say(format_args!("{:.1?} on {threads} threads", begun.elapsed()));
    if report.seeds < count {
        globals
            .notes()
            .say(format_args!("interrupted: {} of {count} seeds have run", report.seeds));
        return Ok(Exit::interrupted(report.seeds > 0).into());
    }
    let missing = report.missing();
    if count < TELLING_SEEDS_MIN || missing.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let what = format!("these seeds prove too little: {}", missing.join("; "));
    Err(Failure::failed(what, "orderweaver sim --seeds 0..1000"))
}

fn print(report: &Report, globals: &Globals) -> Result<(), Failure> {
    text(&globals.output.document(&document(report)).unwrap_or_else(|| format!("{report}\n")))
}

fn document(report: &Report) -> Value {
    let Report { seeds, trace, faults, hostings, replicas, orders, sagas, steps } = report;
    json!({
        "seeds": seeds,
        "trace": format!("{trace:016x}"),
        "hostings": counts(hostings),
        "replicas": counts(replicas),
        "faults": counts(faults),
        "orders": orders,
        "sagas": sagas,
        "steps": steps,
    })
}

fn counts(of: &BTreeMap<impl Debug, u64>) -> Value {
    of.iter().map(|(name, count)| (format!("{name:?}"), Value::from(*count))).collect()
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
