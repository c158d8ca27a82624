//! Bad paths, queries and headers, for every operation of every service.

mod common;

use common::{Answer, Inventory, Operation, Orders, Payments, Shop};
use serde_json::Value;

/// As the operation is called when all is well, but for the path or query and the headers.
async fn call(
    shop: &Shop,
    operation: &Operation,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Answer {
    let body = operation.bodies().first().map(Value::to_string).unwrap_or_default();
    shop.call(operation.service, &format!("{} {path}", operation.method), headers, &body).await
}

fn is_writing(operation: &Operation) -> bool {
    operation.method != "GET"
}

/// Error pages and files are looked up by whatever name is asked for; all else has an id.
fn is_name(parameter: &Value) -> bool {
    parameter["name"] == "code" || parameter["name"] == "file"
}

#[tokio::test]
async fn a_path_that_is_wrong_is_refused_by_every_operation() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    let check = async |text: &str, of_id: (u16, &str), of_name: (u16, &str)| {
        let has_parameter = |it: &Operation| it.parameters("path").next().is_some();
        for operation in Operation::all().iter().filter(|it| has_parameter(it)) {
            let expected = match operation.parameters("path").any(is_name) {
                true => of_name,
                false => of_id,
            };
            let path = operation.path_with(|_| text.into());
            let answer = call(&shop, operation, &path, &[]).await;
            let what = format!("{} {text:.60}: {}", operation.name(), answer.text);
            assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{what}");
            let is_echoed = ["42424242", "4242-4242"].iter().any(|it| answer.text.contains(it));
            assert!(!is_echoed, "{what}: it is echoed");
        }
    };
    let (invalid, missing) = ((422, "validation_failed"), (404, "not_found"));
    for text in ["%", "%z", "%zz", "%00", "%0A", "%1b", "%20", "%2F", "%2e%2e", "%C3%A4", "a+b"] {
        check(text, invalid, missing).await;
    }
    for text in ["..", "!", "a%00", "%25", "%ef%bf%bd", "a;b", "a,b", "@", "'--", "%3Cb%3E"] {
        check(text, invalid, missing).await;
    }
    for text in ["%ff", "%c3%28", "%ed%a0%80", "a%80"] {
        check(text, (400, "bad_request"), (400, "bad_request")).await;
    }
    check(&"x".repeat(257), invalid, missing).await;
    check(&"x".repeat(8_000), invalid, missing).await;
    check(&"x".repeat(30_000), (414, "uri_too_long"), (414, "uri_too_long")).await;
    let card = (422, "card_number_refused");
    check("4242424242424242", card, card).await;
    check("4242%20-%204242-4242-4242", card, card).await;
    check("a/b/c", missing, missing).await;
    assert_eq!(shop.log_end().await, place);
}

#[tokio::test]
async fn a_path_that_is_almost_right_is_not_found() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    for operation in Operation::all() {
        let path = operation.path();
        for wrong in [format!("{path}/"), format!("/v1{path}"), path.to_uppercase()] {
            let answer = call(&shop, &operation, &wrong, &[]).await;
            assert_eq!(
                answer.verdict(),
                (404, "not_found".into()),
                "{}: {wrong}",
                operation.name()
            );
        }
    }
    assert_eq!(shop.log_end().await, place);
}

/// None of them has a parameter that any operation knows.
const QUERIES: &[&str] = &["colour=red", "colour", "=", "=x", "%00=1", "%ff=1", "a[b]=1", "%=%"];

