//! The metrics of a real server: what they say after some orders, and that the table in the
//! documents is all of them.

mod common;

use common::Server;
use hyper::Method;
use std::collections::BTreeSet;
use std::time::Duration;
use tempfile::TempDir;

const LOOK_INTERVAL: Duration = Duration::from_millis(50);
const LOOKS_MAX: usize = 800;
const TABLE: &str = include_str!("../../docs/METRICS.md");

/// A name with its kind, as both the table and `/metrics` tell it.
fn told(name: &str, kind: &str) -> String {
    format!("{} {kind}", name.trim_matches('`'))
}

fn in_table() -> BTreeSet<String> {
    let rows = TABLE.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    cells.map(|cells| told(cells[1], cells[2])).collect()
}

fn exposed(metrics: &str) -> BTreeSet<String> {
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.filter_map(|line| line.split_once(' ')).map(|(name, kind)| told(name, kind)).collect()
}

/// All of these lines are there soon: what waits in the store is measured now and then. The whole
/// text.
async fn check(server: &Server, expected: &[&str]) -> String {
    for _ in 0..LOOKS_MAX {
        let metrics = server.text(8_001, "/metrics").await;
        if expected.iter().all(|line| metrics.lines().any(|it| it == *line)) {
            return metrics;
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    let metrics = server.text(8_001, "/metrics").await;
    for line in expected {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        let there: Vec<_> = metrics.lines().filter(|it| it.starts_with(name)).collect();
        assert!(there.contains(line), "{line} is missing:\n{}", there.join("\n"));
    }
    metrics
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_what_became_of_sagas_and_are_all_in_the_table() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.put_stock("tea", 9).await;
    let order = |order_id: &str, method: &str| {
        let line = r#"{"sku":"tea","quantity":1,"unit_price":1}"#;
        format!(
            r#"{{"order_id":"{order_id}","user_id":"u","lines":[{line}],
                "payment_method":"{method}"}}"#
        )
    };
    for (order_id, method) in [("good", "pm_card_visa"), ("declined", "pm_card_declined")] {
        for _ in 0..2 {
            let (post, body) = (Method::POST, order(order_id, method));
            let key = [("idempotency-key", order_id)];
            let answer = server.try_call_with(post, 8_001, "/orders", Some(&body), &key).await;
            assert_eq!(answer.expect("an answer").status, 201);
        }
        server.settled(order_id).await;
    }
    assert_eq!(server.post(8_001, "/orders/good/cancel", "{}").await.status, 202);
    server.settled("good").await;
    let metrics = check(
        &server,
        &[
            r#"orderweaver_sagas_started_total{saga="place_order"} 2"#,
            r#"orderweaver_sagas_started_total{saga="cancel_order"} 1"#,
            r#"orderweaver_sagas_in_flight{saga="place_order"} 0"#,
            r#"orderweaver_sagas_finished_total{saga="place_order",outcome="completed"} 1"#,
            r#"orderweaver_sagas_finished_total{saga="place_order",outcome="compensated"} 1"#,
            r#"orderweaver_sagas_finished_total{saga="cancel_order",outcome="completed"} 1"#,
            r#"orderweaver_saga_duration_seconds_count{saga="cancel_order",outcome="completed"} 1"#,
            r#"orderweaver_compensations_total{step="reserve_inventory",outcome="undone"} 1"#,
            r#"orderweaver_compensations_total{step="reject_order",outcome="undone"} 1"#,
            r#"orderweaver_compensations_total{step="authorize_payment",outcome="undone"} 0"#,
            "orderweaver_inbox_duplicates_total 2",
            r#"orderweaver_dead_letters_total{service="orders"} 0"#,
            r#"orderweaver_messages_total{message="OrderCancelled"} 1"#,
        ],
    )
    .await;
    let step = |step: &str, outcome: &str| {
        let labels = format!(r#"{{step="{step}",outcome="{outcome}"}}"#);
        format!("orderweaver_step_duration_seconds_count{labels} 1")
    };
    let steps = [
        step("capture_payment", "succeeded"),
        step("authorize_payment", "refused"),
        step("reserve_inventory", "undone"),
    ];
    check(&server, &steps.each_ref().map(String::as_str)).await;
    assert_eq!(exposed(&metrics), in_table());
    assert!(metrics.lines().filter(|line| line.starts_with("# HELP")).count() == in_table().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_that_is_in_flight_is_counted_also_after_the_process_was_killed() {
    let data = TempDir::new().unwrap();
    let mut server = Server::start(data.path()).await;
    let body =
        r#"{"order_id":"o-1","user_id":"u","amount":1,"payment_method":"pm_requires_action"}"#;
    assert_eq!(server.post(8_001, "/orders", body).await.status, 201);
    let live = r#"orderweaver_sagas_in_flight{saga="place_order"} 1"#;
    check(&server, &[live]).await;
    server.kill();
    server.restart(data.path()).await;
    check(&server, &[live, r#"orderweaver_sagas_started_total{saga="place_order"} 0"#]).await;
    assert_eq!(server.post(8_001, "/orders/o-1/cancel", "{}").await.status, 202);
    server.settled("o-1").await;
    check(&server, &[r#"orderweaver_sagas_in_flight{saga="place_order"} 0"#]).await;
}
