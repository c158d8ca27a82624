//! How a command ends: the exit code, and what is said if it did not do all it was asked for.

use crate::print::note;
use crate::queue;
use std::fmt::Display;
use std::io;
use std::process::ExitCode;

/// The exit codes of a command that did not do all it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It failed.
    Failed = 1,
    /// A flag or a value is not allowed, whether we or the server found it.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// It stands against what is there: another version, another order of the same id.
    Conflict = 4,
    /// A part of it was done; the rest was refused, or Ctrl-C came.
    Partial = 5,
    /// Nobody answers at the address.
    Unreachable = 6,
    /// What was waited for did not come in time.
    Timeout = 7,
    /// Ctrl-C before anything was done; shells say 128 and the number of the signal.
    Interrupted = 130,
}

impl Exit {
    /// Of a command that has an end, and that Ctrl-C ended before it came to it. A part is done
    /// where something of what was asked for stays: orders that were placed, rows that were
    /// printed, runs that were measured.
    pub const fn interrupted(is_part_done: bool) -> Self {
        match is_part_done {
            true => Self::Partial,
            false => Self::Interrupted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command that did not do all it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, and to which value.
    pub what: String,
    /// More of it, a line each: the fields at fault.
    pub details: Vec<String>,
    /// The next command to try; empty where there is none.
    pub next: String,
}

impl Failure {
    /// It ended so.
    pub fn new(exit: Exit, what: impl Display, next: impl Into<String>) -> Self {
        Self { exit, what: what.to_string(), details: vec![], next: next.into() }
    }

    /// It could not be done.
    pub fn failed(what: impl Display, next: impl Into<String>) -> Self {
        Self::new(Exit::Failed, what, next)
    }

    /// A flag or a setting has a value that is not allowed.
    pub fn usage(what: impl Display, next: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what, next)
    }

    /// What it was asked about is not there.
    pub fn not_found(what: impl Display, next: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, what, next)
    }

    /// Nobody answers there.
    pub fn unreachable(what: impl Display, next: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, what, next)
    }

    /// What was asked for can't be printed, such as to a full disk.
    pub fn unprinted(error: impl Display) -> Self {
        Self::failed(format_args!("standard output: {error}"), "df -h")
    }

    /// As it is said on standard error.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let lines = self.what.lines().chain(self.details.iter().map(String::as_str));
        for (index, line) in lines.filter(|line| !line.is_empty()).enumerate() {
            let before = if index == 0 { "error: " } else { "       " };
            text.push_str(&format!("{before}{line}\n"));
        }
        if !self.next.is_empty() {
            text.push_str(&format!("next:  {}\n", self.next));
        }
        text
    }
}

/// Why a command stops before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It failed.
    Failed(Box<Failure>),
    /// Nobody reads its output any more (`| head`), which is no failure.
    NobodyReads,
}

/// What a command comes to.
pub type Outcome<T = ()> = Result<T, Stop>;

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl From<io::Error> for Stop {
    /// Of standard output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Failure::unprinted(error).into(),
        }
    }
}

/// The end of the process: what went wrong is said on standard error.
pub fn end(outcome: Outcome<ExitCode>) -> ExitCode {
    let code = match outcome {
        Ok(code) => code,
        Err(Stop::NobodyReads) => ExitCode::SUCCESS,
        Err(Stop::Failed(failure)) => {
            note(failure.text().trim_end());
            failure.exit.into()
        }
    };
    queue::flush();
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_what_happened_and_ends_with_the_next_command() {
        let mut failure = Failure::usage("validation_failed: 2 fields", "orderweaver --help");
        let next = "next:  orderweaver --help\n";
        assert_eq!(failure.text(), format!("error: validation_failed: 2 fields\n{next}"));
        failure.details.push("amount: is -1".into());
        failure.next.clear();
        assert_eq!(failure.text(), "error: validation_failed: 2 fields\n       amount: is -1\n");
    }

    #[test]
    fn a_pipe_that_is_gone_is_no_failure() {
        let gone = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Stop::from(gone), Stop::NobodyReads);
        let full = Stop::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(full, Stop::Failed(failure) if failure.exit == Exit::Failed));
    }
}
