//! OrderWeaver: an event-driven e-commerce core on sagas, in one binary.

mod about;
mod bench_command;
mod check_command;
mod check_report;
mod cli;
mod configuration;
mod dev;
mod failure;
mod interrupt;
mod output;
mod process;
mod samples;
mod serve;
mod sim_command;
mod telemetry;
mod wiring;

use clap::FromArgMatches;
use cli::{Cli, Command, ConfigCommand};
use failure::Failure;
use output::{note, text};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(Failure { what, next, code }) => {
            note(format_args!("error: {what}"));
            note(format_args!("next:  {next}"));
            ExitCode::from(code)
        }
    }
}

fn run() -> Result<ExitCode, Failure> {
    let matches = Cli::tree().try_get_matches();
    let matches = matches.map_err(Failure::from)?;
    let Cli { config, globals, verbose, command } = Cli::from_arg_matches(&matches)?;
    let Some(command) = command else { return Ok(about::begin()) };
    let inputs = configuration::inputs(&matches, config, verbose, globals.quiet);
    match command {
        Command::Dev(arguments) => dev::run(&arguments, configuration::load(&inputs)?.0),
        Command::Serve(arguments) => serve::run(&arguments, &configuration::load(&inputs)?.0),
        Command::Check(arguments) => {
            let data = configuration::load(&inputs)?.0.data;
            check_command::run(&arguments, &data, &globals)
        }
        Command::Sim(arguments) => sim_command::run(&arguments),
        Command::Bench(arguments) => Ok(bench_command::run(&arguments, &globals)),
        Command::Client(command) => {
            configuration::warn_of_unknown(&inputs);
            Ok(::cli::run(command, &globals))
        }
        Command::Config(ConfigCommand::Explain) => {
            Ok(configuration::explain(&configuration::load(&inputs)?.1, &globals))
        }
        Command::Config(ConfigCommand::Example) => said(&configuration::example()),
        Command::Metrics => said(&telemetry::reference()),
        Command::Completion { shell } => Ok(about::completion(shell)),
        Command::Man { dir } => about::manual(dir.as_deref()),
        Command::Version => Ok(about::version(verbose > 0)),
    }
}

fn said(what: &str) -> Result<ExitCode, Failure> {
    text(what.as_bytes());
    Ok(ExitCode::SUCCESS)
}
