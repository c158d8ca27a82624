//! Bad bodies, for every operation that has one: each is refused with its code, and nothing
//! happens. Where no body is expected, none is looked at.

mod common;

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use common::{Answer, Inventory, Operation, Orders, Shop};
use futures_util::stream;
use serde_json::{Value, json};
use std::io;

const JSON: &str = "application/json";
const MALFORMED: (u16, &str) = (400, "malformed_json");
const UNSUPPORTED: (u16, &str) = (415, "unsupported_media_type");
const INVALID: (u16, &str) = (422, "validation_failed");

async fn send(shop: &Shop, operation: &Operation, content_type: &str, body: Body) -> Answer {
    let request = Request::builder().method(operation.method.as_str()).uri(operation.path());
    let mut request = request.body(body).expect("a request");
    if !content_type.is_empty() {
        let value = HeaderValue::from_str(content_type).expect("a header");
        request.headers_mut().insert("content-type", value);
    }
    shop.send(operation.service, request).await
}

#[tokio::test]
async fn a_body_that_can_not_be_read_is_refused_by_every_operation() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    let check = async |content_type: &str, body: &[u8], expected: (u16, &str)| {
        for operation in Operation::all() {
            let answer = send(&shop, &operation, content_type, body.to_vec().into()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
            let what = format!("{} {content_type} {shown}", operation.name());
            if operation.bodies().is_empty() {
                let plain = shop.call(operation.service, &operation.line(), &[], "").await;
                assert_eq!(answer.status, plain.status, "{what}");
            } else {
                assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{what}");
                assert!(operation.answers(expected.0), "{what}: it is not documented");
            }
        }
    };
    for malformed in ["", " ", "{", "{\"a\":1", "{'a':1}", "{\"a\":01}", "{} {}", "nul", "{,}"] {
        check(JSON, malformed.as_bytes(), MALFORMED).await;
    }
    for nonsense in [
        &b"\xff\xfe{}"[..],
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\0\"}",
        b"{\"a\":\"\n\"}",
        b"{\"a\":\"\\ud800\"}",
        b"\0",
    ] {
        check(JSON, nonsense, MALFORMED).await;
    }
    for deep in [101, 200, 30_000] {
        let nested = "[".repeat(deep) + &"]".repeat(deep);
        check(JSON, nested.as_bytes(), MALFORMED).await;
        check(JSON, format!("{{\"a\":{nested}}}").as_bytes(), MALFORMED).await;
    }
    let fields = ["[\"o-7\",\"u\",5,null,null,null,null,null]", "[5,null,null]", "[5]", "[null]"];
    let words = ["[]", "7", "null", "true", "\"text\"", "1e400", "[[[]]]"];
    for no_object in words.into_iter().chain(fields) {
        check(JSON, no_object.as_bytes(), INVALID).await;
    }
    let card = br#"{"a":[{"4242 4242-4242 4242":1}]}"#;
    check(JSON, card, (422, "card_number_refused")).await;
    check(JSON, &[b' '; 64 * 1024 + 1], (413, "payload_too_large")).await;
    let types = ["", "text/plain", "application/x-www-form-urlencoded", "application", "*/*"];
    for content_type in types {
        check(content_type, b"{}", UNSUPPORTED).await;
    }
    check("multipart/form-data; boundary=application/json", b"{}", UNSUPPORTED).await;
    assert_eq!(shop.log_end().await, place);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused_by_every_operation() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    for operation in Operation::all().iter().filter(|it| !it.bodies().is_empty()) {
        let parts = [Ok("{\"user_id\":"), Err(io::Error::other("the client is gone"))];
        let body = Body::from_stream(stream::iter(parts));
        let answer = send(&shop, operation, JSON, body).await;
        assert_eq!(answer.verdict(), (400, "malformed_json".into()), "{}", operation.name());
    }
    assert_eq!(shop.log_end().await, place);
}

/// Where in an example each text or number stands, and each object that fields are known of.
fn places(value: &Value, place: &str, leaves: &mut Vec<String>, objects: &mut Vec<String>) {
    match value {
        Value::Object(_) if place == "/metadata" => {}
        Value::Object(fields) => {
            objects.push(place.into());
            let inner = fields.iter();
            inner.for_each(|(name, it)| places(it, &format!("{place}/{name}"), leaves, objects));
        }
        Value::Array(items) => {
            let inner = items.iter().enumerate();
            inner.for_each(|(index, it)| places(it, &format!("{place}/{index}"), leaves, objects));
        }
        _ => leaves.push(place.into()),
    }
}

/// The example with another value at that place.
fn changed(example: &Value, place: &str, value: Value) -> String {
    let mut body = example.clone();
    *body.pointer_mut(place).expect("a place") = value;
    body.to_string()
}

