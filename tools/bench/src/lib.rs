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
mod load;
mod measure;
mod proof;
mod random;
mod report;
mod run;
mod server;
mod shelf;
mod store;
mod workload;
mod zipf;

pub use arguments::Arguments;

use ending::Ending;
use failure::Failure;
use measure::machine::Machine;
use report::Report;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// How the figures are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// Somebody asked it to end before everything was measured.
const PARTIAL: u8 = 5;

/// Measures what is asked: a server of our own, or the one at `url`. Prints the figures on standard
/// output and everything else on standard error; fails if anything was broken.
pub fn run(arguments: &Arguments, url: Option<&str>, format: Format) -> ExitCode {
    match measure(arguments, url, format) {
        Ok(code) => code,
        Err(Failure { what, next, code }) => {
            eprintln!("error: {what}");
            eprintln!("next:  {next}");
            ExitCode::from(code)
        }
    }
}

fn measure(arguments: &Arguments, url: Option<&str>, format: Format) -> Result<ExitCode, Failure> {
    // One thread: load must cost little on the machine that it shares with the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(error, "ulimit -u"))?;
    let mut report = Report::new(Machine::read(&arguments.folder), arguments.settings());
    if report.is_debug_build {
        eprintln!("This is a build without optimisation: its figures tell nothing of speed.");
    }
    let (done, is_ended) = runtime.block_on(async {
        let ending = Ending::listen()?;
        let done = tokio::select! {
            done = run::run(arguments, url, &ending, &mut report) => done,
            () = ending.insisted() => Ok(()),
        };
        Ok::<_, Failure>((done, ending.is_asked()))
    })?;
    print(&report, format);
    if let Some(folder) = &arguments.report {
        write(&report, folder)?;
    }
    done?;
    Ok(match (report.holds(), is_ended) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::from(PARTIAL),
        (true, false) => ExitCode::SUCCESS,
    })
}

fn print(report: &Report, format: Format) {
    let text = match format {
        Format::Table => report.tables().map(|table| table.plain()).join("\n"),
        Format::Json => json(report),
    };
    // Where nobody reads any more (`| head`), it is not said.
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}

fn json(report: &Report) -> String {
    // Maps with names as keys and finite numbers: nothing that JSON could not say.
    serde_json::to_string_pretty(report).unwrap_or_default()
}

fn write(report: &Report, folder: &Path) -> Result<(), Failure> {
    let tables = report.tables().map(|table| table.markdown()).join("\n");
    let texts = [("tables.md".to_string(), tables), ("run.json".into(), json(report))];
    let charts = report.charts().into_iter().map(|(name, svg)| (format!("{name}.svg"), svg));
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        let mut files = texts.into_iter().chain(charts);
        files.try_for_each(|(name, text)| std::fs::write(folder.join(name), text))
    });
    written.map_err(|error| {
        let what = format!("--report {}: {error}", folder.display());
        Failure::new(what, "orderweaver bench --report ANOTHER_FOLDER")
    })
}
