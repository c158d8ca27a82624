//! What is said besides the data, on standard error.

use crate::print::note;
use std::fmt::Display;

/// Says what is of interest to a person; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Notes {
    /// `-q`: nothing is said but failures.
    pub is_quiet: bool,
}

impl Notes {
    /// A line.
    pub fn say(self, text: impl Display) {
        if !self.is_quiet {
            note(text);
        }
    }
}
