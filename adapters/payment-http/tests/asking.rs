//! The client: against the built-in provider as a server, and against servers that misbehave.

use contracts::messages::{OperationKind, ProviderAnswered, ProviderOutcome, ProviderRequest};
use contracts::{Body, Currency, Message, MessageId, Money, Source, Timestamp};
use engine::Effects;
use hosting::SystemClock;
use payment_fake::{Books, FakeProvider, Statement};
use payment_http::{HttpProvider, HttpStatement, router};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn request(operation_id: &str, method: &str) -> ProviderRequest {
    ProviderRequest {
        order_id: "o-1".into(),
        operation_id: operation_id.into(),
        kind: OperationKind::Authorize.into(),
        amount: Some(Money::new(12_345, Currency::USD)),
        method: method.into(),
        ..ProviderRequest::default()
    }
}

async fn ask(provider: &HttpProvider, request: ProviderRequest) -> ProviderAnswered {
    let message = Message {
        id: MessageId::root(Timestamp(0), &[b"a request"]),
        source: Source::Client,
        subject: "o-1".into(),
        time: Timestamp(0),
        cause: None,
        step: None,
        version: 0,
        traceparent: None,
        body: request.into(),
    };
    match provider.perform(Arc::new(message)).await {
        Body::ProviderAnswered(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn provider(address: &str) -> HttpProvider {
    HttpProvider::new(address.parse().expect("an address"))
}

/// The built-in provider behind a port, until the test ends.
async fn built_in(folder: &Path) -> String {
    let path = folder.join("books.db");
    let books = FakeProvider::new(Books::open(&path).expect("books"), SystemClock);
    let router = router(books, Statement::open(&path).expect("a statement"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test]
async fn the_same_operation_gets_the_same_answer_whoever_asks() {
    let folder = TempDir::new().expect("a folder");
    let url = built_in(folder.path()).await;
    let (one, other) = (provider(&url), provider(&url));
    assert_eq!(one.status().await, Some(Ok(())));
    let check = async |id: &str, method: &str, outcome, code: &str| {
        for asked in [&one, &other, &one] {
            let answer = ask(asked, request(id, method)).await;
            assert_eq!((answer.outcome(), answer.code.as_str()), (outcome, code), "{id}");
        }
    };
    check("1", "pm_card_visa", ProviderOutcome::Succeeded, "").await;
    check("2", "pm_card_declined", ProviderOutcome::Failed, "card_declined").await;
    check("2", "pm_card_visa", ProviderOutcome::Failed, "card_declined").await;
    let lost = ask(&one, request("3", "pm_timeout_then_success")).await;
    assert_eq!(lost.outcome(), ProviderOutcome::Unspecified);
    check("3", "pm_timeout_then_success", ProviderOutcome::Succeeded, "").await;
    let read = ProviderRequest { read: true, ..request("4", "pm_card_visa") };
    assert_eq!(ask(&other, read).await.outcome(), ProviderOutcome::NeverSeen);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statement_has_what_was_done_and_nothing_else() {
    let folder = TempDir::new().expect("a folder");
    let url = built_in(folder.path()).await;
    let provider = provider(&url);
    for id in ["a", "b", "c"] {
        ask(&provider, request(id, "pm_card_visa")).await;
    }
    ask(&provider, request("d", "pm_card_declined")).await;
    let read = tokio::task::spawn_blocking(move || {
        let statement = HttpStatement::open(url.parse()?)?;
        let ids = |operations: Vec<payment_http::Entry>| {
            operations.into_iter().map(|it| it.operation_id).collect::<Vec<_>>()
        };
        let first = statement.page("", 2)?;
        assert_eq!(first.operations[0].amount, Money::new(12_345, Currency::USD));
        assert_eq!(first.operations[0].kind(), OperationKind::Authorize);
        assert_eq!((ids(first.operations), first.next_page_token.as_str()), (pair("a", "b"), "b"));
        let second = statement.page("b", 2)?;
        assert_eq!((ids(second.operations), second.next_page_token.as_str()), (one("c"), ""));
        assert_eq!(statement.succeeded()?, 3);
        assert_eq!(ids(statement.search(&["c", "d", "nobody"])?), one("c"));
        let many: Vec<String> = (0..2_500).map(|number| format!("x-{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).chain(["a"]).collect();
        assert_eq!(ids(statement.search(&many)?), one("a"));
        Ok::<_, String>(())
    });
    read.await.expect("no panic").expect("a statement");
}

fn one(id: &str) -> Vec<String> {
    vec![id.into()]
}

fn pair(one: &str, other: &str) -> Vec<String> {
    vec![one.into(), other.into()]
}

/// A server that says that to the first request, and nothing more.
async fn saying(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = stream.read(&mut [0; 4_096]).await;
        let _ = stream.write_all(answer.as_bytes()).await;
        if answer.is_empty() {
            std::future::pending::<()>().await; // silent, but there
        }
    });
    format!("http://{address}")
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn whatever_is_no_answer_leaves_the_outcome_unknown_and_is_never_a_refusal() {
    let ours = r#""order_id":"o-1","operation_id":"1""#;
    let other = r#"{"order_id":"o-1","operation_id":"2","outcome":2,"code":"card_declined"}"#;
    let huge = format!("{{{ours},\"code\":\"{}\"}}", "x".repeat(payment_http::BODY_BYTES_MAX));
    let cut = http("200 OK", &format!("{{{ours},\"outcome\":2}}")).replace("2}", "2");
    for answer in [
        http("500 Internal Server Error", "{}"),
        http("503 Service Unavailable", &format!("{{{ours},\"outcome\":2}}")),
        http("429 Too Many Requests", ""),
        http("400 Bad Request", r#"{"title":"","status":400,"detail":"why"}"#),
        http("404 Not Found", "<html>"),
        http("302 Found", ""),
        http("200 OK", "<html>"),
        http("200 OK", other),
        http("200 OK", &huge),
        cut,
        "SSH-2.0-OpenSSH_9.2\r\n".into(),
        "HTTP/1.1 2".into(),
    ] {
        let told =
            ask(&provider(&saying(answer.clone()).await), request("1", "pm_card_visa")).await;
        assert_eq!((told.outcome(), told.code.as_str()), (ProviderOutcome::Unspecified, ""));
        assert_eq!((told.order_id.as_str(), told.operation_id.as_str()), ("o-1", "1"), "{answer}");
    }
    let nobody = provider("http://127.0.0.1:1");
    let told = ask(&nobody, request("1", "pm_card_visa")).await;
    assert_eq!(told.outcome(), ProviderOutcome::Unspecified);
}

#[tokio::test]
async fn what_is_wrong_with_a_provider_is_said_with_its_address() {
    let check = async |url: String, expected: &str| {
        let said = provider(&url).status().await.expect("it is elsewhere").expect_err("a fault");
        assert!(said.starts_with(&url) && said.contains(expected), "{said}");
    };
    check("http://127.0.0.1:1".into(), "Connection refused").await;
    let orders = r#"{"status":"ok","service":"orders"}"#;
    check(saying(http("200 OK", orders)).await, "somebody else answers there").await;
    check(saying(http("200 OK", "<html>")).await, "somebody else answers there").await;
    check(saying(http("404 Not Found", "")).await, "404 Not Found").await;
    check(saying(http("503 Service Unavailable", "")).await, "503 Service Unavailable").await;
    check(saying(String::new()).await, "none came in 1s").await;
}
