//! Lists: pages, filters, tokens, counts.

mod common;

use common::{Inventory, Operation, Orchestrator, Orders, Payments, Shop};
use contracts::ServiceName;

/// Five orders of two users, paid by invoice, of an amount only; `o-1` is the oldest.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    for number in 1..=5 {
        let user = if number % 2 == 0 { "even" } else { "odd" };
        let body = format!(
            r#"{{"order_id":"o-{number}","user_id":"{user}","amount":{number},
            "payment_method":"invoice"}}"#
        );
        assert_eq!(shop.call(Orders, "POST /orders", &[], &body).await.status, 201);
        shop.settled(&format!("o-{number}")).await;
    }
    shop
}

/// The ids that a list shows, page after page, with a bar between pages.
async fn walk(shop: &Shop, service: ServiceName, path: &str, list: &str, id: &str) -> String {
    let and = if path.contains('?') { '&' } else { '?' };
    let mut pages = vec![];
    let mut token = String::new();
    loop {
        let page = shop.get(service, &format!("{path}{and}page_token={token}")).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        let items = page.json()[list].as_array().expect("a list").clone();
        let ids = items.iter().map(|it| it[id].as_str().expect("an id"));
        pages.push(ids.collect::<Vec<_>>().join(" "));
        token = page.field("next_page_token");
        if token.is_empty() {
            return pages.join(" | ");
        }
    }
}

#[tokio::test]
async fn orders_are_listed_newest_first_by_filter_and_page() {
    let shop = shop().await;
    let check = async |query: &str, expected: &str| {
        let path = format!("/orders{query}");
        assert_eq!(walk(&shop, Orders, &path, "orders", "order_id").await, expected, "{query}");
    };
    check("", "o-5 o-4 o-3 o-2 o-1").await;
    check("?page_size=2", "o-5 o-4 | o-3 o-2 | o-1").await;
    check("?page_size=5", "o-5 o-4 o-3 o-2 o-1").await;
    check("?user_id=even", "o-4 o-2").await;
    check("?user_id=even&page_size=1", "o-4 | o-2").await;
    check("?user_id=nobody", "").await;
    check("?state=completed&user_id=odd", "o-5 o-3 o-1").await;
    check("?state=pending", "").await;
    let third = shop.get(Orders, "/orders/o-3").await.field("created_at");
    check(&format!("?created_after={third}"), "o-5 o-4").await;
    check(&format!("?created_after={third}&user_id=odd"), "o-5").await;
    check("?created_after=2999-01-01T00:00:00Z", "").await;
}

