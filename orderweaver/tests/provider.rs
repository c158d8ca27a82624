//! The built-in payment provider as a server of its own.

mod common;

use common::crowd::{Customers, kills};
use common::{Answer, PROVIDER_PORT, ProviderServer, Server, check_given, orderweaver};
use hyper::Method;
use serde_json::json;
use servers::Database;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

const REPLICAS: usize = 2;
const CLIENTS_OF_EACH: usize = 16;
/// Orders acknowledged between two kills, at least.
const ACKNOWLEDGED_MIN: usize = 80;
const KILLS: usize = 6;
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const LOOKS_MAX: usize = 500;

/// What the check says of a database and of the provider's statement; it must have found nothing.
fn clean(data: &Path, store: &str, provider: &str, when: &str) -> String {
    let (is_clean, lines) = check_given(data, &["--store", store, "--provider", provider]);
    assert!(is_clean, "{when}: {lines:#?}");
    lines.join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_paid_twice_or_forgotten_when_the_provider_or_who_asks_it_is_killed() {
    let database = Database::empty();
    let (data, books) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut provider = ProviderServer::start(books.path()).await;
    let (store, url) = (database.url(), provider.url());
    let mut replicas = vec![];
    for _ in 0..REPLICAS {
        let flags = ["--store", &store, "--provider", &url];
        replicas.push(Server::start_given(data.path(), &flags).await);
    }
    replicas[0].put_stock("tea", 1_000_000_000).await;
    replicas[1].put_stock("scarce", 50).await;
    let clients: Vec<_> = replicas.iter().map(|replica| replica.client()).collect();
    let customers = Customers::come(&clients, CLIENTS_OF_EACH);
    for kill in 0..kills(KILLS) {
        customers.ordered(ACKNOWLEDGED_MIN).await;
        provider.kill();
        if kill % 2 == 0 {
            let victim = &mut replicas[kill / 2 % REPLICAS];
            victim.kill();
            provider.restart(books.path());
            victim.restart(data.path()).await;
        } else {
            customers.ordered(ACKNOWLEDGED_MIN).await; // orders are taken without it
            provider.restart(books.path());
        }
    }
    let told = customers.go_home().await;
    let mut paid = 0;
    for (order_id, is_cancelled) in &told {
        let order = replicas[0].settled(order_id).await;
        assert!(!is_cancelled || order["state"] == "cancelled", "{order_id} is {order}");
        paid += usize::from(order["payment_status"] == "paid");
    }
    replicas.into_iter().for_each(Server::stop);
    assert!(!data.path().join("provider-fake.db").exists(), "nobody else keeps books");
    let line = clean(data.path(), &store, &url, "at the end");
    println!("{} acknowledged, {paid} paid; {line}", told.len());
    assert!(paid * 2 > told.len(), "a shop that compensates everything is no success");
    let lost = TempDir::new().unwrap();
    let other = ProviderServer::start(lost.path()).await;
    let given = ["--store", &store, "--provider", &other.url()];
    let (is_clean, lines) = check_given(data.path(), &given);
    assert!(!is_clean && lines.concat().contains("not done at the provider"), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_wait_for_a_provider_that_is_not_there_yet_and_say_so() {
    let (data, books) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut provider = ProviderServer::start(books.path()).await;
    provider.kill();
    let address = provider.url();
    let server = Server::start_given(data.path(), &["--provider", &address]).await;
    let ready = server.get(8_001, "/ready").await;
    let said = ready.body["checks"]["provider"].as_str().unwrap_or_default().to_string();
    assert_eq!((ready.status, ready.body["status"].as_str()), (503, Some("not_ready")));
    assert!(said.starts_with(&address) && said.ends_with("payments wait"), "{said}");
    let order = r#"{"order_id":"o-1","user_id":"u","amount":5}"#;
    assert_eq!(server.post(8_001, "/orders", order).await.status, 201);
    provider.restart(books.path());
    assert_eq!(server.settled("o-1").await["payment_status"], "paid");
    // What it said before is told again for a while.
    let mut looks = 0;
    while !server.ready(8_002).await {
        tokio::time::sleep(LOOK_INTERVAL).await;
        looks += 1;
        assert!(looks < LOOKS_MAX, "it is not ready");
    }
    assert_eq!(server.get(8_002, "/ready").await.body["checks"]["provider"], "ok");
    server.stop();
    let (is_clean, lines) = check_given(data.path(), &["--provider", &address]);
    assert!(is_clean, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_refuses_what_it_can_t_understand_and_begins_nothing() {
    let books = TempDir::new().unwrap();
    let provider = ProviderServer::start(books.path()).await;
    let client = provider.client();
    let check = async |method: Method, path: &str, body: Option<&str>, status: u16, said: &str| {
        let answer = client.try_call(method, PROVIDER_PORT, path, body).await.expect("an answer");
        let Answer { status: found, body: problem } = answer;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert_eq!(found, status, "{path} {body:?}: {problem}");
        assert!(detail.contains(said), "{path} {body:?}: {problem}");
    };
    let huge = format!("{{\"method\":\"{}\"}}", "x".repeat(20_000));
    let many = json!({ "operation_ids": vec!["x"; 1_001] }).to_string();
    let operations: [(&str, u16, &str); 8] = [
        ("", 400, "EOF"),
        ("\"pay\"", 400, "invalid type"),
        (r#"{"order_id":1}"#, 400, "invalid type"),
        (r#"{"order_id":"o","operation_id":"p","kind":1,"amount":[1,"XYZ"]}"#, 400, ""),
        ("{}", 422, "order_id must have 1 to 512 bytes"),
        (r#"{"order_id":"o"}"#, 422, "operation_id must have 1 to 512 bytes"),
        (r#"{"order_id":"o","operation_id":"p"}"#, 422, "kind is 0"),
        (&huge, 413, "length limit"),
    ];
    for (body, status, said) in operations {
        check(Method::POST, "/operations", Some(body), status, said).await;
    }
    check(Method::POST, "/statement/search", Some(&many), 422, "at most 1000").await;
    check(Method::POST, "/statement/search", Some("{}"), 400, "operation_ids").await;
    check(Method::GET, "/statement?page_size=0", None, 422, "page_size is 0: 1 to 1000").await;
    check(Method::GET, "/statement?page_size=x", None, 400, "page_size").await;
    check(Method::GET, "/statement?since=1", None, 400, "since").await;
    let count = client.get(PROVIDER_PORT, "/statement/count").await;
    assert_eq!(count.body, json!({ "succeeded": 0 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_refused_and_one_that_is_silent_is_named() {
    let data = TempDir::new().unwrap();
    let folder = data.path().display().to_string();
    let cases = [
        ("real", 2, "is not allowed; allowed is fake, or http://host:8009"),
        ("https://host", 2, "is not allowed; allowed is fake, or http://host:8009"),
        ("http://me:hunter2@host", 2, "is not allowed; allowed is fake, or http://host:8009"),
        ("http://host:8009/pay", 2, "is not allowed; allowed is fake, or http://host:8009"),
        ("http://127.0.0.1:1", 6, "the payment provider at http://127.0.0.1:1: io: Connection"),
    ];
    Server::start(data.path()).await.stop();
    for (url, code, expected) in cases {
        let output = orderweaver(&["check", "--data", &folder, "--provider", url]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(expected) && said.contains("next: "), "{url}: {said}");
        assert!(!said.contains("hunter2"), "{url}: {said}");
        assert_eq!(output.status.code(), Some(code), "{url}: {said}");
    }
    let output = orderweaver(&["serve", "--data", &folder, "--provider", "http://host:x"]);
    assert_eq!(output.status.code(), Some(2));
}

/// Somebody whose statement has one operation, on every page again.
fn repeating() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked = [0; 4_096];
            let length = stream.read(&mut asked).expect("a request");
            let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
            let body = match asked.split([' ', '?']).nth(1) {
                Some("/health") => json!({ "status": "ok", "service": "payment-provider" }),
                Some("/statement/count") => json!({ "succeeded": 1 }),
                Some("/statement") => json!({
                    "operations": [
                        { "operation_id": "p", "order_id": "o", "kind": 1, "amount": [1, "USD"] },
                    ],
                    "next_page_token": "p",
                }),
                _ => panic!("{asked}"),
            };
            let body = body.to_string();
            let head = format!("Connection: close\r\nContent-Length: {}", body.len());
            write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").expect("a client");
        }
    });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_does_not_go_on_ends_the_check_and_is_told() {
    let data = TempDir::new().unwrap();
    Server::start(data.path()).await.stop();
    let folder = data.path().display().to_string();
    let output = orderweaver(&["check", "--data", &folder, "--provider", &repeating()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let what = "the provider's statement doesn't go on behind operation p\nnext:  ";
    assert!(said.contains(what), "{said}");
}
