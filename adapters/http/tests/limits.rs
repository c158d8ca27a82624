//! Too much: of one client (429), or at once (503).

mod common;

use axum::body::Body;
use axum::http::Request;
use common::{Answer, Inventory, Operation, Orders, Payments, Shop};
use contracts::ServiceName;
use futures_util::{StreamExt, stream};
use http_api::{RateLimit, Settings};
use std::convert::Infallible;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::sync::oneshot;

const ORDER: &str = r#"{"order_id":"o-1","user_id":"u","amount":5,"payment_method":"invoice"}"#;

/// So many requests a day: within a test nothing comes back.
async fn limited(requests: u32) -> Shop {
    let requests = NonZeroU32::new(requests).expect("not zero");
    let limit = RateLimit { requests, window: Duration::from_hours(24) };
    Shop::with(Settings { rate_limit: Some(limit), ..Settings::default() }).await
}

/// What a header says behind the name of its policy, without whom it is about.
fn said(answer: &Answer, header: &str) -> String {
    let value = answer.header(header).strip_prefix("\"default\";").unwrap_or("nothing");
    value.split(";pk=").next().unwrap_or_default().to_string()
}

#[tokio::test]
async fn each_client_has_an_allowance_over_all_ports() {
    let shop = limited(3).await;
    let check = async |service, claimed: &str, left: Option<u32>| {
        let client = [("authorization", claimed), ("x-forwarded-for", "10.0.0.1")];
        let client = if claimed.is_empty() { &client[1..] } else { &client };
        let path = if service == Orders { "/orders" } else { "/payments" };
        let answer = shop.call(service, &format!("GET {path}"), client, "").await;
        let (status, remaining) = left.map_or((429, 0), |left| (200, left));
        assert_eq!(answer.status, status, "{claimed}: {answer:?}");
        assert_eq!(said(&answer, "ratelimit-policy"), "q=3;w=86400");
        let (remains, seconds) = said(&answer, "ratelimit").split_once(";t=").map_or_else(
            || panic!("{answer:?}"),
            |(remains, seconds)| (remains.to_string(), seconds.to_string()),
        );
        assert_eq!(remains, format!("r={remaining}"), "{claimed}");
        if status == 429 {
            assert_eq!(answer.verdict(), (429, "rate_limited".into()));
            assert_eq!(answer.header("retry-after"), seconds);
        }
    };
    check(Orders, "Bearer one", Some(2)).await;
    check(Payments, "Bearer one", Some(1)).await;
    check(Orders, "Bearer one", Some(0)).await;
    check(Orders, "Bearer one", None).await;
    check(Payments, "Bearer one", None).await;
    check(Orders, "Bearer two", Some(2)).await;
    // Without a claim the address counts, and nobody can make one up.
    check(Orders, "", Some(2)).await;
    check(Orders, "", Some(1)).await;
}

#[tokio::test]
async fn whoever_has_no_allowance_left_is_refused_before_anything_is_done() {
    let shop = limited(1).await;
    assert_eq!(shop.get(Orders, "/orders").await.status, 200);
    let place = shop.log_end().await;
    for operation in Operation::all() {
        let body = operation.bodies().first().map(ToString::to_string).unwrap_or_default();
        let answer = shop.call(operation.service, &operation.line(), &[], &body).await;
        let name = operation.name();
        assert_eq!(answer.status == 429, operation.is_limited(), "{name}: {answer:?}");
        assert_eq!(answer.header("ratelimit").is_empty(), !operation.is_limited(), "{name}");
    }
    assert_eq!(shop.log_end().await, place);
}

#[tokio::test]
async fn without_a_rate_limit_nothing_is_said_of_one() {
    let shop = Shop::open().await;
    for _ in 0..100 {
        let answer = shop.get(Orders, "/orders").await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key("ratelimit"), "{answer:?}");
        assert!(!answer.headers.contains_key("ratelimit-policy"), "{answer:?}");
    }
}

/// A request whose body comes when it is told to, and a sign that it is being handled.
fn slow(body: &'static str) -> (Request<Body>, oneshot::Sender<()>, oneshot::Receiver<()>) {
    let (go_on, told) = oneshot::channel::<()>();
    let (begun, is_begun) = oneshot::channel::<()>();
    let wait = async move {
        begun.send(()).expect("somebody waits");
        told.await.expect("it is told");
        Ok::<_, Infallible>(body)
    };
    let request = Request::post("/orders").header("content-type", "application/json");
    let body = Body::from_stream(stream::once(wait).boxed());
    (request.body(body).expect("a request"), go_on, is_begun)
}

#[tokio::test]
async fn when_as_much_is_handled_as_may_be_the_next_is_told_to_come_again() {
    let shop = Shop::with(Settings { requests_max: 1, ..Settings::default() }).await;
    let (request, go_on, is_begun) = slow(ORDER);
    let other = (Orders, "POST /orders", r#"{"user_id":"u","amount":5}"#);
    let key = [("idempotency-key", "k")];
    let meanwhile = async {
        is_begun.await.expect("it is handled");
        for operation in Operation::all() {
            let body = operation.bodies().first().map(ToString::to_string).unwrap_or_default();
            let answer = shop.call(operation.service, &operation.line(), &[], &body).await;
            let is_refused = answer.code() == "overloaded";
            assert_eq!(is_refused, operation.is_limited(), "{}: {answer:?}", operation.name());
        }
        let (service, line, body) = other;
        let refused = shop.call(service, line, &key, body).await;
        assert_eq!(refused.verdict(), (503, "overloaded".into()));
        assert_eq!(shop.log_end().await, engine::LogPlace::BEGIN);
        go_on.send(()).expect("it waits");
    };
    let (first, ()) = tokio::join!(shop.send(Orders, request), meanwhile);
    assert_eq!(first.status, 201, "{first:?}");
    let (service, line, body) = other;
    assert_eq!(shop.call(service, line, &key, body).await.status, 201);
}

#[tokio::test]
async fn whoever_only_waits_takes_no_place() {
    let shop = Shop::with(Settings { requests_max: 1, ..Settings::default() }).await;
    let body = ORDER.replace("invoice", "pm_authorize_late");
    let wish = [("prefer", "wait=60")];
    let waiting = shop.call(Orders, "POST /orders", &wish, &body);
    let meanwhile = async {
        shop.until(Orders, "/orders/o-1", |answer| answer.status == 200).await;
        let check = async |service: ServiceName, line: &str, body: &str| {
            assert_eq!(shop.call(service, line, &[], body).await.status, 200, "{line}");
        };
        check(Inventory, "PUT /stock/tea", r#"{"on_hand":1}"#).await;
        check(Orders, "GET /orders/o-1", "").await;
        shop.leaving.send_replace(true);
    };
    let (told, ()) = tokio::join!(waiting, meanwhile);
    assert_eq!((told.status, told.field("state")), (201, "pending".into()));
}
