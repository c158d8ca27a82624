//! What happens around every request: its trace, its measurement, and that every error is a
//! problem.

use crate::cards::is_card_number;
use crate::limits::{self, Limits, URI_BYTES_MAX};
use crate::problem::{
    BAD_REQUEST, CARD_NUMBER_REFUSED, INTERNAL_ERROR, METHOD_NOT_ALLOWED, NOT_FOUND,
    PAYLOAD_TOO_LARGE, Problem,
};
use crate::{conditional, trace};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use std::time::Instant;
use tracing::Instrument;

/// Handles a request within its trace; whatever goes wrong is told as a problem.
pub(crate) async fn handle(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let path = shown(request.uri().path()).to_string();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_string());
    let wanted = conditional::Wanted::of(&method, request.headers());
    let traceparent = trace::of(request.headers());
    let trace_id = trace::id(&traceparent);
    let span = trace::span(&method, &path, &trace_id);
    let handled = trace::within(traceparent, limits.handle(request, next)).instrument(span.clone());
    let response = wanted.told(handled.await);
    let _entered = span.enter();
    let status = response.status();
    let route = route.unwrap_or_else(|| "none".into());
    metrics::histogram!(
        "http_server_request_duration_seconds",
        "method" => known(&method),
        "route" => route.clone(),
        "status" => status.as_u16().to_string(),
    )
    .record(begun.elapsed().as_secs_f64());
    match status.is_client_error() || status.is_server_error() {
        true => told(response, &method, &path, &route, trace_id),
        false => response,
    }
}

/// The path as it may be told and logged: nothing of one that is too long or holds a card number.
fn shown(path: &str) -> &str {
    let is_card = |part: &str| is_card_number(&percent_decode_str(part).decode_utf8_lossy());
    match path.len() > URI_BYTES_MAX || path.split('/').any(is_card) {
        true => "/",
        false => path,
    }
}

/// The response of an error as a problem, with what only this layer knows.
fn told(
    mut response: Response,
    method: &Method,
    path: &str,
    route: &str,
    trace_id: String,
) -> Response {
    let status = response.status();
    let is_readiness = path == "/ready" || path == "/readyz";
    let problem = response.extensions_mut().remove::<Problem>();
    let problem = match (problem, status) {
        (Some(problem), _) => problem,
        (None, StatusCode::SERVICE_UNAVAILABLE) if is_readiness => return response,
        (None, StatusCode::NOT_FOUND) => Problem::new(&NOT_FOUND, unknown(path)),
        (None, StatusCode::METHOD_NOT_ALLOWED) => {
            Problem::new(&METHOD_NOT_ALLOWED, format!("{path} has no method {method}"))
        }
        (None, StatusCode::PAYLOAD_TOO_LARGE) => {
            Problem::new(&PAYLOAD_TOO_LARGE, "the request is too large")
        }
        (None, status) if status.is_server_error() => {
            Problem::new(&INTERNAL_ERROR, format!("a bare status {status}"))
        }
        (None, _) => Problem::new(&BAD_REQUEST, "the request can't be read"),
    };
    if status.is_server_error() {
        let (code, cause) = (problem.code(), problem.cause());
        tracing::warn!(code, cause, "a request failed");
    }
    let kept = [&header::ALLOW, &limits::RATE_LIMIT, &limits::RATE_LIMIT_POLICY];
    let kept = kept.map(|name| (name, response.headers().get(name).cloned()));
    // A card number may stand in the path, and is never repeated.
    let instance = if problem.code() == CARD_NUMBER_REFUSED.code { route } else { path };
    let mut response = problem.at(instance, trace_id).into_response();
    for (name, value) in kept {
        if let Some(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn unknown(path: &str) -> String {
    match path.strip_suffix('/') {
        Some(without) if !without.is_empty() => {
            format!("there is no {path}: leave out the slash at the end")
        }
        _ => format!("there is no {path}: see /docs"),
    }
}

/// A method as a label: whatever clients make up is one of them.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
