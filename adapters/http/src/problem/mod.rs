//! Errors as `application/problem+json` (RFC 9457). Every code has a page that says what caused it
//! and what to do, served by every port at `/errors/{code}`.

mod kinds;

pub use kinds::*;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Its path in the request: `lines[0].quantity`.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// The body of every error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// `/errors/{code}`: a page with cause and remedy.
    #[schema(example = "/errors/order_not_found")]
    r#type: String,
    /// What kind of problem it is; the same for every occurrence.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened, which value, and what to do next.
    detail: String,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    instance: String,
    /// Stable, to be matched on.
    #[schema(example = "order_not_found")]
    code: &'static str,
    /// Where fields are at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Finds the request in logs and traces.
    trace_id: String,
    /// For the log only: it may hold what clients must not see.
    #[serde(skip)]
    cause: Option<String>,
    #[serde(skip)]
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem of that kind. Where the server is at fault the detail goes into the log, because
    /// it may hold the texts of a database or of a panic; clients get the sentences of the kind.
    pub fn new(kind: &Kind, detail: impl Into<String>) -> Self {
        let (detail, cause) = match kind.is_ours() {
            true => (format!("{}. {}", kind.title, kind.remedy), Some(detail.into())),
            false => (detail.into(), None),
        };
        Self {
            r#type: format!("/errors/{}", kind.code),
            title: kind.title,
            status: kind.status,
            detail,
            instance: String::new(),
            code: kind.code,
            errors: vec![],
            trace_id: String::new(),
            cause,
            retry_after: (kind.status == 503).then_some(1),
        }
    }

    /// One field is at fault.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// These fields are at fault.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let said: Vec<String> =
            errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        Self { errors, ..Self::new(&VALIDATION_FAILED, said.join("; ")) }
    }

    /// The problem that a code of a service stands for.
    pub fn from_code(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Kind::of(code).unwrap_or(&INTERNAL_ERROR), detail)
    }

    /// One that could have happened, for people who read documents.
    pub fn example(kind: &Kind) -> Self {
        let problem = match kind.example.split_once(": ") {
            Some((field, message)) if kind.code == VALIDATION_FAILED.code => {
                Self::field(field, message)
            }
            _ => Self::new(kind, kind.example),
        };
        problem.at("/orders", "0af7651916cd43dd8448eb211c80319c".into())
    }

    /// When it makes sense to try again.
    #[must_use]
    pub fn after_seconds(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Where it happened.
    #[must_use]
    pub fn at(self, instance: &str, trace_id: String) -> Self {
        Self { instance: instance.into(), trace_id, ..self }
    }

    /// What happened, for the log.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// What it says to people.
    #[cfg(test)]
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Its code.
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let content_type = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        // The layer that knows path and trace fills them in.
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{AMOUNT_MISMATCH, INTERNAL_ERROR, Kind, Problem, STORE_UNAVAILABLE};

    fn check(kind: &Kind, is_shown: bool) {
        let problem = Problem::new(kind, "SELECT 1");
        let json = serde_json::to_string(&problem).expect("JSON");
        assert_eq!(json.contains("SELECT"), is_shown, "{json}");
        assert_eq!(problem.cause().is_some(), !is_shown, "{json}");
    }

    #[test]
    fn clients_see_no_inner_texts_of_the_server() {
        check(&AMOUNT_MISMATCH, true);
        check(&INTERNAL_ERROR, false);
        check(&STORE_UNAVAILABLE, false);
    }
}
