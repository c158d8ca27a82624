//! Versions on the way: `ETag`, `If-None-Match` and `If-Match` (RFC 9110, section 13).

use crate::problem::{Problem, VERSION_MISMATCH};
use axum::Json;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contracts::Message;
use serde::Serialize;
use std::fmt;

/// A version that no resource ever has: what is expected where nothing can match.
const NEVER: u64 = Message::ABSENT - 1;

/// A resource with its version as an `ETag`.
pub fn versioned(status: StatusCode, version: u64, body: &impl Serialize) -> Response {
    tagged(status, &format!("\"{version}\""), body)
}

/// A resource whose version doesn't rise with everything that is shown of it.
pub fn weakly_versioned(status: StatusCode, version: u64, body: &impl Serialize) -> Response {
    tagged(status, &format!("W/\"{version}\""), body)
}

fn tagged(status: StatusCode, tag: &str, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Which versions a reader wants to be shown.
pub struct Wanted {
    /// One of these tags, from `If-Match`.
    expected: Option<String>,
    /// None of these tags, from `If-None-Match`.
    known: Option<String>,
}

impl Wanted {
    /// What a reader says; whoever doesn't only read says it to the operation.
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        let is_reading = matches!(*method, Method::GET | Method::HEAD);
        let of = |name| all_of(headers, name).filter(|_| is_reading);
        Self { expected: of(&header::IF_MATCH), known: of(&header::IF_NONE_MATCH) }
    }

    /// What was read, if the reader wants it: another version is refused, and one that the reader
    /// has already isn't sent again.
    pub fn told(&self, response: Response) -> Response {
        let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
        let (Some(tag), StatusCode::OK) = (tag, response.status()) else { return response };
        let holds = |tags: &str, is_same: &dyn Fn(&str) -> bool| {
            tags.trim() == "*" || tags.split(',').any(|it| is_same(it.trim()))
        };
        let bare = |tag: &str| tag.trim_start_matches("W/").to_string();
        let is_same = |other: &str| !tag.starts_with("W/") && other == tag;
        if self.expected.as_deref().is_some_and(|tags| !holds(tags, &is_same)) {
            let detail = format!("the version is {tag} now, which If-Match doesn't hold");
            return Problem::new(&VERSION_MISMATCH, detail).into_response();
        }
        let is_known = |other: &str| bare(other) == bare(tag);
        match self.known.as_deref().is_some_and(|tags| holds(tags, &is_known)) {
            true => not_modified(response),
            false => response,
        }
    }
}

fn all_of(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let values: Vec<String> = headers.get_all(name).iter().map(text).collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn not_modified(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// What a change depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    #[default]
    None,
    /// The resource is there.
    Exists,
    /// It has one of these versions. Tags that no resource has, and weak ones, are left out.
    OneOf(Vec<u64>),
    /// The resource is not there yet.
    Absent,
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Exists => formatter.write_str("*"),
            Self::OneOf(versions) => write!(formatter, "{versions:?}"),
            Self::Absent => formatter.write_str("absent"),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Condition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::of(&parts.headers)
    }
}

impl Condition {
    /// What `If-Match` and `If-None-Match` say.
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let of = |name| all_of(headers, name);
        match (of(&header::IF_MATCH), of(&header::IF_NONE_MATCH).as_deref().map(str::trim)) {
            (None, None) => Ok(Self::None),
            (None, Some("*")) => Ok(Self::Absent),
            (Some(_), Some("*")) => {
                let detail = "If-Match and If-None-Match: * never hold together: send one of them";
                Err(Problem::new(&VERSION_MISMATCH, detail))
            }
            (_, Some(_)) => {
                let message = "is only understood as * where something is changed: send If-Match";
                Err(Problem::field("If-None-Match", message))
            }
            (Some(tags), None) if tags.trim() == "*" => Ok(Self::Exists),
            (Some(tags), None) => Ok(Self::OneOf(tags.split(',').filter_map(version).collect())),
        }
    }

    /// Whether the version that the resource has now must be known before it is changed.
    pub const fn needs_current(&self) -> bool {
        matches!(self, Self::Exists | Self::OneOf(_))
    }

    /// Goes on if it allows that something is made, which has no version before.
    ///
    /// # Errors
    /// It wants a version.
    pub fn allows_creation(&self) -> Result<(), Problem> {
        match self {
            Self::None | Self::Absent => Ok(()),
            Self::Exists | Self::OneOf(_) => {
                let detail = "what is made here has no version before: leave out If-Match";
                Err(Problem::new(&VERSION_MISMATCH, detail))
            }
        }
    }

    /// The version that the command is meant for, for the decision to compare: the current one if
    /// it matches, else one that is wrong.
    ///
    /// # Errors
    /// It can't match whatever is decided.
    pub fn seen(&self, current: Option<u64>) -> Result<u64, Problem> {
        match (self, current) {
            (Self::None, _) | (Self::Exists, Some(_)) => Ok(Message::ANY),
            (Self::Absent, _) => Ok(Message::ABSENT),
            (Self::Exists, None) => Ok(NEVER),
            (Self::OneOf(versions), Some(current)) if versions.contains(&current) => Ok(current),
            (Self::OneOf(versions), Some(_)) if versions.is_empty() => {
                let detail = "If-Match holds no ETag that could match: send one such as \"3\"";
                Err(Problem::new(&VERSION_MISMATCH, detail))
            }
            (Self::OneOf(versions), _) => Ok(versions.first().copied().unwrap_or(NEVER)),
        }
    }
}

/// The version that a strong tag of ours stands for.
fn version(tag: &str) -> Option<u64> {
    let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    inner.parse().ok().filter(|version| (1..NEVER).contains(version))
}

#[cfg(test)]
mod tests {
    use super::{Condition, NEVER};
    use axum::http::{HeaderMap, HeaderValue, header};

    fn check(if_match: &[&'static str], current: Option<u64>, expected: Option<u64>) {
        let mut headers = HeaderMap::new();
        for value in if_match {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        let seen = Condition::of(&headers).and_then(|it| it.seen(current));
        assert_eq!(seen.ok(), expected, "{if_match:?}");
    }

    #[test]
    fn without_a_condition_any_version_will_do() {
        check(&[], Some(3), Some(0));
        check(&[], None, Some(0));
    }

    #[test]
    fn the_version_that_matches_is_the_one_that_was_seen() {
        check(&["\"3\""], Some(3), Some(3));
        check(&["\"2\", \"3\""], Some(3), Some(3));
        check(&["\"2\"", "\"3\""], Some(3), Some(3));
        check(&["*"], Some(3), Some(0));
    }

    #[test]
    fn what_does_not_match_is_told_as_a_version_that_is_wrong() {
        check(&["\"2\""], Some(3), Some(2));
        check(&["\"2\""], None, Some(2));
        check(&["*"], None, Some(NEVER));
        check(&["W/\"3\""], Some(3), None);
        check(&["3"], Some(3), None);
        check(&["\"0\""], Some(3), None);
        check(&["\"18446744073709551615\""], None, Some(NEVER));
        check(&["\"three\""], Some(3), None);
        check(&[""], Some(3), None);
    }
}
