//! A shop that outgrows its file goes on in PostgreSQL where it stood.

mod common;

use common::{Client, Server, check, check_store, free_offset, orderweaver, spawn};
use hyper::Method;
use serde_json::Value;
use servers::Database;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// How the orders of the shop are paid: some sagas are over when the power goes, others wait for
/// the provider or for a timer.
const METHODS: [&str; 6] = [
    "pm_card_visa",
    "invoice",
    "pm_card_declined",
    "pm_requires_action",
    "pm_timeout_then_success",
    "pm_capture_declined",
];
const ORDERS: usize = 30;
/// Moves that are killed before one is let through.
const KILLS: u64 = 6;

fn order(number: usize) -> String {
    let method = METHODS[number % METHODS.len()];
    format!(
        r#"{{"order_id":"order-{number}","user_id":"u","payment_method":"{method}",
            "lines":[{{"sku":"tea","quantity":2,"unit_price":"4.50"}}]}}"#
    )
}

/// The answer to an order, whole.
async fn post(client: &Client, number: usize) -> Value {
    let (body, key) = (order(number), format!("key-{number}"));
    let headers = [("idempotency-key", key.as_str())];
    let answer = client.try_call_with(Method::POST, 8_001, "/orders", Some(&body), &headers).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body
}

/// A shop that was killed with sagas under way, and what it has acknowledged.
async fn shop(data: &Path) -> Vec<Value> {
    let mut server = Server::start(data).await;
    server.put_stock("tea", 1_000).await;
    let mut answers = vec![];
    for number in 0..ORDERS {
        answers.push(post(&server, number).await);
    }
    server.kill();
    let (is_clean, lines) = check(data);
    assert!(is_clean, "{lines:#?}");
    answers
}

fn moved(from: &Path, to: &str) -> (Option<i32>, String) {
    let from = from.display().to_string();
    let output = orderweaver(&["move", "--from", &from, "--to", to]);
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

fn is_moved(from: &Path, to: &str) {
    let (code, said) = moved(from, to);
    assert_eq!(code, Some(0), "{said}");
}

/// All orders come to their end, and whoever asks again hears what they heard before.
async fn goes_on(client: &Client, answers: &[Value]) {
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(post(client, number).await, *answer);
    }
    for number in 0..ORDERS {
        client.settled(&format!("order-{number}")).await;
    }
    assert_eq!(client.post(8_001, "/orders", &order(ORDERS)).await.status, 201);
    client.settled(&format!("order-{ORDERS}")).await;
}

fn is_refused(arguments: &[&str], expected: &str) {
    fails(2, arguments, expected);
}

