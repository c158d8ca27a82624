//! What a command has to say. Where nobody reads any more (`| head`), it is not said.

use std::fmt::Display;
use std::io::Write;

/// Prints a line of what was asked for.
pub fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints a line beside it, on standard error.
pub fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints a text as it is.
pub fn text(text: &[u8]) {
    let _ = std::io::stdout().write_all(text);
}
