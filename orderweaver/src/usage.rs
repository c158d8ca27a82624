//! A command line that can't be read: which word, what is allowed, and where it is told.

use crate::cli::Cli;
use clap::error::ErrorKind;
use std::io::{Write, stdout};
use std::process::ExitCode;
use terminal::{Exit, Failure, Outcome};

/// What clap has to say of it. The help and the version were asked for, and are no failure.
///
/// # Errors
/// It can't be printed, or what was typed makes no sense.
pub fn told(error: &clap::Error) -> Outcome<ExitCode> {
    if !error.use_stderr() {
        error.print()?;
        stdout().flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Where it can't be said, the exit code tells.
        let _ = error.print();
        return Ok(Exit::Usage.into());
    }
    let said = error.render().to_string();
    let said = said.split("\nFor more information").next().unwrap_or_default();
    let said = said.trim().trim_start_matches("error: ");
    Err(Failure::usage(said, format!("{} --help", command_in(words()))).into())
}

/// What was typed; what is no Unicode leads to no command.
fn words() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned())
}

/// The command that these words call: as far as they lead down the tree.
fn command_in(words: impl Iterator<Item = String>) -> String {
    let tree = Cli::tree();
    let (mut command, mut name) = (&tree, tree.get_name().to_string());
    for word in words {
        if let Some(subcommand) = command.find_subcommand(&word) {
            command = subcommand;
            name = format!("{name} {word}");
        }
    }
    name
}