#[tokio::test]
async fn every_list_has_pages() {
    let shop = shop().await;
    for sku in ["tea", "cup", "pot"] {
        let counted =
            shop.call(Inventory, &format!("PUT /stock/{sku}"), &[], r#"{"on_hand":1}"#).await;
        assert_eq!(counted.status, 200);
    }
    let check = async |service, path: &str, list: &str, id: &str, expected: &str| {
        assert_eq!(walk(&shop, service, path, list, id).await, expected, "{path}");
    };
    let payments = "o-5!1 o-4!1 | o-3!1 o-2!1 | o-1!1";
    check(Payments, "/payments?page_size=2", "payments", "payment_id", payments).await;
    check(Payments, "/payments?order_id=o-2", "payments", "payment_id", "o-2!1").await;
    check(Payments, "/payments?order_id=o-9", "payments", "payment_id", "").await;
    let both = "o-1!capture_payment!captured | o-1!authorize_payment!authorized";
    let path = "/ledger/transactions?order_id=o-1&page_size=1";
    check(Payments, path, "transactions", "transaction_id", both).await;
    let path = "/ledger/transactions?page_size=200";
    let all = walk(&shop, Payments, path, "transactions", "transaction_id").await;
    assert_eq!(all.split(' ').count(), 10, "{all}");
    check(Inventory, "/stock?page_size=2", "stock", "sku", "pot cup | tea").await;
    check(Orchestrator, "/sagas?page_size=3", "sagas", "saga_id", "o-5 o-4 o-3 | o-2 o-1").await;
    check(
        Orchestrator,
        "/sagas?state=COMPLETED&page_size=4",
        "sagas",
        "saga_id",
        "o-5 o-4 o-3 o-2 | o-1",
    )
    .await;
    check(Orchestrator, "/sagas?definition=cancel_order", "sagas", "saga_id", "").await;
    check(Orchestrator, "/sagas?order_id=o-3", "sagas", "saga_id", "o-3").await;
    check(Orchestrator, "/sagas?order_id=o-3&state=RUNNING", "sagas", "saga_id", "").await;
    let counts = shop.get(Orchestrator, "/saga-counts").await;
    let expected = r#"{"counts":[{"definition":"place_order","state":"COMPLETED","count":5}]}"#;
    assert_eq!(counts.text, expected);
}

#[tokio::test]
async fn a_query_with_an_unknown_name_is_told_all_that_there_are() {
    let shop = Shop::open().await;
    let takes_a_query = |it: &Operation| it.parameters("query").next().is_some();
    let operations: Vec<_> = Operation::all().into_iter().filter(takes_a_query).collect();
    let is_list = |it: &&Operation| it.takes("query", "page_token");
    assert_eq!(operations.iter().filter(is_list).count(), 6);
    for operation in operations {
        let path = format!("{}?colour=red", operation.path());
        let names = operation.parameters("query").map(|it| it["name"].as_str().expect("a name"));
        let names = names.collect::<Vec<_>>().join(", ");
        let answer = shop.get(operation.service, &path).await;
        let detail = format!("colour: is no field of it; there are {names}");
        assert_eq!((answer.status, answer.field("detail")), (422, detail), "{}", operation.name());
    }
}

#[tokio::test]
async fn a_list_says_which_part_of_its_query_is_wrong() {
    let shop = shop().await;
    let token = shop.get(Orders, "/orders?page_size=1&user_id=odd").await.field("next_page_token");
    let check = async |query: &str, detail: &str| {
        let answer = shop.get(Orders, &format!("/orders{query}")).await;
        let said = answer.field("detail");
        assert_eq!((answer.status, said.as_str()), (422, detail), "{query}");
    };
    let size = |what: &str| format!("page_size: is {what}");
    let numbers = "a whole number from 1 to 200 is expected";
    check("?page_size=201", &size(&format!("the number 201; {numbers}"))).await;
    check("?page_size=0", &size(&format!("the number 0; {numbers}"))).await;
    check("?page_size=-1", &size(&format!("the number -1; {numbers}"))).await;
    check("?page_size=ten", &size("no whole number")).await;
    check("?page_size=1&page_size=2", "page_size: stands there twice").await;
    check("?page_token=x", "page_token: is no token of this list: begin without one").await;
    let other = "page_token: belongs to a list with other filters: begin without one";
    check(&format!("?page_token={token}"), other).await;
    check(&format!("?page_token={token}&user_id=even"), other).await;
    check(&format!("?page_token={token}&user_id=odd&state=pending"), other).await;
    check("?user_id=a%20b", "user_id: holds ' '; allowed are A-Z a-z 0-9 - _ . : ~").await;
    check(
        "?state=lost",
        "state: is \"lost\"; pending or confirmed or completed or cancelling or \
        cancelled or rejected is allowed",
    )
    .await;
    let time = "created_after: is no time of RFC 3339 such as 2026-11-24T12:00:00Z";
    check("?created_after=yesterday", time).await;
    let sagas = async |query: &str| shop.get(Orchestrator, &format!("/sagas?{query}")).await;
    for wrong in ["nonsense", "", "PLACE_ORDER", "place_order,cancel_order"] {
        let answer = sagas(&format!("definition={wrong}")).await;
        let names = "place_order or place_order_manual_capture or cancel_order is allowed";
        let detail = format!("definition: is {wrong:?}; {names}");
        assert_eq!((answer.status, answer.field("detail")), (422, detail), "{wrong}");
    }
    let stock = shop.get(Inventory, &format!("/stock?page_token={token}")).await;
    assert_eq!((stock.status, stock.field("detail").as_str()), (422, other));
}
