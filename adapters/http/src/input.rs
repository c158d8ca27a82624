//! What comes in by HTTP: read strictly, told precisely, and never echoed where it holds a card.

use crate::cards::is_card_number;
use crate::json;
use crate::problem::{
    CARD_NUMBER_REFUSED, MALFORMED_JSON, PAYLOAD_TOO_LARGE, Problem, REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use contracts::{Currency, MINOR_UNITS_MAX, Money};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;
use std::time::Duration;

/// How long a client may take for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a body.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Characters of an id.
pub const ID_CHARACTERS_MAX: usize = 128;
/// Units in one line of an order.
pub const QUANTITY_MAX: u32 = 1_000_000;
/// Lines of an order.
pub const LINES_MAX: usize = 100;
/// Bytes of an order's metadata.
pub const METADATA_BYTES_MAX: usize = 16 * 1024;
/// Characters of a free text such as a reason.
pub const TEXT_CHARACTERS_MAX: usize = 500;

/// A JSON body, read strictly: unknown and doubled fields are refused.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let bytes = read_body(request.into_body()).await?;
        refuse_card_numbers(&bytes)?;
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

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    let value = read.map_err(|error| {
        let (path, error) = (error.path().to_string(), error.into_inner());
        json_problem(path, &error)
    })?;
    deserializer.end().map_err(|error| json_problem(String::new(), &error))?;
    Ok(value)
}

/// The field that serde's message is about, if it names one.
pub fn named_field(message: &str) -> Option<&str> {
    let starts = ["unknown field `", "duplicate field `", "missing field `"];
    starts.iter().find_map(|start| message.strip_prefix(start)?.split('`').next())
}

fn json_problem(path: String, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Data => {
            let text = error.to_string();
            let message = text.split(" at line ").next().unwrap_or(&text).to_string();
            let field = match (path.as_str(), named_field(&message)) {
                (path, Some(name)) if path == "." || path.is_empty() => name.to_string(),
                (path, Some(name)) if !path.ends_with(name) => format!("{path}.{name}"),
                (".", None) => "body".into(),
                (path, _) => path.into(),
            };
            Problem::field(field, message)
        }
        Category::Io | Category::Syntax | Category::Eof => {
            Problem::new(&MALFORMED_JSON, format!("the body is no JSON: {error}"))
        }
    }
}

/// Looks at every text of the body, before anything else sees it.
fn refuse_card_numbers(bytes: &[u8]) -> Result<(), Problem> {
    let mut found = false;
    json::for_each_text(bytes, |text| found |= is_card_number(text))?;
    if found {
        let detail = "a text of the request looks like a card number: send a token instead";
        return Err(Problem::new(&CARD_NUMBER_REFUSED, detail));
    }
    Ok(())
}

/// An id of 1 to 128 characters from `A-Z a-z 0-9 - _ . : ~`.
///
/// # Errors
/// It is empty, too long, or holds another character.
pub fn id(field: &str, text: &str) -> Result<(), Problem> {
    if is_card_number(text) {
        let detail = format!("{field} looks like a card number: use another id");
        return Err(Problem::new(&CARD_NUMBER_REFUSED, detail));
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.:~".contains(letter);
    let count = text.chars().count();
    let message = match text.chars().find(|letter| !allowed(*letter)) {
        Some(letter) => format!("holds {letter:?}; allowed are A-Z a-z 0-9 - _ . : ~"),
        None if count == 0 => "is empty; 1 to 128 characters are allowed".into(),
        None if count > ID_CHARACTERS_MAX => {
            format!("has {count} characters; 1 to {ID_CHARACTERS_MAX} are allowed")
        }
        None => return Ok(()),
    };
    Err(Problem::field(field, message))
}

/// A free text of at most 500 characters.
///
/// # Errors
/// It is longer.
pub fn text(field: &str, text: &str) -> Result<(), Problem> {
    match text.chars().count() {
        count if count > TEXT_CHARACTERS_MAX => {
            let message =
                format!("has {count} characters; at most {TEXT_CHARACTERS_MAX} are allowed");
            Err(Problem::field(field, message))
        }
        _ => Ok(()),
    }
}

/// An amount as it was written: a JSON number or a text, never a float.
#[derive(Clone, Debug)]
pub struct Amount(Box<RawValue>);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

impl Amount {
    /// The money that it says, in that currency.
    ///
    /// # Errors
    /// It is no number, negative, too precise or too large.
    pub fn money(&self, field: &str, currency: Currency) -> Result<Money, Problem> {
        let raw = self.0.get();
        let text = match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).unwrap_or_default(),
            Some(b'-' | b'0'..=b'9') => raw.to_string(),
            _ => {
                let message = "must be a number or a text such as 123.45 or \"123.45\"";
                return Err(Problem::field(field, message));
            }
        };
        let money = Money::parse(&text, currency);
        let money = money.map_err(|error| Problem::field(field, error.to_string()))?;
        if money.minor_units() < 0 {
            return Err(Problem::field(field, format!("{text} is negative; 0 or more is allowed")));
        }
        Ok(money)
    }
}

/// A sum that still fits into every JSON reader's numbers.
///
/// # Errors
/// It doesn't.
pub fn sum(field: &str, sum: Option<Money>) -> Result<Money, Problem> {
    let fits = sum.filter(|sum| sum.minor_units() <= MINOR_UNITS_MAX);
    let message = || format!("the sum is more than {MINOR_UNITS_MAX} minor units");
    fits.ok_or_else(|| Problem::field(field, message()))
}
