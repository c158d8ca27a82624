//! What comes in by path and query: read strictly, and told by the name of the parameter.

use super::words;
use crate::cards::is_card_number;
use crate::problem::{BAD_REQUEST, CARD_NUMBER_REFUSED, INTERNAL_ERROR, Problem};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer};

/// Query parameters; what can't be read is a problem that names it.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        refuse_card_numbers_in(query)?;
        read_query(query).map(Self)
    }
}

/// Reads a query.
///
/// # Errors
/// It is no query, or not such a one.
pub fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    read_part(query, &[])
}

/// Reads a part of a query; the other parameters that there are, are told of with its own.
///
/// # Errors
/// It is no query, or not such a one.
pub fn read_part<T: DeserializeOwned>(query: &str, others: &[&str]) -> Result<T, Problem> {
    let uri = format!("/?{query}").parse::<Uri>();
    let uri = uri.map_err(|_| Problem::new(&BAD_REQUEST, "the query can't be read"))?;
    let read = Query::<T>::try_from_uri(&uri);
    read.map(|Query(it)| it).map_err(|error| query_problem(&error.body_text(), others))
}

/// Looks at every name and value of a query.
///
/// # Errors
/// One of them looks like a card number.
pub fn refuse_card_numbers_in(query: &str) -> Result<(), Problem> {
    let pairs: Vec<(String, String)> = read_query(query)?;
    refuse_card_numbers(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// `…: missing field `order_id`` or `…: page_size: invalid digit found` as the field's error.
fn query_problem(text: &str, others: &[&str]) -> Problem {
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(text);
    let named = words::field(text).map(|field| (field, text));
    match named.or_else(|| text.split_once(": ")) {
        Some((field, message)) => Problem::field(field, words::plain_with(message, others)),
        None => Problem::field("query", words::plain(text)),
    }
}

/// Path parameters; what can't be read is a problem that names it.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let raw = RawPathParams::from_request_parts(parts, state).await.map_err(path_problem)?;
        refuse_card_numbers(raw.iter())?;
        let read = serde_path_to_error::deserialize(MapDeserializer::<_, Error>::new(raw.iter()));
        read.map(Self).map_err(|error| {
            let message = words::plain(&error.inner().to_string());
            Problem::field(error.path().to_string(), message)
        })
    }
}

fn path_problem(error: RawPathParamsRejection) -> Problem {
    match error {
        RawPathParamsRejection::InvalidUtf8InPathParam(error) => {
            Problem::new(&BAD_REQUEST, error.body_text())
        }
        other => Problem::new(&INTERNAL_ERROR, other.to_string()),
    }
}

fn refuse_card_numbers<'a>(
    mut pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), Problem> {
    let found = pairs.find(|(name, value)| is_card_number(name) || is_card_number(value));
    let detail = match found {
        None => return Ok(()),
        Some((name, _)) if is_card_number(name) => {
            "the name of a parameter looks like a card number: use another".into()
        }
        Some((name, _)) => format!("{name} looks like a card number: use another id"),
    };
    Err(Problem::new(&CARD_NUMBER_REFUSED, detail))
}

#[cfg(test)]
mod tests {
    use super::query_problem;
    use crate::problem::Problem;

    fn check(text: &str, field: &str, message: &str) {
        let text = format!("Failed to deserialize query string: {text}");
        assert_eq!(query_problem(&text, &["page"]), Problem::field(field, message));
    }

    #[test]
    fn errors_of_the_query_name_their_field() {
        check("missing field `order_id`", "order_id", "is missing");
        let unknown = "unknown field `x`, expected `order_id`";
        check(unknown, "x", "is no field of it; there are order_id, page");
        check("unknown field `x`, there are no fields", "x", "is no field of it; there are page");
        check("duplicate field `order_id`", "order_id", "stands there twice");
        check("page_size: invalid digit found in string", "page_size", "is no whole number");
        check("something else", "query", "something else");
    }
}
