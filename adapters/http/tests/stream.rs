//! `GET /events`: the live streams.

mod common;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use common::{Inventory, Operation, Orders, Shop};
use contracts::{Channel, MessageType, ServiceName};
use futures_util::StreamExt;
use serde_json::Value;

/// An open stream, read line by line.
struct Reader {
    body: BodyDataStream,
    text: String,
    /// Where the stream has begun.
    begin: String,
}

impl Reader {
    async fn open(shop: &Shop, service: ServiceName, query: &str, last: Option<&str>) -> Self {
        let mut request = Request::get(format!("/events{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = shop.open_stream(service, request).await;
        let body = response.into_body().into_data_stream();
        let mut reader = Self { body, text: String::new(), begin: String::new() };
        let first = reader.next().await.expect("the beginning");
        assert_eq!(Self::line(&first, "retry: "), "1000");
        reader.begin = Self::line(&first, "id: ").into();
        reader
    }

    /// The next event; nothing at the end of the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_string(), rest.to_string());
                self.text = rest;
                if !event.starts_with(':') {
                    return Some(event);
                }
                continue;
            }
            let chunk = self.body.next().await?.expect("bytes");
            self.text += std::str::from_utf8(&chunk).expect("UTF-8");
        }
    }

    /// The next so many events: their types and subjects.
    async fn told(&mut self, count: usize) -> String {
        let mut told = vec![];
        for _ in 0..count {
            let event = self.next().await.expect("an event");
            let data = Self::data(&event);
            let name = Self::line(&event, "event: ");
            assert_eq!(data["type"], name);
            told.push(format!("{name} {}", data["subject"].as_str().expect("a subject")));
        }
        told.join(", ")
    }

    fn line<'a>(event: &'a str, name: &str) -> &'a str {
        event.lines().find_map(|line| line.strip_prefix(name)).expect("a line")
    }

    fn data(event: &str) -> Value {
        serde_json::from_str(Self::line(event, "data: ")).expect("JSON")
    }
}

async fn place(shop: &Shop, order_id: &str) {
    let body = format!(
        r#"{{"order_id":"{order_id}","user_id":"u","amount":5,"payment_method":"invoice"}}"#
    );
    assert_eq!(shop.call(Orders, "POST /orders", &[], &body).await.status, 201);
    shop.settled(order_id).await;
}

#[tokio::test]
async fn a_stream_tells_what_happens_from_now_on() {
    let shop = Shop::open().await;
    place(&shop, "o-1").await;
    let mut reader = Reader::open(&shop, Orders, "", None).await;
    place(&shop, "o-2").await;
    let all = "OrderCreated o-2, OrderConfirmed o-2, OrderCompleted o-2";
    assert_eq!(reader.told(3).await, all);
}

