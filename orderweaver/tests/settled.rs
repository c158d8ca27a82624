//! `check --settled`: whether everything in a store that is at rest has come to its end.

mod common;

use common::{Server, check, check_given};
use tempfile::TempDir;

/// What the check says of a folder: nothing is broken, and where everything must have ended, lines
/// that begin so.
fn check_settled(data: &TempDir, expected: &[&str]) {
    let (is_clean, lines) = check(data.path());
    assert!(is_clean, "{lines:#?}");
    let (is_settled, lines) = check_given(data.path(), &["--settled"]);
    assert_eq!(is_settled, expected.is_empty(), "{lines:#?}");
    for begin in expected {
        assert!(lines.iter().any(|line| line.starts_with(begin)), "no {begin}: {lines:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_under_way_is_no_fault_unless_everything_must_have_ended() {
    let data = TempDir::new().expect("a folder");
    let server = Server::start(data.path()).await;
    server.put_stock("tea", 10).await;
    let order = async |server: &Server, order_id: &str, method: &str| {
        let body = format!(
            r#"{{"order_id":"{order_id}","user_id":"u","payment_method":"{method}",
                "lines":[{{"sku":"tea","quantity":2,"unit_price":"4.50"}}]}}"#
        );
        assert_eq!(server.post(8_001, "/orders", &body).await.status, 201);
    };
    order(&server, "good", "pm_card_visa").await;
    order(&server, "declined", "pm_card_declined").await;
    server.settled("good").await;
    server.settled("declined").await;
    server.stop();
    check_settled(&data, &[]);
    let server = Server::start(data.path()).await;
    order(&server, "late", "pm_authorize_late").await;
    server.stop();
    check_settled(
        &data,
        &["sagas/late/0: has not ended: it is Running", "timers/late: hold of inventory waits"],
    );
}
