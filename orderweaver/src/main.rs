//! OrderWeaver: an event-driven e-commerce core on sagas, in one binary.

mod about;
mod bench_command;
mod buses;
mod check_command;
mod check_report;
mod check_statement;
mod cli;
mod configuration;
mod dev;
mod health_command;
mod migrate_command;
mod move_command;
mod process;
mod progress;
mod provider_command;
mod samples;
mod serve;
mod sim_command;
mod stores;
mod telemetry;
mod usage;
mod wiring;

use clap::{ArgMatches, FromArgMatches};
use cli::{Cli, Command, ConfigCommand};
use configuration::Configuration;
use std::process::ExitCode;
use terminal::{Failure, Outcome};
use tikv_jemallocator::Jemalloc;

/// A saga is hundreds of small allocations, many made on one thread and freed on another: this
/// allocator takes a sixth of all CPU time off (bench/RESULTS.md).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    terminal::end(run())
}

fn run() -> Outcome<ExitCode> {
    let matches = Cli::tree().try_get_matches();
    let read = matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    match read {
        Ok((cli, matches)) => done(cli, &matches),
        Err(error) => usage::told(&error),
    }
}

fn done(cli: Cli, matches: &ArgMatches) -> Outcome<ExitCode> {
    let Cli { config, globals, verbose, command } = cli;
    let Some(command) = command else { return Ok(about::begin()?) };
    let inputs = configuration::inputs(matches, config, verbose, globals.quiet);
    let done = match command {
        Command::Dev(arguments) => {
            dev::run(&arguments, configuration::load(&inputs)?.0, globals.color)
        }
        Command::Serve(arguments) => {
            serve::run(&arguments, &configuration::load(&inputs)?.0, globals.color)
        }
        Command::ProviderFake(arguments) => {
            provider_command::run(&arguments, &configuration::load(&inputs)?.0, globals.color)
        }
        Command::Healthcheck(arguments) => {
            health_command::run(&arguments, &configuration::load(&inputs)?.0)
        }
        Command::Check(arguments) => {
            check_command::run(&arguments, &configuration::load(&inputs)?.0, &globals)
        }
        Command::Migrate(command) => {
            migrate_command::run(command, &configuration::load(&inputs)?.0, &globals)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Move(arguments) => {
            let inputs = configuration::with_store(inputs, arguments.to.as_deref());
            let configuration = configuration::load(&inputs)?.0;
            let configuration = Configuration { data: arguments.from, ..configuration };
            return move_command::run(&configuration, &globals);
        }
        Command::Sim(arguments) => sim_command::run(&arguments, &globals),
        Command::Bench(arguments) => bench_command::run(&arguments, &globals),
        Command::Client(command) => {
            configuration::warn_of_unknown(&inputs);
            ::cli::run(command, &globals)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Config(ConfigCommand::Explain) => {
            configuration::explain(&configuration::load(&inputs)?.1, &globals)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Config(ConfigCommand::Example) => said(&configuration::example()),
        Command::Metrics => said(&telemetry::reference()),
        Command::Completion { shell } => said(&about::completion(shell)),
        Command::Man { dir } => about::manual(dir.as_deref()),
        Command::Version => about::version(verbose > 0, globals.output),
    };
    Ok(done?)
}

fn said(what: &str) -> Result<ExitCode, Failure> {
    terminal::text(what)?;
    Ok(ExitCode::SUCCESS)
}