/// Every way to spoil an example, with the name of the field that is at fault.
fn spoiled(example: &Value) -> Vec<(String, String)> {
    let (mut leaves, mut objects) = (vec![], vec![]);
    places(example, "", &mut leaves, &mut objects);
    let name = |place: &str| place.rsplit('/').next().unwrap_or_default().to_string();
    let mut bodies = vec![];
    for place in &leaves {
        for wrong in [json!(true), json!({}), json!([[]]), json!("x".repeat(600))] {
            bodies.push((changed(example, place, wrong), name(place)));
        }
        let huge = changed(example, place, json!("HUGE")).replace("\"HUGE\"", "1e400");
        bodies.push((huge, name(place)));
        // A reason is for people, and may hold whatever a text can hold.
        for wrong in ["a\0b", "a\u{1b}[31mb", "a b", "a/b", "\u{202e}b", ""] {
            if name(place) != "reason" {
                bodies.push((changed(example, place, wrong.into()), name(place)));
            }
        }
    }
    for place in &objects {
        let mut wrong = example.pointer(place).expect("a place").clone();
        wrong["colour"] = 1.into();
        bodies.push((changed(example, place, wrong), "colour".into()));
    }
    let text = example.to_string();
    for (field, value) in example.as_object().expect("an object") {
        let twice = format!("{{\"{field}\":{value},{}", &text[1..]);
        bodies.push((twice, field.clone()));
    }
    bodies
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named_by_every_operation() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    let mut count = 0;
    for operation in Operation::all() {
        for (body, field) in operation.bodies().iter().flat_map(spoiled) {
            let answer = send(&shop, &operation, JSON, body.clone().into()).await;
            let what = format!("{} {body:.300}: {}", operation.name(), answer.text);
            assert_eq!(answer.verdict(), (422, "validation_failed".into()), "{what}");
            let named = answer.json()["errors"][0]["field"].as_str().unwrap_or("").to_string();
            assert!(named.rsplit(['.', '/']).next() == Some(&field), "{what}");
            count += 1;
        }
    }
    assert!(count > 200, "only {count} bodies were tried");
    assert_eq!(shop.log_end().await, place);
}

#[tokio::test]
async fn a_value_that_means_nothing_is_refused_with_the_reason() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    let check = async |service, line: &str, body: &str, detail: &str| {
        let answer = shop.call(service, line, &[], body).await;
        assert_eq!(answer.verdict(), (422, "validation_failed".into()), "{line} {body}");
        assert_eq!(answer.field("detail"), detail, "{line} {body}");
    };
    for zero in ["0", "-0", "0.0", "0e9"] {
        let body = format!(r#"{{"delta":{zero},"reason":"counted"}}"#);
        let detail = "delta: is 0, which changes nothing; at least one unit is found or gone";
        check(Inventory, "POST /stock/tea/adjustments", &body, detail).await;
    }
    assert_eq!(shop.log_end().await, place);
}

#[tokio::test]
async fn a_card_number_is_refused_where_a_number_may_be_anything() {
    let shop = Shop::open().await;
    let order = async |metadata: &str| {
        let body = format!(r#"{{"user_id":"u","amount":1,"metadata":{metadata}}}"#);
        shop.call(Orders, "POST /orders", &[], &body).await
    };
    let place = shop.log_end().await;
    for card in ["4242424242424242", "-4242424242424242", "4242424242424242.0", "378282246310005"] {
        for metadata in [format!(r#"{{"a":{card}}}"#), format!(r#"{{"a":[1,{{"b":[{card}]}}]}}"#)] {
            let answer = order(&metadata).await;
            assert_eq!(answer.verdict(), (422, "card_number_refused".into()), "{metadata}");
            assert!(!answer.text.contains(card.trim_matches('-')), "{metadata}: it is echoed");
        }
    }
    assert_eq!(shop.log_end().await, place);
    // Of another length, with another check digit, a time in milliseconds, and an amount.
    let ordinary = ["424242424242", "4242424242424241", "1700000000004", "42424242424242424242"];
    for number in ordinary {
        assert_eq!(order(&format!(r#"{{"a":{number}}}"#)).await.verdict().0, 201, "{number}");
    }
    let amount = r#"{"user_id":"u","amount":4222222222222}"#;
    assert_eq!(shop.call(Orders, "POST /orders", &[], amount).await.verdict().0, 201);
}

#[tokio::test]
async fn a_card_number_is_refused_in_every_text_of_every_operation() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    for operation in Operation::all() {
        for example in operation.bodies() {
            let (mut leaves, mut objects) = (vec![], vec![]);
            places(&example, "", &mut leaves, &mut objects);
            for leaf in leaves {
                let body = changed(&example, &leaf, "4242-4242-4242-4242".into());
                let answer = send(&shop, &operation, JSON, body.into()).await;
                let what = format!("{} {leaf}", operation.name());
                assert_eq!(answer.verdict(), (422, "card_number_refused".into()), "{what}");
                assert!(!answer.text.contains("4242-4242"), "{what}: it is echoed");
            }
        }
    }
    assert_eq!(shop.log_end().await, place);
}
