//! OrderWeaver: an event-driven e-commerce core on sagas, in one binary.

mod check_command;
mod cli;
mod dev;
mod failure;
mod observe;
mod output;
mod process;
mod samples;
mod serve;
mod sim_command;
mod telemetry;
mod wiring;

use clap::Parser;
use cli::{Cli, Command};
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Dev(arguments) => dev::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Check(arguments) => check_command::run(&arguments),
        Command::Sim(arguments) => sim_command::run(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(Failure { what, next, code }) => {
            eprintln!("error: {what}");
            eprintln!("next:  {next}");
            ExitCode::from(code)
        }
    }
}
