//! What comes in by HTTP: read strictly, told precisely, and never echoed where it holds a card.

mod ids;
mod money;
mod numbers;
mod object;
mod parameters;
mod times;
mod words;

pub use ids::{DerivedId, Id, Text};
pub use money::{Amount, CurrencyCode, sum};
pub use numbers::Whole;
pub use object::Object;
pub use parameters::{Parameters, Path, read_part, read_query, refuse_card_numbers_in};
pub use times::Time;

use crate::cards::is_card_number;
use crate::json;
use crate::problem::{
    CARD_NUMBER_REFUSED, MALFORMED_JSON, PAYLOAD_TOO_LARGE, Problem, REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long a client may take for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a body.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// A JSON body, read strictly: unknown and doubled fields are refused.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let bytes = read_body(request.into_body()).await?;
        refuse_card_numbers_of(&bytes)?;
        parse(&bytes).map(Self)
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = match given {
        Some(given) => format!("the body is {given:?}: send Content-Type: application/json"),
        None => "the body has no type: send Content-Type: application/json".into(),
    };
    Err(Problem::new(&UNSUPPORTED_MEDIA_TYPE, detail))
}

async fn read_body(body: Body) -> Result<Bytes, Problem> {
    let reading = Limited::new(body, BODY_BYTES_MAX).collect();
    let read = tokio::time::timeout(BODY_TIMEOUT, reading).await.map_err(|_| {
        Problem::new(&REQUEST_TIMEOUT, format!("the body was not there after {BODY_TIMEOUT:?}"))
    })?;
    match read {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let detail = format!("the body has more than {BODY_BYTES_MAX} bytes");
            Err(Problem::new(&PAYLOAD_TOO_LARGE, detail))
        }
        Err(error) => Err(Problem::new(&MALFORMED_JSON, format!("the body broke off: {error}"))),
    }
}

/// Reads an object from what is known to be JSON: what is wrong with it now is a value.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize::<_, Object<T>>(&mut deserializer);
    read.map(|object| object.0)
        .map_err(|error| json_problem(&error.path().to_string(), error.inner()))
}

fn json_problem(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let field = match (path, words::field(message)) {
        (".", Some(name)) => name.to_string(),
        (path, Some(name)) if !path.ends_with(name) => format!("{path}.{name}"),
        (".", None) => "body".into(),
        (path, _) => path.into(),
    };
    Problem::field(field, words::plain(message))
}

/// Looks at every text of the body, before anything else sees it.
fn refuse_card_numbers_of(bytes: &[u8]) -> Result<(), Problem> {
    let mut found = false;
    json::for_each_text(bytes, |text| found |= is_card_number(text))?;
    if found {
        let detail = "a text of the request looks like a card number: send a token instead";
        return Err(Problem::new(&CARD_NUMBER_REFUSED, detail));
    }
    Ok(())
}
