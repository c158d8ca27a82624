//! The caller's trace (W3C Trace Context), at hand wherever its request is handled.

use axum::http::HeaderMap;
use std::sync::Arc;

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
