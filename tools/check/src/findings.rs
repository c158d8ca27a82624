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

/// So many findings are kept; the others are counted.
pub const FINDINGS_MAX: usize = 10_000;

/// Everything that was found so far.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The first of them.
    pub kept: Vec<Finding>,
    /// How many there are, kept or not.
    pub count: u64,
}

impl Findings {
    /// If it doesn't hold, that is a finding.
    pub fn expect(&mut self, holds: bool, row: impl Row, what: impl FnOnce() -> String) {
        if !holds {
            self.add(row, what());
        }
    }

    /// Something is broken.
    pub fn add(&mut self, row: impl Row, what: String) {
        self.count += 1;
        if self.kept.len() < FINDINGS_MAX {
            self.kept.push(Finding { row: row.name(), what });
        }
    }

    /// Those of another part of the store too.
    pub fn extend(&mut self, others: Self) {
        self.count += others.count;
        let room = FINDINGS_MAX - self.kept.len();
        self.kept.extend(others.kept.into_iter().take(room));
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

impl Row for String {
    fn name(self) -> String {
        self
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
