//! A shop of several replicas on one PostgreSQL database.

mod common;

use common::crowd::{Customers, kills};
use common::{Server, check_store, orderweaver};
use servers::{Database, OwnServer};
use std::path::Path;
use tempfile::TempDir;

const REPLICAS: usize = 2;
const CLIENTS_OF_EACH: usize = 24;
/// Orders acknowledged between two kills, at least.
const ACKNOWLEDGED_MIN: usize = 100;
const KILLS: usize = 6;
const DATABASE_KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_doubled_when_replicas_are_killed() {
    let (database, data) = (Database::empty(), TempDir::new().unwrap());
    let store = database.url();
    let mut replicas = vec![];
    for _ in 0..REPLICAS {
        replicas.push(Server::start_on(data.path(), &store).await);
    }
    replicas[0].put_stock("tea", 1_000_000_000).await;
    replicas[1].put_stock("scarce", 50).await;
    let clients: Vec<_> = replicas.iter().map(|replica| replica.client()).collect();
    let customers = Customers::come(&clients, CLIENTS_OF_EACH);
    for kill in 0..kills(KILLS) {
        customers.ordered(ACKNOWLEDGED_MIN).await;
        let victim = &mut replicas[kill % REPLICAS];
        victim.kill();
        clean(data.path(), &store, &format!("after kill {kill}"));
        victim.restart(data.path()).await;
    }
    let told = customers.go_home().await;
    // One of them is enough to bring everything to its end.
    replicas[1].kill();
    for (order_id, is_cancelled) in &told {
        let state = replicas[0].settled(order_id).await["state"].clone();
        assert!(!is_cancelled || state == "cancelled", "{order_id} is {state}");
    }
    replicas.remove(0).stop();
    let line = clean(data.path(), &store, "at the end");
    println!("{} acknowledged; {line}", told.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_doubled_when_the_database_is_killed() {
    let (database, data) = (OwnServer::postgres(), TempDir::new().unwrap());
    let server = Server::start_on(data.path(), &database.url()).await;
    server.put_stock("tea", 1_000_000_000).await;
    server.put_stock("scarce", 50).await;
    let customers = Customers::come(&[server.client()], CLIENTS_OF_EACH);
    for _ in 0..kills(DATABASE_KILLS) {
        customers.ordered(ACKNOWLEDGED_MIN).await;
        database.kill();
        assert!(!server.ready(8_001).await, "it can't take orders");
        database.start();
    }
    customers.ordered(ACKNOWLEDGED_MIN).await;
    let told = customers.go_home().await;
    for (order_id, is_cancelled) in &told {
        let state = server.settled(order_id).await["state"].clone();
        assert!(!is_cancelled || state == "cancelled", "{order_id} is {state}");
    }
    server.stop();
    let line = clean(data.path(), &database.url(), "at the end");
    println!("{} acknowledged; {line}", told.len());
}

/// What the check says; it must have found nothing.
fn clean(data: &Path, store: &str, when: &str) -> String {
    let (is_clean, lines) = check_store(data, store);
    assert!(is_clean, "{when}: {lines:#?}");
    lines.join(" ")
}

#[test]
fn tables_are_brought_up_to_date_by_command_and_the_status_tells_how_far_they_are() {
    let database = Database::empty();
    let migrate = |what: &str| {
        let output = orderweaver(&["migrate", what, "--store", &database.url(), "-o", "jsonl"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), !said.contains("next:  orderweaver migrate up"));
        (output.status.code(), text.lines().filter(|line| line.contains("behind")).count())
    };
    assert_eq!(migrate("status"), (Some(1), 5));
    assert_eq!(migrate("up"), (Some(0), 0));
    assert_eq!(migrate("up"), (Some(0), 0));
    assert_eq!(migrate("status"), (Some(0), 0));
    let former = database.url().replace("postgres://", "postgresql+asyncpg://");
    assert!(orderweaver(&["migrate", "status", "--store", &former]).status.success());
}

#[test]
fn a_url_that_leads_nowhere_is_refused_with_a_remedy_and_its_password_is_not_told() {
    let database = Database::empty();
    let url = database.url();
    let (server, _) = url.rsplit_once('/').unwrap();
    let host = server.rsplit_once('@').unwrap().1;
    let cases = [
        ("sqlit".into(), "is not allowed; allowed is sqlite, or postgres://"),
        (
            "mysql://me:hunter2@host/shop".into(),
            "is not allowed; allowed is sqlite, or postgres://",
        ),
        (format!("postgres://me:hunter2@{host}"), "names no database"),
        ("postgres://me:hunter2@127.0.0.1:1/shop".into(), "nobody answers at 127.0.0.1:1/shop"),
        (format!("postgres://me:hunter2@{host}/shop"), "doesn't let us in"),
        (format!("{server}/no_such_database"), "doesn't let us in"),
        ("postgres://me:hunter2@host:port/shop".into(), "the store's URL"),
    ];
    for (url, expected) in cases {
        for command in [&["serve", "--role", "all"][..], &["check"], &["migrate", "status"]] {
            let arguments = [command, &["--store", &url]].concat();
            let output = orderweaver(&arguments);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
            assert!(said.contains(expected), "{arguments:?}: {said}");
            assert!(said.contains("next: "), "{arguments:?}: {said}");
            assert!(!said.contains("hunter2"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_was() {
    let database = Database::empty();
    database.change("CREATE SCHEMA orders");
    database.change("CREATE TABLE orders.orders AS SELECT 1 AS id");
    let output = orderweaver(&["migrate", "up", "--store", &database.url()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("is used by another program"), "{said}");
    assert_eq!(database.change("UPDATE orders.orders SET id = id"), 1);
    let output = orderweaver(&["migrate", "status", "--store", &database.url(), "-o", "jsonl"]);
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(lines.matches("\"found\":0").count(), 5, "{lines}");
}

#[test]
fn a_database_without_tables_is_no_store_to_be_checked() {
    let database = Database::empty();
    let output = orderweaver(&["check", "--store", &database.url()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("there is no store in"), "{said}");
}