#[tokio::test]
async fn a_query_that_is_wrong_is_refused_wherever_one_is_read() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    for operation in Operation::all().iter().filter(|it| !is_writing(it)) {
        let plain = call(&shop, operation, &operation.path(), &[]).await;
        let parameters: Vec<&str> =
            operation.parameters("query").filter_map(|it| it["name"].as_str()).collect();
        let check = async |query: &str| {
            let path = format!("{}?{query}", operation.path());
            let answer = call(&shop, operation, &path, &[]).await;
            let what = format!("{} ?{query:.60}: {}", operation.name(), answer.text);
            match parameters.is_empty() {
                true => assert_eq!(answer.status, plain.status, "{what}"),
                false => assert_eq!(answer.verdict(), (422, "validation_failed".into()), "{what}"),
            }
        };
        for query in QUERIES {
            check(query).await;
        }
        for name in &parameters {
            check(&format!("{name}=a&{name}=a")).await;
            check(&format!("{name}={}", "x".repeat(600))).await;
            // Accounts are found by whatever name is asked for.
            if *name != "account" {
                for value in ["%00", "%ff", "a%20b", "a%1bb", "%", "*", "%3Cb%3E", "';--"] {
                    check(&format!("{name}={value}")).await;
                }
            }
        }
    }
    assert_eq!(shop.log_end().await, place);
}

#[tokio::test]
async fn a_card_number_is_refused_in_every_query() {
    let shop = Shop::furnished().await;
    for operation in Operation::all() {
        // A token is made here, of digits that may look like anything.
        let is_token = |it: &&Value| it["name"] == "page_token";
        for parameter in operation.parameters("query").filter(|it| !is_token(it)) {
            let name = parameter["name"].as_str().expect("a name");
            let path = format!("{}?{name}=4242424242424242", operation.path());
            let answer = call(&shop, &operation, &path, &[]).await;
            let what = format!("{} {name}: {}", operation.name(), answer.text);
            assert_eq!(answer.verdict(), (422, "card_number_refused".into()), "{what}");
            let is_echoed = ["42424242", "4242-4242"].iter().any(|it| answer.text.contains(it));
            assert!(!is_echoed, "{what}: it is echoed");
        }
    }
}

#[tokio::test]
async fn a_card_number_is_not_repeated_whatever_is_wrong() {
    let shop = Shop::furnished().await;
    let check = async |line: &str, expected: (u16, &str)| {
        let answer = shop.call(Orders, line, &[], "").await;
        assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{line}");
        let is_echoed = ["42424242", "%32424242"].iter().any(|it| answer.text.contains(it));
        assert!(!is_echoed, "{line}: {}", answer.text);
    };
    let card = (422, "card_number_refused");
    check("GET /orders?4242424242424242=1", card).await;
    check("GET /orders?4242424242424242", card).await;
    check("GET /orders?4242424%3242424242=1", card).await;
    check("GET /events?4242424242424242=1", card).await;
    let (missing, not_allowed) = ((404, "not_found"), (405, "method_not_allowed"));
    check("GET /4242424242424242/x", missing).await;
    check("GET /nowhere/4242424%3242424242", missing).await;
    check("GET /nowhere/4242%204242%E2%80%914242%204242/", missing).await;
    check("DELETE /orders/4242424%3242424242", not_allowed).await;
}

#[tokio::test]
async fn every_list_refuses_pages_that_it_does_not_have() {
    let shop = Shop::furnished().await;
    shop.place("o-2").await;
    let is_list = |it: &Operation| it.takes("query", "page_token");
    let lists: Vec<Operation> = Operation::all().into_iter().filter(is_list).collect();
    let token = async |operation: &Operation| {
        let path = format!("{}?page_size=1", operation.path());
        let token = shop.get(operation.service, &path).await.field("next_page_token");
        assert!(!token.is_empty(), "{} has one page", operation.name());
        token
    };
    let check = async |operation: &Operation, query: &str, field: &str| {
        let path = format!("{}?{query}", operation.path());
        let answer = shop.get(operation.service, &path).await;
        let what = format!("{}?{query}: {}", operation.name(), answer.text);
        assert_eq!(answer.verdict(), (422, "validation_failed".into()), "{what}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{what}");
    };
    for list in &lists {
        let sizes = ["0", "-1", "201", "ten", "1.5", "1e1", "0x10", "", "+", "%20", "1%20", "1,2"];
        for size in sizes {
            check(list, &format!("page_size={size}"), "page_size").await;
        }
        check(list, "page_size=99999999999999999999", "page_size").await;
        let own = token(list).await;
        let zeros = "0".repeat(48);
        let wrong = [&own[1..], &own[..15], &own[..16], &zeros, "x", "%00"];
        for token in wrong {
            check(list, &format!("page_token={token}"), "page_token").await;
        }
        for other in lists.iter().filter(|other| other.name() != list.name()) {
            check(other, &format!("page_token={own}"), "page_token").await;
        }
    }
}

