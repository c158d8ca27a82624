//! A command line that can't be read: which word, what is allowed, and where it is told.

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
    Failure::usage(said, format!("{} --help", command_in(said)))
}

/// The command whose usage is told.
fn command_in(said: &str) -> String {
    let usage = said.lines().find_map(|line| line.trim().strip_prefix("Usage: "));
    let words = usage.unwrap_or("orderweaver").split_whitespace();
    words.take_while(|word| !word.starts_with(['[', '<', '-'])).collect::<Vec<_>>().join(" ")
}
