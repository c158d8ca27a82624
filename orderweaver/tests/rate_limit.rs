//! The rate limit of a server that was told to have one.

mod common;

use common::{Client, Server};
use hyper::Method;
use tempfile::TempDir;

/// Asks once, and is answered with that status.
async fn check(client: &Client, port: u16, claimed: Option<&str>, status: u16) {
    let headers: Vec<_> = claimed.iter().map(|it| ("authorization", *it)).collect();
    let path = if port == 8_001 { "/orders" } else { "/payments" };
    let answer = client.try_call_with(Method::GET, port, path, None, &headers).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, status, "{port} {claimed:?}: {}", answer.body);
    if status == 429 {
        assert_eq!(answer.body["code"], "rate_limited");
        let detail = answer.body["detail"].as_str().expect("a text");
        assert!(detail.starts_with("more than 2 requests in 86400 seconds: try again in "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_too_much_is_refused_and_nobody_else_is() {
    let data = TempDir::new().unwrap();
    let server = Server::start_with(data.path(), |command| {
        command.args(["--rate-limit", "2"]).env("ORDERWEAVER_RATE_LIMIT_WINDOW", "86400");
    });
    let server = server.await;
    for port in [8_001, 8_002] {
        check(&server, port, Some("Bearer one"), 200).await;
    }
    for port in [8_001, 8_002] {
        check(&server, port, Some("Bearer one"), 429).await;
    }
    for status in [200, 200, 429] {
        check(&server, 8_001, Some("Bearer two"), status).await;
        check(&server, 8_001, None, status).await;
    }
    // Only Linux speaks from every address of the loopback network.
    if cfg!(target_os = "linux") {
        let neighbour = server.at([127, 0, 0, 2].into());
        check(&neighbour, 8_001, None, 200).await;
        check(&neighbour, 8_001, Some("Bearer one"), 429).await;
    }
    for path in ["/health", "/livez", "/ready", "/readyz", "/metrics"] {
        assert_eq!(server.get(8_001, path).await.status, 200, "{path}");
    }
}
