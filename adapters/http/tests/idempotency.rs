//! Repetitions: by `Idempotency-Key`, and by the id of the order.

mod common;

use common::{Answer, Inventory, Orders, Shop};
use futures_util::future::join_all;

/// A request, as a row of a table.
#[derive(Clone, Copy, Debug)]
struct Asked {
    line: &'static str,
    body: &'static str,
    headers: &'static [(&'static str, &'static str)],
}

/// What becomes of the second of two requests.
#[derive(Clone, Copy)]
enum Again {
    /// It is answered as the first was, for ever.
    Same,
    /// It is a request of its own.
    Own,
    /// It is refused with 422.
    Reused,
    /// The order is there already: it is refused with 409.
    Exists,
}

const KEY: (&str, &str) = ("idempotency-key", "k");
const ORDER: Asked =
    Asked { line: "POST /orders", body: r#"{"user_id":"u","amount":"5"}"#, headers: &[KEY] };
const NAMED: Asked =
    Asked { body: r#"{"order_id":"o-9","user_id":"u","amount":"5"}"#, headers: &[], ..ORDER };
const CANCEL: Asked = Asked { line: "POST /orders/o-1/cancel", body: "{}", headers: &[KEY] };
const ADJUST: Asked = Asked {
    line: "POST /stock/tea/adjustments",
    body: r#"{"delta":1,"reason":"found"}"#,
    headers: &[KEY],
};

async fn send(shop: &Shop, asked: Asked) -> Answer {
    let to = if asked.line.contains("/stock/") { Inventory } else { Orders };
    shop.call(to, asked.line, asked.headers, asked.body).await
}

/// Two orders that wait for their shipment, and stock.
async fn shop() -> Shop {
    let shop = Shop::furnished().await;
    shop.place("o-2").await;
    shop
}

/// What a repetition must have in common with the first.
fn kept(answer: &Answer) -> (u16, &str, &str, &str) {
    (answer.status, &answer.text, answer.header("etag"), answer.header("location"))
}

async fn check(first: Asked, second: Asked, expected: Again) {
    let shop = shop().await;
    let told = send(&shop, first).await;
    assert!(told.status < 300, "{first:?}: {told:?}");
    // Meanwhile the world goes on, and a new answer would say so.
    if !told.json()["order_id"].is_null() {
        shop.settled(&told.field("order_id")).await;
    }
    shop.count("tea", 7).await;
    let end = shop.log_end().await;
    let again = send(&shop, second).await;
    match expected {
        Again::Own => {
            assert!(again.status < 300, "{second:?}: {again:?}");
            assert_ne!(again.text, told.text, "{second:?}");
            return;
        }
        Again::Same => assert_eq!(kept(&again), kept(&told), "{second:?}"),
        Again::Reused => {
            assert_eq!(again.verdict(), (422, "idempotency_key_reused".into()), "{second:?}");
        }
        Again::Exists => assert_eq!(again.verdict(), (409, "order_exists".into()), "{second:?}"),
    }
    assert_eq!(shop.happened_since(end).await, [""; 0], "{second:?}");
    let shop = shop.restarted().await;
    let later = send(&shop, second).await;
    match expected {
        Again::Same => assert_eq!(kept(&later), kept(&told), "{second:?}"),
        _ => assert_eq!(later.verdict(), again.verdict(), "{second:?}"),
    }
    assert_eq!(shop.happened_since(end).await, [""; 0], "{second:?}");
}

#[tokio::test]
async fn the_same_request_under_the_same_key_is_answered_as_the_first_was_for_ever() {
    check(ORDER, ORDER, Again::Same).await;
    check(ORDER, Asked { headers: &[("idempotency-key", "\"k\"")], ..ORDER }, Again::Same).await;
    let spelled = r#" { "amount" : 5.00, "currency":"USD", "user_id" : "\u0075" } "#;
    check(ORDER, Asked { body: spelled, ..ORDER }, Again::Same).await;
    let with = |body| Asked { body, ..ORDER };
    let members = with(r#"{"user_id":"u","amount":"5","metadata":{"a":1,"b":2}}"#);
    let turned = with(r#"{"user_id":"u","amount":"5","metadata":{"b":2,"a":1}}"#);
    check(members, turned, Again::Same).await;
    check(CANCEL, CANCEL, Again::Same).await;
    check(ADJUST, ADJUST, Again::Same).await;
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let other = Asked { body: r#"{"user_id":"u","amount":"6"}"#, ..ORDER };
    check(ORDER, other, Again::Reused).await;
    let named = Asked { body: r#"{"order_id":"o-9","user_id":"u","amount":"5"}"#, ..ORDER };
    check(ORDER, named, Again::Reused).await;
    check(CANCEL, Asked { line: "POST /orders/o-2/cancel", ..CANCEL }, Again::Reused).await;
    check(CANCEL, Asked { body: r#"{"reason":"twice"}"#, ..CANCEL }, Again::Reused).await;
    check(ADJUST, Asked { line: "POST /stock/cup/adjustments", ..ADJUST }, Again::Reused).await;
    let dependent = Asked { headers: &[KEY, ("if-match", "\"1\"")], ..ADJUST };
    check(ADJUST, dependent, Again::Reused).await;
}

#[tokio::test]
async fn a_key_counts_within_its_route_and_for_its_user() {
    let other = Asked { body: r#"{"user_id":"v","amount":"5"}"#, ..ORDER };
    check(ORDER, other, Again::Own).await;
    check(ORDER, CANCEL, Again::Own).await;
    // A token that was renewed between two attempts must not double an order.
    let renewed = Asked { headers: &[KEY, ("authorization", "Bearer two")], ..ORDER };
    check(ORDER, renewed, Again::Same).await;
}

#[tokio::test]
async fn without_a_key_every_request_is_its_own() {
    let bare = Asked { headers: &[], ..ORDER };
    check(bare, bare, Again::Own).await;
    check(ORDER, bare, Again::Own).await;
    check(ORDER, Asked { headers: &[("idempotency-key", "l")], ..ORDER }, Again::Own).await;
    let bare = Asked { headers: &[], ..ADJUST };
    check(bare, bare, Again::Own).await;
}

#[tokio::test]
async fn an_order_id_stands_for_one_request_with_and_without_a_key() {
    check(NAMED, NAMED, Again::Same).await;
    check(Asked { headers: &[KEY], ..NAMED }, NAMED, Again::Same).await;
    check(NAMED, Asked { headers: &[KEY], ..NAMED }, Again::Same).await;
    let other = Asked { body: r#"{"order_id":"o-9","user_id":"u","amount":"6"}"#, ..NAMED };
    check(NAMED, other, Again::Exists).await;
}

#[tokio::test]
async fn requests_in_flight_under_one_key_wait_for_the_first() {
    let shop = shop().await;
    let other = Asked { body: r#"{"user_id":"u","amount":"6"}"#, ..ORDER };
    let all = (0..40).map(|number| send(&shop, if number % 2 == 0 { ORDER } else { other }));
    let answers = join_all(all).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 201);
    assert_eq!((taken.len(), refused.len()), (20, 20));
    assert!(taken.iter().all(|answer| kept(answer) == kept(taken[0])));
    assert!(refused.iter().all(|it| it.verdict() == (422, "idempotency_key_reused".into())));
}

#[tokio::test]
async fn what_validation_refuses_leaves_the_key_free() {
    let shop = shop().await;
    let check = async |body: &str, expected: (u16, &str)| {
        let refused = shop.call(Orders, "POST /orders", &[KEY], body).await;
        assert_eq!(refused.verdict(), (expected.0, expected.1.into()), "{body}");
    };
    check("{", (400, "malformed_json")).await;
    check(r#"{"user_id":"u"}"#, (422, "validation_failed")).await;
    let lines = r#"[{"sku":"tea","quantity":1,"unit_price":1}]"#;
    let mismatch = format!(r#"{{"user_id":"u","amount":2,"lines":{lines}}}"#);
    check(&mismatch, (422, "amount_mismatch")).await;
    let card = r#"{"user_id":"u","amount":5,"metadata":{"card":"4242424242424242"}}"#;
    check(card, (422, "card_number_refused")).await;
    check(&" ".repeat(64 * 1024 + 1), (413, "payload_too_large")).await;
    assert_eq!(send(&shop, ORDER).await.status, 201);
}

#[tokio::test]
async fn what_a_rule_refuses_is_refused_for_ever_under_its_key() {
    let shop = shop().await;
    let asked = Asked { line: "POST /stock/pot/adjustments", ..ADJUST };
    let expected = (404, "sku_not_found".to_string());
    assert_eq!(send(&shop, asked).await.verdict(), expected);
    shop.count("pot", 1).await;
    assert_eq!(send(&shop, asked).await.verdict(), expected);
    assert_eq!(send(&shop.restarted().await, asked).await.verdict(), expected);
}
