//! How a command fails: what happened, and the next command to try.

/// A command that could not do its work.
pub struct Failure {
    /// What happened, and to which value.
    pub what: String,
    /// The next command to try.
    pub next: String,
    /// 1 failed, 2 usage.
    pub code: u8,
}

impl Failure {
    /// It failed.
    pub fn new(what: impl ToString, next: impl Into<String>) -> Self {
        Self { what: what.to_string(), next: next.into(), code: 1 }
    }

    /// It was asked for something that can't be done.
    pub fn usage(what: impl ToString, next: impl Into<String>) -> Self {
        Self { code: 2, ..Self::new(what, next) }
    }
}
