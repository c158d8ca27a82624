//! `Prefer: wait`: the answer comes when the order has left `pending`.

mod common;

use common::{Answer, Orders, Shop};
use std::time::Duration;
use tokio::time::timeout;

const KEY: (&str, &str) = ("idempotency-key", "k");

async fn place(shop: &Shop, order_id: &str, method: &str, prefer: &[&str]) -> Answer {
    let headers: Vec<_> = prefer.iter().map(|wish| ("prefer", *wish)).collect();
    let body = format!(
        r#"{{"order_id":"{order_id}","user_id":"u","amount":5,"payment_method":"{method}"}}"#
    );
    shop.call(Orders, "POST /orders", &headers, &body).await
}

#[tokio::test]
async fn whoever_waits_is_told_what_became_of_the_order() {
    let shop = Shop::open().await;
    let check = async |method: &str, prefer: &[&str], state: &str, applied: &str| {
        let order_id = format!("o-{}", uuid::Uuid::now_v7());
        let answer = place(&shop, &order_id, method, prefer).await;
        let told = (answer.field("status"), answer.field("state"));
        assert_eq!(told, ("created".into(), state.into()), "{prefer:?}");
        assert_eq!(answer.header("preference-applied"), applied, "{prefer:?}");
        assert_eq!((answer.status, answer.field("order_id")), (201, order_id.clone()));
        assert_eq!(answer.header("location"), format!("/orders/{order_id}"));
        assert_eq!(answer.header("etag"), format!("\"{}\"", answer.field("version")));
    };
    check("invoice", &["wait=10"], "completed", "wait=10").await;
    check("invoice", &["respond-async, wait = \"10\""], "completed", "wait=10").await;
    check("invoice", &["return=minimal", "wait=10"], "completed", "wait=10").await;
    check("pm_card_declined", &["wait=10"], "rejected", "wait=10").await;
    check("invoice", &["wait=61"], "completed", "wait=60").await;
    check("invoice", &["wait=99999999999999999999"], "completed", "wait=60").await;
    for no_wish in ["wait=0", "wait=-1", "wait=1.5", "wait=x", "wait", "wait=", "", "\u{e4}=;,"] {
        check("invoice", &[no_wish], "pending", "").await;
    }
    check("invoice", &[], "pending", "").await;
}

#[tokio::test]
async fn when_the_time_is_over_the_order_is_told_as_it_is_then() {
    let shop = Shop::open().await;
    let answer = place(&shop, "o-1", "pm_authorize_late", &["wait=1"]).await;
    assert_eq!((answer.status, answer.field("state")), (201, "pending".into()));
    assert_eq!(answer.header("preference-applied"), "wait=1");
}

#[tokio::test]
async fn when_the_process_is_about_to_end_nobody_is_kept_waiting() {
    let shop = Shop::open().await;
    let waiting = place(&shop, "o-1", "pm_authorize_late", &["wait=60"]);
    let leave = async {
        shop.until(Orders, "/orders/o-1", |answer| answer.status == 200).await;
        shop.leaving.send_replace(true);
    };
    let both = async { tokio::join!(waiting, leave).0 };
    let answer = timeout(Duration::from_secs(30), both).await.expect("long before its minute");
    assert_eq!((answer.status, answer.field("state")), (201, "pending".into()));
}

#[tokio::test]
async fn the_wish_is_no_part_of_the_request() {
    let shop = Shop::open().await;
    let body = r#"{"user_id":"u","amount":5,"payment_method":"invoice"}"#;
    let wish = ("prefer", "wait=10");
    let plain = shop.call(Orders, "POST /orders", &[KEY], body).await;
    let waited = shop.call(Orders, "POST /orders", &[KEY, wish], body).await;
    assert_eq!((plain.status, waited.status), (201, 201));
    assert_eq!(waited.field("order_id"), plain.field("order_id"));
    let states = (plain.field("state"), waited.field("state"));
    assert_eq!(states, ("pending".into(), "completed".into()));
    assert_eq!(shop.call(Orders, "POST /orders", &[KEY], body).await.text, plain.text);
}
