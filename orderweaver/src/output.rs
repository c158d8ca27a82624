//! What a command has to say on standard output.

use std::fmt::Display;
use std::io::Write;

/// Prints a line. Where nobody reads any more (`| head`), it is not said.
pub fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
