//! The benchmark: load on a real server, figures, and whether what must hold still does.
//!
//! A cell is one workload under one load. Each begins on a copy of the same store, with a server of
//! its own; its window is measured from outside, and afterwards everything that was acknowledged is
//! held against what must be true. A broken cell scores zero.

mod arguments;
mod book;
mod cell;
mod client;
mod events;
mod figures;
mod ground;
mod lists;
mod load;
mod measure;
mod proof;
mod random;
mod report;
mod run;
mod server;
mod shelf;
mod store;
mod watch;
mod workload;
mod zipf;

pub use arguments::Arguments;

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
    Wishes { format, notes }: Wishes,
) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::listen()?;
    if cfg!(debug_assertions) {
        notes.say("This is a build without optimisation: its figures tell nothing of speed.");
    }
    let place = arguments.place();
    let mut report = Report::new(Machine::read(&place.folder), arguments.settings());
    let mut ground = tokio::select! {
        ground = Ground::prepare(place) => ground?,
        () = interrupt.asked() => {
            notes.say("interrupted before anything was measured");
            return Ok(Exit::Interrupted.into());
        }
    };
    let done = tokio::select! {
        done = part(arguments, &mut ground, &interrupt, notes, &mut report) => done,
        () = interrupt.insisted() => Ok(Told::nothing()),
    };
    if let Some(folder) = ground.leave(place.is_kept) {
        notes.say(format_args!("The data stays in {}.", folder.display()));
    }
    if interrupt.is_asked() && arguments.part.is_none() {
        let (reached, asked) = (report.runs(), arguments.runs());
        notes.say(format_args!("interrupted: {reached} of {asked} runs were measured"));
    }
    // What was reached is told, also where something failed on the way.
    let told = if arguments.part.is_none() { report.told() } else { done.clone()? };
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
