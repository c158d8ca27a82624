//! The caller's trace (W3C Trace Context), at hand wherever its request is handled.

use axum::http::{HeaderMap, Method};
use std::sync::Arc;
use tracing::Span;
use tracing::field::Empty;

tokio::task_local! {
    static CURRENT: Option<Arc<str>>;
}

/// The caller's `traceparent`, if it has one of version 00 that is valid.
pub fn of(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    is_valid(text).then(|| text.into())
}

fn is_valid(text: &str) -> bool {
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_zero = |part: &str| part.bytes().all(|it| it == b'0');
    let parts: Vec<&str> = text.split('-').collect();
    let ["00", trace, parent, flags] = parts.as_slice() else { return false };
    is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2)
        && !is_zero(trace)
        && !is_zero(parent)
}

/// The id of the trace that a `traceparent` belongs to; a new one without it.
pub fn id(traceparent: Option<&str>) -> String {
    let given = traceparent.and_then(|text| text.split('-').nth(1));
    given.map_or_else(|| uuid::Uuid::now_v7().simple().to_string(), ToString::to_string)
}

/// What every log line of a request says. Lines of any level need it, so it is always there.
pub fn span(method: &Method, path: &str, trace_id: &str) -> Span {
    tracing::error_span!("request", %method, path, trace_id, order_id = Empty, saga_id = Empty)
}

/// The request is about this order, whose saga has the same id.
pub fn about_order(order_id: &str) {
    about_saga(order_id, order_id);
}

/// The request is about this saga of an order.
pub fn about_saga(order_id: &str, saga_id: &str) {
    Span::current().record("order_id", order_id).record("saga_id", saga_id);
}

/// Handles a request within its caller's trace.
pub async fn within<F: Future>(traceparent: Option<Arc<str>>, handled: F) -> F::Output {
    CURRENT.scope(traceparent, handled).await
}

/// The `traceparent` of the request that is handled here.
pub fn current() -> Option<Arc<str>> {
    CURRENT.try_with(Clone::clone).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    fn check(text: &str, expected: bool) {
        assert_eq!(is_valid(text), expected, "{text}");
    }

    #[test]
    fn only_a_valid_traceparent_is_passed_on() {
        check("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true);
        check("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false);
        check("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false);
        check("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", false);
        check("00-00000000000000000000000000000000-b7ad6b7169203331-01", false);
        check("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false);
        check("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", false);
        check("", false);
    }
}
