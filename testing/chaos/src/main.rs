//! `make chaos`: one run, and its verdict.

use chaos::run::{Plan, run};
use chaos::schedule::LENGTH_MIN;
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tempfile::TempDir;
use terminal::{Exit, Failure, Interrupt, Outcome, end, note, text, whole};

/// Run the four services on PostgreSQL and Kafka while everything goes wrong that a seed decides,
/// and say whether every promise was kept.
#[derive(Parser)]
struct Arguments {
    /// Decides what goes wrong when.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole(0_u64..))]
    seed: u64,
    /// For how long things go wrong.
    #[arg(long, value_name = "N", default_value_t = 10,
        value_parser = whole(LENGTH_MIN.as_secs() / 60..=1_440))]
    minutes: u64,
    /// The binary, built with the feature kafka.
    #[arg(long, value_name = "FILE", default_value = "target/release/orderweaver")]
    program: PathBuf,
    /// Keep the folder with the logs although all went well.
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    end(done(&Arguments::parse()))
}

fn done(arguments: &Arguments) -> Outcome<ExitCode> {
    let Arguments { seed, minutes, program, keep } = arguments;
    let again = format!("make chaos SEED={seed} MINUTES={minutes}");
    if !program.is_file() {
        let what = format!("{}: there is no such program", program.display());
        return Err(Failure::usage(what, "make chaos").into());
    }
    let failed = |error: std::io::Error| Failure::failed(error, &again);
    let folder = TempDir::with_prefix("orderweaver-chaos-").map_err(failed)?;
    let length = Duration::from_secs(60 * minutes);
    let program = program.canonicalize().map_err(failed)?;
    let plan = Plan { seed: *seed, length, program, folder: folder.path().into() };
    let interrupt = Interrupt::listen()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let verdict = runtime.map_err(failed)?.block_on(run(&plan, &interrupt));
    if *keep || !matches!(&verdict, Ok(Some(verdict)) if verdict.is_good()) {
        note(format_args!("the logs are in {}", folder.keep().display()));
    }
    let Some(verdict) = verdict? else { return Ok(Exit::Interrupted.into()) };
    text(&format!("{}\n{verdict}", verdict.counts.table()))?;
    if verdict.is_good() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::failed(format!("seed {seed}: a promise was broken"), again).into())
}
