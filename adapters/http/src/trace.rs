//! The trace of a request (W3C Trace Context), at hand wherever it is handled: its caller's, or one
//! that begins here. Every message that the request becomes belongs to it.

use axum::http::{HeaderMap, Method};
use contracts::is_traceparent;
use std::sync::Arc;
use tracing::Span;
use tracing::field::Empty;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// The caller's `traceparent`, if it has one of version 00 that is valid; else a new one.
pub fn of(headers: &HeaderMap) -> Arc<str> {
    let given = headers.get("traceparent").and_then(|value| value.to_str().ok());
    given.filter(|text| is_traceparent(text)).map_or_else(root, Into::into)
}

/// The beginning of a trace, which nobody has chosen to sample.
fn root() -> Arc<str> {
    let trace_id = uuid::Uuid::now_v7().simple();
    let (_, parent_id) = uuid::Uuid::now_v7().as_u64_pair();
    format!("00-{trace_id}-{parent_id:016x}-00").into()
}

/// The id of the trace that a `traceparent` belongs to.
pub fn id(traceparent: &str) -> String {
    traceparent.split('-').nth(1).unwrap_or_default().into()
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

/// Handles a request within its trace.
pub async fn within<F: Future>(traceparent: Arc<str>, handled: F) -> F::Output {
    CURRENT.scope(traceparent, handled).await
}

/// The `traceparent` of the request that is handled here.
pub fn current() -> Option<Arc<str>> {
    CURRENT.try_with(Clone::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::root;
    use contracts::is_traceparent;

    #[test]
    fn a_trace_that_begins_here_is_valid_and_new() {
        assert!(is_traceparent(&root()), "{}", root());
        assert_ne!(root(), root());
    }
}
