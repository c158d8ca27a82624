//! Traces: what an error says finds what the log has of its request.

mod common;

use common::{Inventory, Orders, Shop};
use contracts::ServiceName;

const CALLERS: (&str, &str) =
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

/// What a service refuses, so that the log has the request and the caller its trace id.
const REFUSED: &[(ServiceName, &str, &str)] = &[
    (Orders, "POST /orders", r#"{"order_id":"o-1","user_id":"u","amount":99}"#),
    (Orders, "POST /orders/o-9/cancel", "{}"),
    (Inventory, "POST /stock/none/adjustments", r#"{"delta":1,"reason":"found"}"#),
    (Inventory, "POST /stock/tea/adjustments", r#"{"delta":-9999,"reason":"gone"}"#),
];

/// Whether the messages of each refused request have the trace id of its answer, which is returned.
async fn check(headers: &[(&'static str, &str)]) -> Vec<String> {
    let shop = Shop::furnished().await;
    let mut trace_ids = vec![];
    for (service, line, body) in REFUSED {
        let place = shop.log_end().await;
        let answer = shop.call(*service, line, headers, body).await;
        assert!(matches!(answer.status, 404 | 409), "{line}: {answer:?}");
        let trace_id = answer.field("trace_id");
        let logged = shop.trace_ids_since(place).await;
        assert!(
            !logged.is_empty() && logged.iter().all(|it| *it == trace_id),
            "{line}: {logged:?}"
        );
        trace_ids.push(trace_id);
    }
    trace_ids
}

#[tokio::test]
async fn an_error_names_the_trace_of_the_messages_of_its_request() {
    let callers = check(&[CALLERS]).await;
    assert_eq!(callers, ["0af7651916cd43dd8448eb211c80319c"; REFUSED.len()]);
    let mut own = check(&[]).await;
    own.extend(check(&[("traceparent", "nonsense")]).await);
    own.sort();
    own.dedup();
    assert_eq!(own.len(), 2 * REFUSED.len(), "each request has one of its own: {own:?}");
}

#[tokio::test]
async fn what_a_request_causes_has_its_trace() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    let body = r#"{"order_id":"o-2","user_id":"u","amount":5,"payment_method":"invoice"}"#;
    assert_eq!(shop.call(Orders, "POST /orders", &[], body).await.status, 201);
    shop.settled("o-2").await;
    let mut trace_ids = shop.trace_ids_since(place).await;
    assert!(trace_ids.len() > 3, "{trace_ids:?}");
    trace_ids.dedup();
    assert_eq!(trace_ids.len(), 1, "{trace_ids:?}");
}
