//! Versions: `If-Match` before a change, `If-None-Match` before a look.

mod common;

use common::{Answer, Inventory, Operation, Orders, Shop};
use contracts::ServiceName;
use futures_util::future::join_all;

/// The routes that change what has a version: how it is made, read and changed.
const CHANGES: &[(ServiceName, &str, &str, &str)] = &[
    (Inventory, "/stock/ID", "PUT /stock/ID", r#"{"on_hand":7}"#),
    (Inventory, "/stock/ID", "POST /stock/ID/adjustments", r#"{"delta":1,"reason":"found"}"#),
    (Orders, "/orders/ID", "POST /orders/ID/cancel", "{}"),
];

/// Tries each change with that `If-Match`, where `NOW` stands for the tag of the resource.
async fn check(shop: &Shop, if_match: &[&str], is_done: bool) {
    for (service, resource, line, body) in CHANGES {
        let id = format!("r-{}", uuid::Uuid::now_v7());
        match service {
            Orders => shop.place(&id).await,
            _ => {
                shop.count(&id, 100).await;
                shop.count(&id, 1_000).await;
            }
        }
        let (resource, line) = (resource.replace("ID", &id), line.replace("ID", &id));
        let before = shop.get(*service, &resource).await;
        let tags = if_match.iter().map(|tag| tag.replace("NOW", before.header("etag")));
        let tags: Vec<String> = tags.collect();
        let headers: Vec<_> = tags.iter().map(|tag| ("if-match", tag.as_str())).collect();
        let place = shop.log_end().await;
        let answer = shop.call(*service, &line, &headers, body).await;
        if is_done {
            assert!(answer.status < 300, "{line} {tags:?}: {answer:?}");
            assert_ne!(answer.header("etag"), before.header("etag"), "{line} {tags:?}");
        } else {
            assert_eq!(answer.verdict(), (412, "version_mismatch".into()), "{line} {tags:?}");
            assert_eq!(shop.happened_since(place).await, [""; 0], "{line} {tags:?}");
            assert_eq!(shop.get(*service, &resource).await.text, before.text);
        }
    }
}

#[tokio::test]
async fn what_changes_a_version_depends_on_the_one_that_was_seen() {
    let shop = Shop::furnished().await;
    check(&shop, &[], true).await;
    check(&shop, &["NOW"], true).await;
    check(&shop, &["*"], true).await;
    check(&shop, &["\"99\", NOW"], true).await;
    check(&shop, &["\"99\"", "NOW"], true).await;
    check(&shop, &["\"1\""], false).await;
    check(&shop, &["\"99\""], false).await;
    check(&shop, &["\"1\", \"99\""], false).await;
    check(&shop, &["W/NOW"], false).await;
    for nonsense in ["2", "\"0\"", "\"x\"", "\"-1\"", "\"2", "", "\"99999999999999999999\"", ","] {
        check(&shop, &[nonsense], false).await;
    }
}

#[tokio::test]
async fn what_is_not_there_has_no_version() {
    let shop = Shop::furnished().await;
    let check = async |service, line: &str, body: &str, tag: &str, expected: (u16, &str)| {
        let place = shop.log_end().await;
        let answer = shop.call(service, line, &[("if-match", tag)], body).await;
        assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{line} {tag}");
        assert_eq!(shop.happened_since(place).await, [""; 0], "{line} {tag}");
    };
    let [(_, _, _, count), (_, _, _, adjust), (_, _, _, cancel)] = CHANGES else {
        panic!("three changes are known")
    };
    for tag in ["*", "\"1\"", "W/\"1\"", "x"] {
        check(Inventory, "PUT /stock/new", count, tag, (412, "version_mismatch")).await;
        check(Inventory, "POST /stock/new/adjustments", adjust, tag, (404, "sku_not_found")).await;
        check(Orders, "POST /orders/new/cancel", cancel, tag, (404, "order_not_found")).await;
    }
    assert_eq!(shop.get(Inventory, "/stock/new").await.status, 404);
}

#[tokio::test]
async fn what_may_only_be_made_new_leaves_alone_what_is_there() {
    let shop = Shop::furnished().await;
    let [(_, _, _, count), (_, _, _, adjust), (_, _, _, cancel)] = CHANGES else {
        panic!("three changes are known")
    };
    let any = ("if-none-match", "*");
    let mismatch = (412, "version_mismatch");
    let check = async |service, line: &str, body: &str, headers: &[_], expected: (u16, &str)| {
        let place = shop.log_end().await;
        let answer = shop.call(service, line, headers, body).await;
        assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{line} {headers:?}");
        let is_done = !shop.happened_since(place).await.is_empty();
        assert_eq!(is_done, expected.0 == 200, "{line} {headers:?}");
    };
    check(Inventory, "PUT /stock/new", count, &[any], (200, "")).await;
    check(Inventory, "PUT /stock/new", count, &[any], mismatch).await;
    check(Inventory, "PUT /stock/tea", count, &[("if-none-match", " * ")], mismatch).await;
    check(Inventory, "POST /stock/tea/adjustments", adjust, &[any], mismatch).await;
    check(Inventory, "POST /stock/no/adjustments", adjust, &[any], (404, "sku_not_found")).await;
    check(Orders, "POST /orders/o-1/cancel", cancel, &[any], mismatch).await;
    for tag in ["\"1\"", "*", "\"99\""] {
        check(Inventory, "PUT /stock/tea", count, &[any, ("if-match", tag)], mismatch).await;
        check(Inventory, "PUT /stock/none", count, &[any, ("if-match", tag)], mismatch).await;
    }
    for tag in ["\"1\"", "W/\"1\"", "\"1\", *", "\"*\"", "", "x", "\u{e4}"] {
        let headers = [("if-none-match", tag)];
        for sku in ["tea", "none"] {
            let line = format!("PUT /stock/{sku}");
            check(Inventory, &line, count, &headers, (422, "validation_failed")).await;
        }
    }
    assert_eq!(shop.get(Inventory, "/stock/none").await.status, 404);
}

#[tokio::test]
async fn of_many_who_make_the_same_new_thing_one_does() {
    let shop = Shop::open().await;
    let count = async |on_hand: usize| {
        let body = format!(r#"{{"on_hand":{on_hand}}}"#);
        shop.call(Inventory, "PUT /stock/new", &[("if-none-match", "*")], &body).await.verdict()
    };
    let mut verdicts = join_all((0..16).map(count)).await;
    verdicts.sort();
    assert_eq!(verdicts[0], (200, String::new()));
    assert!(verdicts[1..].iter().all(|it| *it == (412, "version_mismatch".into())));
    assert_eq!(shop.get(Inventory, "/stock/new").await.field("version"), "1");
}

/// Whether it is a look at something that has a version.
fn is_versioned(operation: &Operation) -> bool {
    operation.method == "GET" && operation.takes("header", "If-None-Match")
}

#[tokio::test]
async fn what_a_reader_has_already_is_not_sent_again() {
    let shop = Shop::furnished().await;
    let operations: Vec<_> = Operation::all().into_iter().filter(is_versioned).collect();
    assert_eq!(operations.len(), 5, "orders, payments, stock, reservations and sagas");
    let check = async |known: &str, is_sent: bool| {
        for operation in &operations {
            let whole = shop.get(operation.service, &operation.path()).await;
            let etag = whole.header("etag").to_string();
            assert!(whole.status == 200 && !etag.is_empty(), "{}: {whole:?}", operation.name());
            let known = known.replace("NOW", &etag).replace("W/W/", "W/");
            for line in [operation.line(), format!("HEAD {}", operation.path())] {
                let headers = [("if-none-match", known.as_str())];
                let answer = shop.call(operation.service, &line, &headers, "").await;
                let has_body = is_sent && !line.starts_with("HEAD");
                let told = (answer.status, answer.text.as_str(), answer.header("etag"));
                let text = if has_body { whole.text.as_str() } else { "" };
                assert_eq!(told, (if is_sent { 200 } else { 304 }, text, etag.as_str()), "{line}");
                assert_eq!(has_content_type(&answer), is_sent, "{line}");
            }
        }
    };
    check("NOW", false).await;
    check("W/NOW", false).await;
    check("*", false).await;
    check("\"99\", NOW", false).await;
    check("\"99\"", true).await;
    check("", true).await;
    check("nonsense", true).await;
    check("\"*\"", true).await;
}

#[tokio::test]
async fn whoever_wants_to_see_one_version_is_shown_no_other() {
    let shop = Shop::furnished().await;
    let operations: Vec<_> = Operation::all().into_iter().filter(is_versioned).collect();
    let check = async |if_match: &str, is_shown: &dyn Fn(&str) -> bool| {
        for operation in &operations {
            let whole = shop.get(operation.service, &operation.path()).await;
            let etag = whole.header("etag");
            let tags = if_match.replace("NOW", etag);
            for line in [operation.line(), format!("HEAD {}", operation.path())] {
                let headers = [("if-match", tags.as_str())];
                let answer = shop.call(operation.service, &line, &headers, "").await;
                let expected = if is_shown(etag) { 200 } else { 412 };
                assert_eq!(answer.status, expected, "{line} {tags}: {answer:?}");
                if line.starts_with("GET") && expected == 412 {
                    assert_eq!(answer.verdict(), (412, "version_mismatch".into()), "{line}");
                }
            }
        }
    };
    // A version that is weak is never certain to be the same.
    let is_strong = |etag: &str| !etag.starts_with("W/");
    check("NOW", &is_strong).await;
    check("\"99\", NOW", &is_strong).await;
    check("*", &|_| true).await;
    for other in ["\"99\"", "W/NOW", "", "x", "\"*\""] {
        check(other, &|_| false).await;
    }
    let both = [("if-match", "\"99\""), ("if-none-match", "*")];
    let answer = shop.call(Orders, "GET /orders/o-1", &both, "").await;
    assert_eq!(answer.verdict(), (412, "version_mismatch".into()));
    let missing = shop.call(Orders, "GET /orders/o-9", &[("if-match", "*")], "").await;
    assert_eq!(missing.verdict(), (404, "order_not_found".into()));
}

#[tokio::test]
async fn an_order_that_is_placed_has_no_version_yet() {
    let shop = Shop::furnished().await;
    let check = async |headers: &[_], expected: (u16, &str)| {
        let place = shop.log_end().await;
        let body = r#"{"order_id":"o-2","user_id":"u","amount":5,"payment_method":"invoice"}"#;
        let answer = shop.call(Orders, "POST /orders", headers, body).await;
        assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{headers:?}");
        let is_done = !shop.happened_since(place).await.is_empty();
        assert_eq!(is_done, expected.0 == 201, "{headers:?}");
    };
    for tag in ["*", "\"1\"", "W/\"1\"", "x"] {
        check(&[("if-match", tag)], (412, "version_mismatch")).await;
    }
    check(&[("if-none-match", "\"1\"")], (422, "validation_failed")).await;
    check(&[("if-none-match", "*")], (201, "")).await;
}

fn has_content_type(answer: &Answer) -> bool {
    answer.headers.contains_key("content-type")
}

#[tokio::test]
async fn what_can_not_be_found_is_told_whatever_the_reader_has() {
    let shop = Shop::open().await;
    for operation in Operation::all().iter().filter(|it| is_versioned(it)) {
        let headers = [("if-none-match", "*")];
        let answer = shop.call(operation.service, &operation.line(), &headers, "").await;
        assert_eq!(answer.verdict().0, 404, "{}", operation.name());
    }
}
