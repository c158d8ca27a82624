//! The real binary over real HTTP: many at once, and bad input.

mod common;

use common::{Server, check};
use hyper::Method;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn the_predecessors_request_works_as_it_is() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let body = r#"{"order_id":"o-1","user_id":"u-1","amount":123.45}"#;
    let answer = server.post(8_001, "/orders", body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        (&answer.body["status"], &answer.body["order_id"]),
        (&"created".into(), &"o-1".into())
    );
    assert_eq!(server.settled("o-1").await["state"], "completed");
    assert_eq!(server.post(8_001, "/orders", body).await, answer, "the same answer for ever");
    let other = server.post(8_001, "/orders", r#"{"order_id":"o-1","user_id":"u-1","amount":1}"#);
    assert_eq!((other.await.status, server.get(8_004, "/sagas/o-1").await.status), (409, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_orders_for_one_unit_one_wins_and_no_hold_is_left() {
    let data = TempDir::new().unwrap();
    let server = Arc::new(Server::start(data.path()).await);
    server.put_stock("tea", 1).await;
    let mut orders = JoinSet::new();
    for number in 0..1_000 {
        let server = server.clone();
        orders.spawn(async move {
            let body = format!(
                r#"{{"order_id":"o-{number}","user_id":"u","lines":[{{"sku":"tea","quantity":1,
                "unit_price":1}}]}}"#
            );
            assert_eq!(server.post(8_001, "/orders", &body).await.status, 201);
            server.settled(&format!("o-{number}")).await["state"].clone()
        });
    }
    let states = orders.join_all().await;
    assert_eq!(states.iter().filter(|state| *state == "confirmed").count(), 1);
    assert_eq!(states.iter().filter(|state| *state == "rejected").count(), 999);
    assert_eq!(server.get(8_003, "/stock/tea").await.body["reserved"], 1);
    Arc::into_inner(server).expect("nobody else speaks to it").stop();
    let (is_clean, lines) = check(data.path());
    assert!(is_clean, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_with_one_idempotency_key_make_one_order_and_one_answer() {
    let data = TempDir::new().unwrap();
    let server = Arc::new(Server::start(data.path()).await);
    let mut requests = JoinSet::new();
    for _ in 0..1_000 {
        let server = server.clone();
        requests.spawn(async move {
            let (body, key) = (r#"{"user_id":"u","amount":"5"}"#, [("idempotency-key", "\"k\"")]);
            let (post, path) = (Method::POST, "/orders");
            server.try_call_with(post, 8_001, path, Some(body), &key).await.expect("an answer")
        });
    }
    let answers = requests.join_all().await;
    assert_eq!(answers[0].status, 201);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "identical bodies");
    let key = [("idempotency-key", "k")];
    let other = Some(r#"{"user_id":"u","amount":6}"#);
    let reused = server.try_call_with(Method::POST, 8_001, "/orders", other, &key).await.unwrap();
    assert_eq!((reused.status, &reused.body["code"]), (422, &"idempotency_key_reused".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_order_can_be_cancelled_and_its_money_comes_back() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    server.put_stock("tea", 6).await;
    let line = r#"{"sku":"tea","quantity":2,"unit_price":"4.50"}"#;
    let body = format!(r#"{{"order_id":"o-1","user_id":"u-1","lines":[{line}]}}"#);
    assert_eq!(server.post(8_001, "/orders", &body).await.status, 201);
    assert_eq!(server.settled("o-1").await["state"], "confirmed");
    assert_eq!(server.post(8_001, "/orders/o-1/cancel", "{}").await.status, 202);
    let order = server.settled("o-1").await;
    assert_eq!(
        (&order["state"], &order["payment_status"]),
        (&"cancelled".into(), &"refunded".into())
    );
    assert_eq!(server.get(8_003, "/stock/tea").await.body["available"], 6);
    assert_eq!(server.get(8_003, "/reservations/o-1").await.body["state"], "released");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_cancel_gets_the_same_answer_whatever_has_happened_since() {
    let data = TempDir::new().unwrap();
    let mut server = Server::start(data.path()).await;
    let body =
        r#"{"order_id":"o-1","user_id":"u-1","amount":1,"payment_method":"pm_authorize_late"}"#;
    assert_eq!(server.post(8_001, "/orders", body).await.status, 201);
    let (path, key) = ("/orders/o-1/cancel", [("idempotency-key", "k")]);
    let first = server.try_call_with(Method::POST, 8_001, path, Some("{}"), &key).await.unwrap();
    assert_eq!((first.status, &first.body["version"]), (202, &2.into()));
    assert_eq!(server.get(8_001, "/orders/o-1").await.body["state"], "cancelled");
    let again = server.try_call_with(Method::POST, 8_001, path, Some("{}"), &key).await.unwrap();
    assert_eq!(again, first);
    server.kill();
    server.restart(data.path()).await;
    let again = server.try_call_with(Method::POST, 8_001, path, Some("{}"), &key).await.unwrap();
    assert_eq!(again, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_with_a_code_of_its_own_and_changes_nothing() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let lines = |count: usize| {
        let line = r#"{"sku":"tea","quantity":1,"unit_price":1}"#;
        format!(r#"{{"user_id":"u","lines":[{}]}}"#, vec![line; count].join(","))
    };
    let long = "x".repeat(129);
    let cases: &[(String, u16, &str)] = &[
        ("{".into(), 400, "malformed_json"),
        (String::new(), 400, "malformed_json"),
        (r#"{"user_id":7,"amount":1}"#.into(), 422, "validation_failed"),
        (r#"{"user_id":"u","amount":1,"prize":1}"#.into(), 422, "validation_failed"),
        (r#"{"user_id":"u","amount":1,"amount":1}"#.into(), 422, "validation_failed"),
        (r#"{"amount":1}"#.into(), 422, "validation_failed"),
        (r#"{"user_id":"u"}"#.into(), 422, "validation_failed"),
        (r#"{"user_id":"u","amount":"123.456"}"#.into(), 422, "validation_failed"),
        (r#"{"user_id":"u","amount":1e400}"#.into(), 422, "validation_failed"),
        (r#"{"user_id":"u","amount":-1}"#.into(), 422, "validation_failed"),
        (r#"{"user_id":"u","amount":1,"currency":"XXY"}"#.into(), 422, "validation_failed"),
        (lines(1).replace(r#""quantity":1"#, r#""quantity":0"#), 422, "validation_failed"),
        (lines(1).replace(r#""quantity":1"#, r#""quantity":-1"#), 422, "validation_failed"),
        (lines(1).replace(r#""quantity":1"#, r#""quantity":4000000000"#), 422, "validation_failed"),
        (lines(101), 422, "validation_failed"),
        (lines(1).replace(r#""user_id""#, r#""amount":2,"user_id""#), 422, "amount_mismatch"),
        (r#"{"order_id":"a b","user_id":"u","amount":1}"#.into(), 422, "validation_failed"),
        (format!(r#"{{"order_id":"{long}","user_id":"u","amount":1}}"#), 422, "validation_failed"),
        (
            r#"{"user_id":"u","amount":1,"metadata":{"note":"4242 4242-4242 4242"}}"#.into(),
            422,
            "card_number_refused",
        ),
        (format!(r#"{{"user_id":"{}"}}"#, "x".repeat(64 * 1024)), 413, "payload_too_large"),
    ];
    for (body, status, code) in cases {
        let answer = server.post(8_001, "/orders", body).await;
        let got = (answer.status, answer.body["code"].as_str().unwrap_or_default());
        assert_eq!(got, (*status, *code), "{body:.80} -> {}", answer.body);
    }
    let order = r#"{"order_id":"o-1","user_id":"u","amount":1}"#;
    assert_eq!(server.post(8_001, "/orders", order).await.status, 201);
    server.settled("o-1").await;
    let plain = [("content-type", "text/plain")];
    let answer = server.try_call_with(Method::POST, 8_001, "/orders", Some("{}"), &plain).await;
    assert_eq!(answer.unwrap().status, 415);
    assert_eq!(server.get(8_001, "/nowhere").await.status, 404);
    assert_eq!(server.post(8_001, "/health", "{}").await.status, 405);
    assert_eq!(server.get(8_001, "/orders/unheard-of").await.body["code"], "order_not_found");
    server.stop();
    let (is_clean, lines) = check(data.path());
    let counts = lines.last().cloned().unwrap_or_default();
    assert!(is_clean && counts.starts_with("checked 1 orders, 1 sagas,"), "{lines:#?}");
}

/// What is sent as it is, how the status begins that comes back, and its code: what is no HTTP has
/// none, and of what is too long it depends on how much was read when it was noticed.
const RAW: &[(&str, &str, &str)] = &[
    ("GET /orders HTTP/1.1\r\nhost: x\r\nlong: LONG\r\n\r\n", "4", ""),
    ("GET /LONG HTTP/1.1\r\nhost: x\r\n\r\n", "4", ""),
    ("\0\u{1}\r\n\r\n", "400", ""),
    ("GET /orders HTTP/9.9\r\nhost: x\r\n\r\n", "400", ""),
    ("GET /or ders HTTP/1.1\r\nhost: x\r\n\r\n", "400", ""),
    ("GET /orders HTTP/1.1\r\nho\0st: x\r\n\r\n", "400", ""),
    ("ORDER content-length: -1\r\n\r\n{}", "400", ""),
    ("ORDER content-length: 2\r\ncontent-length: 3\r\n\r\n{}", "400", ""),
    ("ORDER content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}", "400", "malformed_json"),
    ("ORDER transfer-encoding: chunked\r\n\r\nzz\r\n{}", "400", "malformed_json"),
    ("OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "404", "not_found"),
    ("CONNECT a:1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "404", "not_found"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hardly_http_is_refused_and_the_server_goes_on() {
    let data = TempDir::new().unwrap();
    let server = Server::start(data.path()).await;
    let order = "POST /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                 content-type: application/json\r\n";
    for (raw, status, code) in RAW {
        let sent = raw.replace("ORDER ", order).replace("LONG", &"x".repeat(500_000));
        let mut stream = TcpStream::connect(("127.0.0.1", 8_001 + server.offset())).unwrap();
        // It may be told off, and cut off, before all of it is sent.
        let _ = stream.write_all(sent.as_bytes());
        let mut answer = vec![];
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let is_cut_off = answer.is_empty() && sent.len() > 500_000;
        let is_told = answer.starts_with(&format!("HTTP/1.1 {status}"));
        assert!(is_told || is_cut_off, "{raw:?}: {answer}");
        assert!(answer.contains(code), "{raw:?}: {answer}");
    }
    assert_eq!(server.get(8_001, "/orders").await.body["orders"], Value::Array(vec![]));
}
