//! A command line that can't be read: which word, what is allowed, and where it is told.

use crate::cli::Cli;
use clap::error::ErrorKind;
use terminal::Failure;

/// What clap has to say of it. It says itself what is no failure: the help, the version.
pub fn failure(error: clap::Error) -> Failure {
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help || !error.use_stderr() {
        error.exit();
    }
    let said = error.render().to_string();
    let said = said.split("\nFor more information").next().unwrap_or_default();
    let said = said.trim().trim_start_matches("error: ");
    Failure::usage(said, format!("{} --help", command_in(words())))
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