#[tokio::test]
async fn a_header_that_is_wrong_is_refused_or_as_if_it_were_not_there() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    let long = "k".repeat(256);
    let check = async |name: &'static str, value: &str, is_read: &dyn Fn(&Operation) -> bool| {
        for operation in Operation::all() {
            if is_writing(&operation) && !is_read(&operation) {
                continue;
            }
            let plain = match is_writing(&operation) {
                true => None,
                false => Some(call(&shop, &operation, &operation.path(), &[]).await),
            };
            let answer = call(&shop, &operation, &operation.path(), &[(name, value)]).await;
            let what = format!("{} {name}: {value:.60} {}", operation.name(), answer.text);
            match (is_read(&operation), plain) {
                (false, Some(plain)) => assert_eq!(answer.status, plain.status, "{what}"),
                _ => assert_eq!(answer.verdict(), (422, "validation_failed".into()), "{what}"),
            }
        }
    };
    let is_keyed = |it: &Operation| it.takes("header", "Idempotency-Key");
    for key in ["", " ", "\"\"", "\"", "\"k", "k\"", "a b", "\u{e4}", "k\tk", "\"\\k\"", &long] {
        check("idempotency-key", key, &is_keyed).await;
    }
    let is_stream = |it: &Operation| it.template == "/events";
    for place in ["x", "-1", "1", "1-", "1-x", "1-1-1", "99999999999999999999-0", "\u{e4}", "1 -1"]
    {
        check("last-event-id", place, &is_stream).await;
    }
    for name in ["accept", "traceparent", "prefer", "if-none-match", "authorization", "cookie"] {
        for value in ["", "\u{e4}\u{ff}", ",;=\"", "q=q=q", "00-0-0-0", &"x,".repeat(10_000)] {
            check(name, value, &|_| false).await;
        }
    }
    assert_eq!(shop.log_end().await, place);
}

#[tokio::test]
async fn a_key_that_stands_there_twice_is_refused() {
    let shop = Shop::furnished().await;
    let place = shop.log_end().await;
    let keys = [("idempotency-key", "k"), ("idempotency-key", "k")];
    let is_keyed = |it: &Operation| it.takes("header", "Idempotency-Key");
    let operations: Vec<_> = Operation::all().into_iter().filter(is_keyed).collect();
    assert!(operations.len() == 3 && operations.iter().all(|it| it.method == "POST"));
    for operation in operations {
        let answer = call(&shop, &operation, &operation.path(), &keys).await;
        assert_eq!(answer.verdict(), (422, "validation_failed".into()), "{}", operation.name());
    }
    assert_eq!(shop.log_end().await, place);
}

#[tokio::test]
async fn a_look_at_the_head_is_answered_as_the_whole_without_its_body() {
    let shop = Shop::furnished().await;
    for operation in Operation::all().iter().filter(|it| !is_writing(it)) {
        let whole = shop.get(operation.service, &operation.path()).await;
        let head = format!("HEAD {}", operation.path());
        let head = shop.call(operation.service, &head, &[], "").await;
        assert_eq!((head.status, head.text.as_str()), (whole.status, ""), "{}", operation.name());
        assert_eq!(head.header("content-type"), whole.header("content-type"));
        assert_eq!(head.header("etag"), whole.header("etag"));
    }
    let check = async |service, path: &str| {
        let answer = shop.call(service, &format!("HEAD {path}"), &[], "").await;
        assert_eq!((answer.status, answer.text.as_str()), (404, ""), "{path}");
    };
    check(Orders, "/orders/o-9").await;
    check(Payments, "/payments/o-9!1").await;
    check(Inventory, "/stock/nothing").await;
}
