//! `Prefer: wait=10` (RFC 7240): the client would rather wait for what comes of its request. It is
//! a wish, no part of the request: what can't be read is as if it weren't there.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use std::convert::Infallible;
use std::time::Duration;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// Nobody waits longer.
const SECONDS_MAX: u64 = 60;

/// How long the client would wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(u64);

impl<S: Send + Sync> FromRequestParts<S> for Wait {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(seconds(&parts.headers).unwrap_or(0)))
    }
}

impl Wait {
    /// How long; nothing where it didn't ask.
    pub fn span(self) -> Option<Duration> {
        (self.0 > 0).then(|| Duration::from_secs(self.0))
    }

    /// Says in the response that the wish was granted.
    pub fn say(self, response: &mut Response) {
        if let Ok(applied) = HeaderValue::from_str(&format!("wait={}", self.0)) {
            response.headers_mut().insert(APPLIED, applied);
        }
    }
}

/// The first preference of that name counts.
fn seconds(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let mut wishes = values.flat_map(|value| value.split(',')).filter_map(|wish| {
        let (name, value) = wish.split(';').next()?.split_once('=')?;
        name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().trim_matches('"'))
    });
    let wish = wishes.next()?;
    match wish.parse() {
        Ok(seconds) => Some(SECONDS_MAX.min(seconds)),
        // More than any number of ours can hold.
        Err(_) if !wish.is_empty() && wish.bytes().all(|it| it.is_ascii_digit()) => {
            Some(SECONDS_MAX)
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;
    use axum::http::{HeaderMap, HeaderValue};

    fn check(given: &[&'static str], expected: Option<u64>) {
        let mut headers = HeaderMap::new();
        for value in given {
            headers.append("prefer", HeaderValue::from_static(value));
        }
        assert_eq!(seconds(&headers), expected, "{given:?}");
    }

    #[test]
    fn the_first_wish_to_wait_counts() {
        check(&["wait=10"], Some(10));
        check(&["respond-async, WAIT = \"10\"; x=1"], Some(10));
        check(&["return=minimal", "wait=3", "wait=4"], Some(3));
        check(&["wait=0"], Some(0));
    }

    #[test]
    fn nobody_waits_longer_than_a_minute() {
        check(&["wait=61"], Some(60));
        check(&["wait=99999999999999999999999"], Some(60));
    }

    #[test]
    fn what_can_not_be_read_is_no_wish() {
        for nonsense in ["", "wait", "wait=", "wait=x", "wait=-1", "wait=1.5", "waits=1", ",;="] {
            check(&[nonsense], None);
        }
        check(&[], None);
    }
}
