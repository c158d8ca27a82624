//! What is said besides the data, on standard error.

use std::fmt::Display;
use std::io::Write;

/// Says what is of interest to a person; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Notes {
    /// `-q`: nothing is said but failures.
    pub is_quiet: bool,
}

impl Notes {
    /// A line. Where nobody reads standard error any more, it is not said.
    pub fn say(self, text: impl Display) {
        if !self.is_quiet {
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
}
