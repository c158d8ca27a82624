//! How a command fails: what happened, and the next command to try.

use clap::error::ErrorKind;

/// A command that could not do its work.
pub struct Failure {
    /// What happened, and to which value.
    pub what: String,
    /// The next command to try.
    pub next: String,
    /// The exit code: 1 failed, 2 usage, 3 not found.
    pub code: u8,
}

impl Failure {
    /// It failed.
    pub fn new(what: impl ToString, next: impl Into<String>) -> Self {
        Self { what: what.to_string(), next: next.into(), code: 1 }
    }

    /// It was asked for something that can't be done.
    pub fn usage(what: impl ToString, next: impl Into<String>) -> Self {
        Self { code: 2, ..Self::new(what, next) }
    }

    /// What it was asked about is not there.
    pub fn not_found(what: impl ToString, next: impl Into<String>) -> Self {
        Self { code: 3, ..Self::new(what, next) }
    }
}

impl From<clap::Error> for Failure {
    /// What clap has to say of a command line that can't be read.
    fn from(error: clap::Error) -> Self {
        let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        if is_help || !error.use_stderr() {
            error.exit(); // with the help or the version
        }
        let said = error.render().to_string();
        let said = said.split("\nFor more information").next().unwrap_or_default();
        let said = said.trim().trim_start_matches("error: ");
        Self::usage(said, format!("{} --help", command_in(said)))
    }
}

/// The command whose usage is told.
fn command_in(said: &str) -> String {
    let usage = said.lines().find_map(|line| line.trim().strip_prefix("Usage: "));
    let words = usage.unwrap_or("orderweaver").split_whitespace();
    words.take_while(|word| !word.starts_with(['[', '<', '-'])).collect::<Vec<_>>().join(" ")
}
