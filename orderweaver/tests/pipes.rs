//! Pipes that nobody reads, or that nobody can write to.

mod common;

use common::{Server, orderweaver_into};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// Each leaves a dozen lines in the log at level debug: more than the pipe and the queue hold.
const ORDERS: usize = 1_000;
const DROPPED: &str = "orderweaver_log_lines_dropped_total ";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_log_nobody_reads_takes_orders_and_tells_how_much_it_did_not_say() {
    let data = TempDir::new().expect("a folder");
    let (server, stderr) = Server::start_logging(data.path(), "debug").await;
    let server = Arc::new(server);
    let mut orders = JoinSet::new();
    for number in 0..ORDERS {
        let server = server.clone();
        orders.spawn(async move {
            let body = format!(r#"{{"order_id":"o-{number}","user_id":"u","amount":1}}"#);
            assert_eq!(server.post(8_001, "/orders", &body).await.status, 201);
            server.settled(&format!("o-{number}")).await;
        });
    }
    orders.join_all().await;
    let metrics = server.text(8_001, "/metrics").await;
    let dropped = metrics.lines().find_map(|line| line.strip_prefix(DROPPED));
    assert!(dropped.is_some_and(|count| count != "0"), "{dropped:?}");
    let mut lines = BufReader::new(stderr).lines().map(|line| line.expect("text"));
    let told = lines.find(|line| line.contains("log lines were dropped"));
    assert!(told.is_some_and(|line| line.contains("\"lines\":")), "it goes on and tells");
    Arc::into_inner(server).expect("nobody else speaks to it").stop();
    assert!(lines.all(|line| line.starts_with('{')), "every line is whole");
}

/// What a command comes to where one of its outputs is a device on which there is no room.
#[track_caller]
fn check(words: &str, code: i32, on_error: &str) {
    let full = || Stdio::from(OpenOptions::new().write(true).open("/dev/full").expect("a device"));
    let words: Vec<&str> = words.split_whitespace().collect();
    let output = orderweaver_into(&words, full(), Stdio::piped());
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{words:?} {told}");
    assert!(told.contains(on_error), "{words:?} {told}");
    let output = orderweaver_into(&words, Stdio::null(), full());
    assert_ne!(output.status.code(), Some(101), "{words:?} panicked");
}

#[test]
fn what_can_not_be_printed_is_a_failure_and_what_can_not_be_said_is_none() {
    let full = "error: standard output: No space left on device";
    for words in ["", "version", "config example", "config explain", "metrics", "man"] {
        check(words, 1, full);
    }
    for words in ["--help", "-h", "--version", "help serve", "order create --help"] {
        check(words, 1, full);
    }
    check("order", 2, "Usage: orderweaver order");
    check("sim --seeds 0..2", 1, full);
    check("bench --clients 0", 2, "allowed is a whole number from 1 to 1024");
}

#[test]
fn nobody_has_to_read_to_the_end() {
    for words in ["--help", "man", "config explain", "sim --seeds 0..2", "completion bash"] {
        let words: Vec<&str> = words.split_whitespace().collect();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = orderweaver_into(&words, writer.into(), Stdio::piped());
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!told.contains("error"), "{words:?} {told}");
    }
}
