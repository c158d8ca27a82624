//! Why a benchmark gives no figures.

use std::fmt;

/// What is told to whoever asked.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What happened, and to which value.
    pub what: String,
    /// The next command to try.
    pub next: String,
    /// 1 failed, 2 usage, 6 unreachable.
    pub code: u8,
}

impl Failure {
    /// It failed.
    pub fn new(what: impl fmt::Display, next: impl Into<String>) -> Self {
        Self { what: what.to_string(), next: next.into(), code: 1 }
    }

    /// It was asked for something that can't be done.
    pub fn usage(what: impl fmt::Display, next: impl Into<String>) -> Self {
        Self { code: 2, ..Self::new(what, next) }
    }

    /// Nobody answers there.
    pub fn unreachable(what: impl fmt::Display, next: impl Into<String>) -> Self {
        Self { code: 6, ..Self::new(what, next) }
    }
}
