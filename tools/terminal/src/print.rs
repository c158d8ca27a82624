//! Where it goes: what was asked for to standard output, everything else to standard error.

use crate::failure::Failure;
use crate::queue;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Prints a text on standard output. Where nobody reads any more (`| head`), it is not said.
///
/// # Errors
/// It can't be written, such as to a full disk.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure::unprinted(error)),
    })
}

/// Prints a line on standard output, in the same way.
///
/// # Errors
/// It can't be written, such as to a full disk.
pub fn line(line: impl Display) -> Result<(), Failure> {
    text(&format!("{line}\n"))
}

/// Says a line on standard error. Where it can't be said, nobody can be told.
pub fn note(line: impl Display) {
    queue::push(format!("{line}\n").as_bytes());
}
