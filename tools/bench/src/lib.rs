//! The benchmark: load on a real server, figures, and whether what must hold still does.
//!
//! A cell is one workload under one load. Each begins on a copy of the same store, with a server of
//! its own; its window is measured from outside, and afterwards everything that was acknowledged is
//! held against what must be true. A broken cell scores zero.

mod address;
mod arguments;
mod book;
mod broker;
mod cell;
mod client;
mod cost;
mod databases;
mod events;
mod figures;
mod ground;
mod lists;
mod load;
mod measure;
mod place;
mod postgres;
mod process;
mod proof;
mod random;
mod report;
mod run;
mod shelf;
mod shop;
mod site;
mod store;
mod watch;
mod who;
mod workload;
mod zipf;

pub use arguments::Arguments;
pub use broker::RemoveTopics;

use arguments::Part;
use ground::Ground;
use measure::machine::Machine;
use report::{Report, Told};
use std::process::ExitCode;
use terminal::{Exit, Failure, Format, Interrupt, Notes};

/// What the caller wants beside the figures.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// How the figures are printed.
    pub format: Format,
    /// Says the rest.
    pub notes: Notes,
    /// What the binary can do with topics of Kafka, if it was built with it.
    pub topics: Option<RemoveTopics>,
}

/// Measures what is asked, prints the figures on standard output and everything else on standard
/// error.
///
/// # Errors
/// It could not be measured. That something was broken is an exit code.
pub fn run(arguments: &Arguments, wishes: Wishes) -> Result<ExitCode, Failure> {
    // One thread: load must cost little on the machine that it shares with the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed(error, "ulimit -u"))?;
    runtime.block_on(measure(arguments, wishes))
}

async fn measure(
    arguments: &Arguments,
    Wishes { format, notes, topics }: Wishes,
) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::listen()?;
    let place = arguments.place();
    let mut ground = tokio::select! {
        ground = Ground::prepare(place, topics) => ground?,
        () = interrupt.asked() => {
            notes.say("interrupted before anything was measured");
            return Ok(Exit::Interrupted.into());
        }
    };
    let (machine, setup) = (Machine::read(&place.folder), ground.setup());
    let remarks = setup.remarks();
    remarks.iter().for_each(|remark| notes.say(remark));
    let mut report = Report::new(machine, setup, arguments.settings());
    let done = tokio::select! {
        done = part(arguments, &mut ground, &interrupt, notes, &mut report) => done,
        () = interrupt.insisted() => Ok(Told::nothing()),
    };
    if let Some(places) = ground.leave(place.is_kept) {
        notes.say(format_args!("The data stays in {places}."));
    }
    if interrupt.is_asked() && arguments.part.is_none() {
        let (reached, asked) = (report.runs(), arguments.runs());
        notes.say(format_args!("interrupted: {reached} of {asked} runs were measured"));
    }
    // What was reached is told, also where something failed on the way.
    let told = if arguments.part.is_none() { report.told() } else { done.clone()? };
    let told = Told { remarks, ..told };
    told.print(format)?;
    if let Some(folder) = &arguments.report {
        told.write(&report.charts(), folder)?;
    }
    done?;
    Ok(match (told.is_sound, interrupt.is_asked()) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => Exit::interrupted(told.measured > 0).into(),
        (true, false) => ExitCode::SUCCESS,
    })
}

async fn part(
    arguments: &Arguments,
    ground: &mut Ground,
    interrupt: &Interrupt,
    notes: Notes,
    report: &mut Report,
) -> Result<Told, Failure> {
    match &arguments.part {
        None => {
            run::run(arguments, ground, interrupt, notes, report).await.map(|()| Told::nothing())
        }
        Some(Part::Lists(lists)) => lists::run(lists, ground, interrupt, notes).await,
        Some(Part::Watch(watch)) => watch::run(watch, ground, interrupt).await,
    }
}
