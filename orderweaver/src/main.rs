//! OrderWeaver: an event-driven e-commerce core on sagas, in one binary.

mod check_command;
mod cli;
mod configuration;
mod dev;
mod failure;
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
use output::{line, note};
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
    let matches = Cli::tree().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let inputs = configuration::inputs(&matches, cli.config);
    match cli.command {
        Command::Dev(arguments) => dev::run(&arguments, configuration::load(&inputs)?.0),
        Command::Serve(arguments) => serve::run(&arguments, &configuration::load(&inputs)?.0),
        Command::Check => check_command::run(&configuration::load(&inputs)?.0.data),
        Command::Sim(arguments) => sim_command::run(&arguments),
        Command::Bench(arguments) => Ok(bench::run(&arguments, None, bench::Format::Table)),
        Command::Client(command) => Ok(::cli::run(command, &cli.globals)),
        Command::Config(ConfigCommand::Explain) => {
            configuration::explain(&configuration::load(&inputs)?.1);
            Ok(ExitCode::SUCCESS)
        }
        Command::Config(ConfigCommand::Example) => {
            line(configuration::example().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Metrics => {
            line(telemetry::reference().trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}
