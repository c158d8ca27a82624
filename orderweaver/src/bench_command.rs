//! `orderweaver bench`, with the flags that every command has.

use crate::buses::REMOVE_TOPICS;
use bench::{Arguments, Wishes};
use std::process::ExitCode;
use terminal::Failure;

/// Measures a shop of its own, or the one at its `--url`.
pub fn run(arguments: &Arguments, globals: &::cli::Globals) -> Result<ExitCode, Failure> {
    let (format, notes) = (globals.output, globals.notes());
    bench::run(arguments, Wishes { format, notes, topics: REMOVE_TOPICS })
}
