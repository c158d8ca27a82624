//! How values are shown: money, times, versions.

use crate::input::named_field;
use crate::problem::{BAD_REQUEST, Problem};
use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contracts::{Money, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// Money as it is shown everywhere.
#[derive(Serialize, ToSchema)]
pub struct MoneyView {
    /// Major units, exact.
    #[schema(example = "123.45")]
    pub amount: String,
    /// Minor units.
    #[schema(example = 12345)]
    pub minor_units: i64,
    /// ISO 4217.
    #[schema(example = "USD")]
    pub currency: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self {
            amount: money.amount(),
            minor_units: money.minor_units(),
            currency: money.currency().code().into(),
        }
    }
}

/// RFC 3339, UTC, microseconds.
pub fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| at.micros().to_string(), |at| format!("{at:.6}"))
}

/// A resource with its version as an `ETag`.
pub fn versioned(status: StatusCode, version: u64, body: &impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Query parameters; what can't be read is a problem that names it.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(error) => Err(query_problem(&error.body_text())),
        }
    }
}

/// `…: missing field `order_id`` or `…: page_size: invalid digit found` as the field's error.
fn query_problem(text: &str) -> Problem {
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(text);
    match (named_field(text), text.split_once(": ")) {
        (Some(field), _) if text.starts_with("missing") => Problem::field(field, "missing"),
        (Some(field), _) => Problem::field(field, text),
        (None, Some((field, message))) => Problem::field(field, message),
        (None, None) => Problem::field("query", text),
    }
}

/// Path parameters; what can't be read is a problem that names it.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(parameters)) => Ok(Self(parameters)),
            Err(error) => Err(Problem::new(&BAD_REQUEST, error.body_text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::query_problem;
    use crate::problem::Problem;

    fn check(text: &str, field: &str, message: &str) {
        let text = format!("Failed to deserialize query string: {text}");
        assert_eq!(query_problem(&text), Problem::field(field, message));
    }

    #[test]
    fn errors_of_the_query_name_their_field() {
        check("missing field `order_id`", "order_id", "missing");
        let unknown = "unknown field `x`, expected `order_id`";
        check(unknown, "x", unknown);
        check("duplicate field `order_id`", "order_id", "duplicate field `order_id`");
        check("page_size: invalid digit found", "page_size", "invalid digit found");
        check("something else", "query", "something else");
    }
}