fn fails(code: i32, arguments: &[&str], expected: &str) {
    let output = orderweaver(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(said.contains(expected), "{arguments:?}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_with_live_sagas_goes_on_in_one_database_however_often_the_move_is_killed() {
    let (data, database) = (TempDir::new().expect("a folder"), Database::empty());
    let answers = shop(data.path()).await;
    let (folder, url) = (data.path().display().to_string(), database.url());
    for kill in 0..KILLS {
        let mut process = spawn(&["move", "--from", &folder, "--to", &url]);
        tokio::time::sleep(Duration::from_millis(15 * kill)).await;
        process.kill().expect("it can be killed");
        process.wait().expect("it has ended");
    }
    let (code, said) = moved(data.path(), &url);
    let was_faster = said.contains("is not empty");
    assert!(code == Some(0) || was_faster, "{said}");
    fails(2, &["serve", "--role", "all", "--data", &folder], "was moved to a database");
    is_refused(&["move", "--from", &folder, "--to", &url], "is not empty");
    let server = Server::start_on(data.path(), &url).await;
    goes_on(&server, &answers).await;
    server.stop();
    let (is_clean, lines) = check_store(data.path(), &url);
    assert!(is_clean, "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_broken_off_is_told_as_such_and_begins_again() {
    let (data, database) = (TempDir::new().expect("a folder"), Database::empty());
    shop(data.path()).await;
    let (folder, url) = (data.path().display().to_string(), database.url());
    assert!(orderweaver(&["migrate", "up", "--store", &url]).status.success());
    database.change("INSERT INTO orderweaver.names VALUES (1, 'half')");
    is_refused(&["move", "--from", &folder, "--to", &url], "orderweaver.names is not empty");
    let mark = "INSERT INTO orderweaver.migrations (owner, version)";
    database.change(&format!("{mark} VALUES ('move from {folder}', 1)"));
    let serve = ["serve", "--role", "all", "--data", &folder, "--store", &url];
    is_refused(&serve, "was not finished");
    is_refused(&["check", "--store", &url], "was not finished");
    is_moved(data.path(), &url);
    // All was there and checked, only the end of the mark is missing.
    database.change(&format!("{mark} VALUES ('move from {folder}', 2)"));
    is_refused(&serve, "was not finished");
    let other = TempDir::new().expect("a folder");
    shop(other.path()).await;
    let elsewhere = other.path().display().to_string();
    is_refused(&["move", "--from", &elsewhere, "--to", &url], "was not ended");
    is_moved(data.path(), &url);
    assert!(check_store(data.path(), &url).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_at_work_or_broken_is_not_moved() {
    let (data, database) = (TempDir::new().expect("a folder"), Database::empty());
    let (folder, url) = (data.path().display().to_string(), database.url());
    let server = Server::start(data.path()).await;
    is_refused(&["move", "--from", &folder, "--to", &url], "a process works on the shop");
    server.put_stock("tea", 5).await;
    server.stop();
    let file = rusqlite::Connection::open(data.path().join("orderweaver.db")).expect("a store");
    file.execute("DELETE FROM movements", []).expect("a change");
    drop(file);
    let (code, said) = moved(data.path(), &url);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is broken") && said.contains("orderweaver check --data"), "{said}");
    is_refused(&["move", "--from", &folder], "no database is named");
    let nowhere = "postgres://me:hunter2@127.0.0.1:1/shop";
    is_refused(&["move", "--from", &folder, "--to", nowhere], "or correct --to");
    is_refused(&["move", "--from", &folder, "--to", "mysql://me:hunter2@host/x"], "is not allowed");
    let serve = ["serve", "--role", "all", "--store", &url, "--data", &folder, "--port-offset"];
    let offset = free_offset().to_string();
    let served = orderweaver(&[&serve[..], &[&offset, "--until-input-ends"]].concat());
    assert!(served.status.success(), "nothing has happened to the database: {served:?}");
}

/// A message for the orchestrator that waits for the next round, and one behind a dead letter.
const HELD_UP: &str = "
    INSERT INTO hops (to_service, message) SELECT 4, message FROM timers WHERE service = 4 LIMIT 1;
    INSERT INTO dead_letters (id, service, source, subject, reason, at, bytes)
      SELECT randomblob(16), 4, 'orders', 'order-1', 'no rule', 7, message FROM timers LIMIT 1;
    INSERT INTO lots (service, source, subject) VALUES (4, 'orders', 'order-1');
    INSERT INTO parked (service, source, subject, message)
      SELECT 4, 'orders', 'order-1', message FROM timers LIMIT 1";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_up_is_carried_too() {
    let check = |data: &Path, store: &str, leaves: bool| {
        is_moved(data, store);
        let folder = data.display().to_string();
        let output = orderweaver(&["check", "-o", "json", "--data", &folder, "--store", store]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["sound"], true, "{report}");
        let waiting = &report["waiting"];
        let counts = ["outbox", "hops", "parked", "dead_letters"].map(|what| waiting[what].clone());
        let leaving = i32::from(leaves);
        assert_eq!(counts, [leaving, 1 - leaving, 1, 1], "{report}");
    };
    let data = TempDir::new().expect("a folder");
    shop(data.path()).await;
    let file = rusqlite::Connection::open(data.path().join("orderweaver.db")).expect("a store");
    file.execute_batch(HELD_UP).expect("rows");
    drop(file);
    let database = Database::empty();
    check(data.path(), &database.url(), false);
    let (_databases, store) =
        Database::one_for_each(&["orders", "payments", "inventory", "orchestrator"]);
    check(data.path(), &store, true);
}

#[cfg(feature = "kafka")]
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_with_live_sagas_goes_on_in_four_databases() {
    let data = TempDir::new().expect("a folder");
    let answers = shop(data.path()).await;
    let mut apart = common::apart::Apart::new();
    is_moved(data.path(), &apart.store);
    // The provider is where payments are.
    let books = apart.data.path().join("payments");
    fs::create_dir(&books).expect("a folder");
    for entry in fs::read_dir(data.path()).expect("a folder") {
        let entry = entry.expect("a file");
        if entry.file_name().to_string_lossy().starts_with("provider-fake") {
            fs::copy(entry.path(), books.join(entry.file_name())).expect("a copy");
        }
    }
    let (is_clean, lines) = check_store(&books, &apart.store);
    assert!(is_clean, "{lines:#?}");
    apart.start().await;
    goes_on(&apart.client, &answers).await;
    apart.stop();
    let (is_clean, lines) = check_store(&books, &apart.store);
    assert!(is_clean, "{lines:#?}");
}
