//! Errors as `application/problem+json` (RFC 9457). Every code has a page that says what caused it
//! and what to do, served by every port at `/errors/{code}`.

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

/// One kind of problem: its code, status, title, cause and remedy.
pub struct Kind {
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What kind of problem it is.
    pub title: &'static str,
    /// What leads to it.
    pub cause: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

macro_rules! kinds {
    ($(
        $name:ident $code:literal $status:literal $title:literal $cause:literal $remedy:literal
    )+) => {
        $(#[doc = $title] pub const $name: Kind =
            Kind {
                code: $code, status: $status, title: $title, cause: $cause, remedy: $remedy,
            };)+

        /// Every kind of problem.
        pub const KINDS: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    MALFORMED_JSON "malformed_json" 400 "The body is no JSON"
        "The body is empty, no UTF-8, breaks the rules of JSON, or nests too deep."
        "Send one JSON object in UTF-8. The detail says at which line and column it breaks off."
    BAD_REQUEST "bad_request" 400 "The request can't be read"
        "A part of the path, the query or a header is not encoded as it must be."
        "Check path, query and headers; the detail names what could not be read."
    NOT_FOUND "not_found" 404 "There is no such path"
        "The path is misspelled, or belongs to another service's port."
        "See /docs for the paths of this service."
    ORDER_NOT_FOUND "order_not_found" 404 "There is no such order"
        "No request to place an order with this id was taken."
        "Check the order id. An order exists from the moment POST /orders was answered with 201."
    PAYMENT_NOT_FOUND "payment_not_found" 404 "There is no such payment"
        "The id is wrong, or the saga has not asked for the payment yet."
        "It appears once the saga has asked for it; try again shortly after placing the order."
    RESERVATION_NOT_FOUND "reservation_not_found" 404 "There is no such reservation"
        "The id is wrong, or the saga has not asked for the stock yet."
        "It appears once the saga has asked for it; try again shortly after placing the order."
    SAGA_NOT_FOUND "saga_not_found" 404 "There is no such saga"
        "The id is wrong, or the orchestrator has not seen the order yet."
        "The saga of an order has the order's id and appears once OrderCreated was handled."
    SKU_NOT_FOUND "sku_not_found" 404 "There is no such SKU"
        "No stock was ever set for this SKU."
        "Make it with PUT /stock/{sku}."
    METHOD_NOT_ALLOWED "method_not_allowed" 405 "The path has no such method"
        "The path exists, but not for this method."
        "The Allow header names the methods that it has."
    ORDER_EXISTS "order_exists" 409 "The order exists with another content"
        "An order with this id was placed by a request that says something else."
        "Use another order id, or send the same request again to get the same answer."
    ORDER_NOT_CANCELLABLE "order_not_cancellable" 409 "The order can't be cancelled any more"
        "The order has come to an end that a cancel can't change."
        "A rejected order needs no cancel; a completed one is returned or refunded."
    STOCK_BELOW_RESERVED "stock_below_reserved" 409 "Less stock than is reserved"
        "The count is lower than what is promised to orders."
        "Set at least what is reserved, or cancel orders first."
    STOCK_ABOVE_MAXIMUM "stock_above_maximum" 409 "More stock than a location may hold"
        "The adjustment would leave more units at the location than are allowed there."
        "Adjust by less, or use another location; the detail names the limit."
    TOO_MANY_LOCATIONS "too_many_locations" 409 "The SKU has too many locations"
        "The SKU lies at as many locations as are allowed already."
        "Use fewer locations for one SKU."
    REQUEST_TIMEOUT "request_timeout" 408 "The body did not come in time"
        "The request said that a body follows, and then took too long to send it."
        "Send the whole request at once; repeat it with the same key or id."
    VERSION_MISMATCH "version_mismatch" 412 "The resource has another version"
        "It was changed since it was read; If-Match names a version that it no longer has."
        "Read it again, decide again, and send the new ETag; the detail names the version."
    PAYLOAD_TOO_LARGE "payload_too_large" 413 "The body is too large"
        "The body, or a part of it that has its own limit, has too many bytes."
        "A body has at most 64 KiB, metadata at most 16 KiB."
    UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" 415 "The body has the wrong content type"
        "The Content-Type is missing or is not that of JSON."
        "Send Content-Type: application/json."
    VALIDATION_FAILED "validation_failed" 422 "A value is not allowed"
        "The request is well-formed, but a field is unknown, missing or has a wrong value."
        "The errors name each field and what is allowed there."
    AMOUNT_MISMATCH "amount_mismatch" 422 "Amount and lines disagree"
        "The amount is not the sum of quantity times unit price over the lines."
        "Send only the lines, or an amount that is their sum."
    CARD_NUMBER_REFUSED "card_number_refused" 422 "The request holds a card number"
        "A text holds 13 to 19 digits that pass the check of card numbers."
        "Send a token of your payment provider, never card data."
    IDEMPOTENCY_KEY_REUSED "idempotency_key_reused" 422 "The idempotency key was used before"
        "The key came before, with a request that says something else."
        "A key stands for one request. Use a new key for a new request."
    INTERNAL_ERROR "internal_error" 500 "A rule failed"
        "The program met something that it holds impossible."
        "Nothing was changed. The trace id finds the reason in the log; please report it."
    OVERLOADED "overloaded" 503 "Too many requests wait already"
        "More requests came than can be handled just now."
        "Try again after the time in Retry-After."
    STOPPING "stopping" 503 "The service is about to end"
        "The process was told to stop and takes no new requests."
        "Try again after the time in Retry-After."
    STORAGE_FULL "storage_full" 503 "The disk is full"
        "The store could not write because no space is left."
        "Nothing was changed, reading goes on. Free space on the disk of the data folder."
    STORE_UNAVAILABLE "store_unavailable" 503 "The store can't be reached"
        "The connection to the store is lost, or the store doesn't answer."
        "Try again after the time in Retry-After."
    OUTCOME_UNKNOWN "outcome_unknown" 503 "The outcome could not be learnt"
        "The connection to the store was lost while the change was being committed."
        "Repeat the request with the same idempotency key or order id."
}

impl Problem {
    /// A problem of that kind. Where the server is at fault the detail goes into the log, because
    /// it may hold the texts of a database or of a panic; clients get the sentences of the kind.
    pub fn new(kind: &Kind, detail: impl Into<String>) -> Self {
        let (detail, cause) = match kind.status {
            500.. => (format!("{}. {}", kind.title, kind.remedy), Some(detail.into())),
            _ => (detail.into(), None),
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
        let kind = KINDS.iter().find(|kind| kind.code == code);
        Self::new(kind.unwrap_or(&&INTERNAL_ERROR), detail)
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
    use super::{AMOUNT_MISMATCH, INTERNAL_ERROR, KINDS, Kind, Problem, STORE_UNAVAILABLE};

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

    #[test]
    fn every_kind_has_cause_and_remedy() {
        let is_whole = |text: &str| text.ends_with('.');
        for kind in KINDS {
            assert!(is_whole(kind.cause) && is_whole(kind.remedy), "{}", kind.code);
        }
    }
}
