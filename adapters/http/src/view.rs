//! How values are shown: money, times, versions.

use crate::problem::Problem;
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
            Err(error) => Err(Problem::field("query", error.body_text())),
        }
    }
}
