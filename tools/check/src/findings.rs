//! What is broken, by row.

use service::RecordKey;
use std::fmt;

/// Something that must hold and doesn't.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The row: table, subject, and number where it isn't 0.
    pub row: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.row, self.what)
    }
}

/// Everything that was found so far.
#[derive(Clone, Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// If it doesn't hold, that is a finding.
    pub fn expect(&mut self, holds: bool, row: impl Row, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Finding { row: row.name(), what: what() });
        }
    }
}

/// Something that names a row.
pub trait Row {
    /// Table, subject, and number where it isn't 0.
    fn name(self) -> String;
}

impl Row for &RecordKey {
    fn name(self) -> String {
        format!("{self:?}")
    }
}

impl Row for &str {
    fn name(self) -> String {
        self.into()
    }
}

impl Row for (&str, &str) {
    fn name(self) -> String {
        format!("{}/{}", self.0, self.1)
    }
}

impl Row for (&str, &str, u32) {
    fn name(self) -> String {
        (self.0, self.1, u64::from(self.2)).name()
    }
}

impl Row for (&str, &str, u64) {
    fn name(self) -> String {
        format!("{}/{}/{}", self.0, self.1, self.2)
    }
}