#[tokio::test]
async fn a_stream_that_is_cut_before_its_first_event_loses_none() {
    let shop = Shop::open().await;
    place(&shop, "o-1").await;
    let cut = Reader::open(&shop, Orders, "", None).await.begin;
    place(&shop, "o-2").await;
    let mut again = Reader::open(&shop, Orders, "", Some(&cut)).await;
    let all = "OrderCreated o-2, OrderConfirmed o-2, OrderCompleted o-2";
    assert_eq!(again.told(3).await, all);
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_cut() {
    let shop = Shop::open().await;
    place(&shop, "o-1").await;
    place(&shop, "o-2").await;
    let mut reader = Reader::open(&shop, Orders, "?last_event_id=0", None).await;
    let first = reader.next().await.expect("an event");
    let data = Reader::data(&first);
    assert_eq!(data["data"]["total"]["amount"], "5.00");
    assert_eq!((&data["version"], data["id"].as_str().map(str::len)), (&1.into(), Some(32)));
    let id = Reader::line(&first, "id: ");
    let all = "OrderConfirmed o-1, OrderCompleted o-1, OrderCreated o-2";
    assert_eq!(reader.told(3).await, all);
    let mut again = Reader::open(&shop, Orders, "?last_event_id=0", Some(id)).await;
    assert_eq!(again.told(3).await, all);
}

#[tokio::test]
async fn a_place_of_another_store_leads_to_the_beginning() {
    let shop = Shop::open().await;
    place(&shop, "o-1").await;
    let mut reader = Reader::open(&shop, Orders, "", Some("99999-0")).await;
    assert_eq!(reader.told(2).await, "OrderCreated o-1, OrderConfirmed o-1");
}

#[tokio::test]
async fn a_stream_tells_only_what_was_asked_for() {
    let shop = Shop::open().await;
    place(&shop, "o-1").await;
    place(&shop, "o-2").await;
    let check = async |service, query: &str, expected: &str| {
        let mut reader = Reader::open(&shop, service, query, Some("0")).await;
        let count = expected.split(", ").count();
        assert_eq!(reader.told(count).await, expected, "{query}");
    };
    check(Orders, "?order_id=o-2", "OrderCreated o-2, OrderConfirmed o-2, OrderCompleted o-2")
        .await;
    check(Orders, "?type=OrderCompleted", "OrderCompleted o-1, OrderCompleted o-2").await;
    check(ServiceName::Payments, "?order_id=o-1", "PaymentAuthorized o-1, PaymentCaptured o-1")
        .await;
    check(ServiceName::Orchestrator, "", "SagaFinished o-1, SagaFinished o-2").await;
    let mut reader = Reader::open(&shop, Inventory, "?order_id=tea", None).await;
    shop.call(Inventory, "PUT /stock/cup", &[], r#"{"on_hand":1}"#).await;
    shop.call(Inventory, "PUT /stock/tea", &[], r#"{"on_hand":1}"#).await;
    assert_eq!(reader.told(1).await, "StockLevelChanged tea");
}

#[tokio::test]
async fn types_are_asked_for_at_the_service_that_tells_them() {
    let shop = Shop::open().await;
    let mut count = 0;
    for operation in Operation::all().iter().filter(|it| it.template == "/events") {
        for event in MessageType::ALL.iter().filter(|it| it.channel() == Channel::Event) {
            let name = event.name();
            let is_own = event.owner() == operation.service;
            let path = format!("/events?type={name}");
            let answer = shop.get(operation.service, &path).await;
            let expected = if is_own { (200, "") } else { (422, "validation_failed") };
            let what = format!("{} {name}", operation.name());
            assert_eq!(answer.verdict(), (expected.0, expected.1.into()), "{what}");
            let mut parameters = operation.parameters("query");
            let parameter = parameters.find(|it| it["name"] == "type").expect("it is there");
            let words = parameter["schema"]["items"]["enum"].as_array().expect("words");
            assert_eq!(words.contains(&name.into()), is_own, "{what}");
            count += usize::from(is_own);
        }
    }
    assert!(count > 20, "{count} types");
}

#[tokio::test]
async fn a_stream_ends_when_the_process_is_about_to() {
    let shop = Shop::open().await;
    let mut reader = Reader::open(&shop, Orders, "", None).await;
    shop.leaving.send_replace(true);
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn a_reader_that_is_far_behind_is_told_everything() {
    let shop = Shop::open().await;
    let mut reader = Reader::open(&shop, Inventory, "", None).await;
    for count in 1..=600 {
        let body = format!(r#"{{"on_hand":{count}}}"#);
        assert_eq!(shop.call(Inventory, "PUT /stock/tea", &[], &body).await.status, 200);
    }
    for count in 1..=600 {
        let event = reader.next().await.expect("an event");
        assert_eq!(Reader::data(&event)["data"]["on_hand"], count);
    }
}

#[tokio::test]
async fn so_many_streams_are_open_and_no_more() {
    let shop = Shop::open().await;
    let mut readers = vec![];
    for _ in 0..256 {
        readers.push(Reader::open(&shop, Orders, "", None).await);
    }
    let refused = shop.get(Orders, "/events").await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "overloaded"));
    readers.pop();
    assert_eq!(shop.get(Orders, "/events").await.status, 200);
}
