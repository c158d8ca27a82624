//! What may be configured of the HTTP API.

use contracts::Currency;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

/// Requests handled at once by one process, unless it is configured.
pub const REQUESTS_MAX: usize = 2_048;

/// What may be configured of the HTTP API.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The currency of amounts that name none.
    pub currency: Currency,
    /// How much one client may ask; without it as much as it likes.
    pub rate_limit: Option<RateLimit>,
    /// Requests that this process handles at once, over all its ports; more are told to come again.
    pub requests_max: usize,
}

/// How much one client may ask: those who send the same `Authorization`, which nobody verifies, or
/// else come from the same address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in a window.
    pub requests: NonZeroU32,
    /// How long a window is, in whole seconds and at least one. It begins with a request of the
    /// client's, and when it is over, with the next one.
    pub window: Duration,
}

impl fmt::Display for RateLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} requests in {} seconds", self.requests, self.window.as_secs())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { currency: Currency::USD, rate_limit: None, requests_max: REQUESTS_MAX }
    }
}
