//! The benchmark: load on a real server, figures, and whether what must hold still does.
//!
//! A cell is one workload under one load. Each begins on a copy of the same store, with a server of
//! its own; its window is measured from outside, and afterwards everything that was acknowledged is
//! held against what must be true. A broken cell scores zero.

mod arguments;
mod book;
mod cell;
mod client;
mod ending;
mod events;
mod failure;
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
pub use report::Format;

use arguments::Part;
use ending::Ending;
use failure::Failure;
use ground::Ground;
use measure::machine::Machine;
use report::{Report, Told};
use std::process::ExitCode;

/// Somebody asked it to end before everything was measured.
const PARTIAL: u8 = 5;

/// Measures what is asked: servers of our own, or the one at `url`. Prints the figures on standard
/// output and everything else on standard error; fails if anything was broken.
pub fn run(arguments: &Arguments, url: Option<&str>, format: Format) -> ExitCode {
    // One thread: load must cost little on the machine that it shares with the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(error, "ulimit -u"));
    let done = runtime.and_then(|it| it.block_on(measure(arguments, url, format)));
    match done {
        Ok(code) => code,
        Err(Failure { what, next, code }) => {
            eprintln!("error: {what}");
            eprintln!("next:  {next}");
            ExitCode::from(code)
        }
    }
}

async fn measure(
    arguments: &Arguments,
    url: Option<&str>,
    format: Format,
) -> Result<ExitCode, Failure> {
    let ending = Ending::listen()?;
    if cfg!(debug_assertions) {
        eprintln!("This is a build without optimisation: its figures tell nothing of speed.");
    }
    let place = arguments.place();
    let mut report = Report::new(Machine::read(&place.folder), arguments.settings());
    let mut ground = tokio::select! {
        ground = Ground::prepare(&place.folder, url) => ground?,
        () = ending.asked() => return Ok(ExitCode::from(PARTIAL)),
    };
    let done = tokio::select! {
        done = part(arguments, &mut ground, &ending, &mut report) => done,
        () = ending.insisted() => Ok(Told::nothing()),
    };
    if let Some(folder) = ground.leave(place.is_kept) {
        eprintln!("The data stays in {}.", folder.display());
    }
    // What was reached is told, also where something failed on the way.
    let told = if arguments.part.is_none() { report.told() } else { done.clone()? };
    told.print(format);
    if let Some(folder) = &arguments.report {
        told.write(&report.charts(), folder)?;
    }
    done?;
    Ok(match (told.is_sound, ending.is_asked()) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::from(PARTIAL),
        (true, false) => ExitCode::SUCCESS,
    })
}

async fn part(
    arguments: &Arguments,
    ground: &mut Ground,
    ending: &Ending,
    report: &mut Report,
) -> Result<Told, Failure> {
    match &arguments.part {
        None => run::run(arguments, ground, ending, report).await.map(|()| Told::nothing()),
        Some(Part::Lists(lists)) => lists::run(lists, ground, ending).await,
        Some(Part::Watch(watch)) => watch::run(watch, ground, ending).await,
    }
}
