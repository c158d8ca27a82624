//! Four services, each a process of its own on a database of its own, with Kafka between them.
#![cfg(feature = "kafka")]

mod common;

use common::apart::{Apart, ROLES};
use common::crowd::{Customers, kills};
use common::{Client, check_given, check_store, free_offset, orderweaver, spawn};
use servers::Database;
use std::time::Duration;
use tempfile::TempDir;

const CLIENTS: usize = 24;
/// Orders acknowledged between two kills, at least.
const ACKNOWLEDGED_MIN: usize = 60;
const KILLS: usize = 4;
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const LOOKS_MAX: usize = 3_000;

/// What the check says of all four databases; it must have found nothing.
fn clean(apart: &Apart, when: &str) -> String {
    let (is_clean, lines) = check_store(&apart.data.path().join("payments"), &apart.store);
    assert!(is_clean, "{when}: {lines:#?}");
    lines.join(" ")
}

/// The same once everything must have come to its end: whether it has, and every line of it (as
/// text, the check prints only the first of them).
fn settled(apart: &Apart) -> (bool, Vec<String>) {
    let flags = ["--store", &apart.store, "--settled", "-o", "jsonl"];
    check_given(&apart.data.path().join("payments"), &flags)
}

/// One order has gone through all of them. A bus that was started only now keeps the first message
/// for seconds, and until then it's only one service that has work to lose.
async fn one_goes_through(apart: &Apart) {
    let order = r#"{"order_id":"first","user_id":"u","amount":"2.50"}"#;
    assert_eq!(apart.client.post(8_001, "/orders", order).await.status, 201);
    assert_eq!(apart.client.settled("first").await["payment_status"], "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_any_of_the_services_is_killed() {
    let mut apart = Apart::new();
    apart.start().await;
    apart.client.put_stock("tea", 1_000_000_000).await;
    apart.client.put_stock("scarce", 50).await;
    one_goes_through(&apart).await;
    let customers = Customers::come(std::slice::from_ref(&apart.client), CLIENTS);
    customers.ordered(ACKNOWLEDGED_MIN).await;
    clean(&apart, "while all are at work");
    for kill in 0..kills(KILLS) {
        customers.ordered(ACKNOWLEDGED_MIN).await;
        let victim = kill % ROLES.len();
        apart.kill(victim);
        apart.restart(victim);
    }
    customers.ordered(ACKNOWLEDGED_MIN).await;
    let told = customers.go_home().await;
    apart.kill_all();
    let line = clean(&apart, "after they were killed at once");
    assert!(line.contains("have left one service and not come to another"), "{line}");
    let (is_settled, lines) = settled(&apart);
    assert!(!is_settled && lines.iter().any(|it| it.contains(" never came to ")), "{lines:#?}");
    apart.start().await;
    let mut good = 0;
    for (order_id, is_cancelled) in &told {
        let order = apart.client.settled(order_id).await;
        assert!(!is_cancelled || order["state"] == "cancelled", "{order_id} is {order}");
        good += usize::from(order["payment_status"] == "paid");
    }
    println!("{} acknowledged, {good} paid", told.len());
    assert!(good * 2 > told.len(), "a shop that compensates everything is no success");
    for (_, port) in ROLES {
        let metrics = apart.client.text(port, "/metrics").await;
        for waiting in ["orderweaver_dlq_messages", "orderweaver_parked_messages"] {
            assert!(metrics.contains(&format!("{waiting} 0")), "{port}: {waiting}");
        }
    }
    apart.stop();
    let (is_settled, lines) = settled(&apart);
    assert!(is_settled, "at the end: {lines:#?}");
    println!("{}", lines.join(" "));
}

/// In whose database, what is done to it, and how the line of the finding begins. Each is about an
/// order of its own, whose key stands for `{key}`, and its name for `{id}`.
const CORRUPTIONS: &[(&str, &str, &str)] = &[
    (
        "inventory",
        "DELETE FROM inventory.reservations WHERE key = {key}",
        "orders/{id}: is confirmed, its stock is not committed",
    ),
    (
        "payments",
        "DELETE FROM payments.payments WHERE key = {key} + 1",
        "orders/{id}: is confirmed without a payment",
    ),
    (
        "orchestrator",
        "DELETE FROM orchestrator.sagas WHERE key = {key}",
        "orders/{id}: its saga {id} is not there",
    ),
    ("orders", "DELETE FROM orders.orders WHERE key = {key}", "sagas/{id}: there is no such order"),
    ("payments", "DELETE FROM orderweaver.log WHERE position = {first}", "orchestrator:log/{id}/"),
    ("orchestrator", "DELETE FROM orderweaver.log WHERE position = {first}", "orders:log/{id}/"),
    (
        "inventory",
        "UPDATE orderweaver.log SET messages = '\\xff' WHERE position = {first}",
        "inventory:log/{id}/",
    ),
    ("payments", "DELETE FROM orderweaver.names WHERE name = '{id}'", "payments:payments/#"),
    (
        "orders",
        "INSERT INTO orderweaver.outbox (id, aggregatetype, aggregateid, type, payload)
         VALUES (gen_random_uuid(), 'orders', '{id}', 'OrderCreated', '\\xff')",
        "orders:outbox/",
    ),
    (
        "inventory",
        "INSERT INTO orderweaver.lots VALUES (3, 'orchestrator', '{id}')",
        "inventory:lots/inventory/orchestrator/{id}: is closed, and no dead letter",
    ),
    (
        "payments",
        "UPDATE orderweaver.tallies SET plus = plus + 1 WHERE name = 'paid:*' AND '{id}' <> ''",
        "tallies/payments/paid:*/USD: ",
    ),
];

/// The short forms with what they stand for.
fn long(short: &str, order_id: &str) -> String {
    let name = format!("(SELECT id FROM orderweaver.names WHERE name = '{order_id}')");
    let first = format!("(SELECT min(position) FROM orderweaver.log WHERE subject = {name})");
    let key = format!("({name} << 24)");
    short.replace("{first}", &first).replace("{key}", &key).replace("{id}", order_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corruption_in_the_database_of_any_service_is_found_and_its_row_named() {
    let mut apart = Apart::new();
    apart.start().await;
    apart.client.put_stock("tea", 1_000).await;
    for number in 0..CORRUPTIONS.len() {
        let order = format!(
            r#"{{"order_id":"order-{number}","user_id":"u","payment_method":"pm_card_visa",
                "lines":[{{"sku":"tea","quantity":2,"unit_price":"4.50"}}]}}"#
        );
        assert_eq!(apart.client.post(8_001, "/orders", &order).await.status, 201);
        apart.client.settled(&format!("order-{number}")).await;
    }
    apart.stop();
    clean(&apart, "before");
    for (number, (role, short, _)) in CORRUPTIONS.iter().enumerate() {
        let index = ROLES.iter().position(|(it, _)| it == role).expect("a role");
        let statement = long(short, &format!("order-{number}"));
        assert!(apart.databases[index].change(&statement) > 0, "{statement} changes nothing");
    }
    let (is_clean, lines) = check_store(&apart.data.path().join("payments"), &apart.store);
    assert!(!is_clean);
    for (number, (_, short, expected)) in CORRUPTIONS.iter().enumerate() {
        let expected = expected.replace("{id}", &format!("order-{number}"));
        let is_named = lines.iter().any(|line| line.starts_with(&expected));
        assert!(is_named, "{short}\nexpected {expected}\n{lines:#?}");
    }
}

#[test]
fn a_database_of_another_service_is_not_checked() {
    let (databases, store) = Database::one_for_each(&ROLES.map(|(role, _)| role));
    let migrate = |url: &str| orderweaver(&["migrate", "up", "--store", url]).status.success();
    assert!(migrate(&store));
    databases[1].change("DROP SCHEMA orderweaver, payments CASCADE");
    let missing = orderweaver(&["check", "--store", &store]);
    assert_eq!(missing.status.code(), Some(3), "{missing:?}");
    assert!(migrate(&databases[1].url()), "for all services");
    let output = orderweaver(&["check", "--store", &store]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(", not to payments: give each role a database of its own"), "{said}");
}

#[test]
fn one_service_alone_is_refused_unless_somebody_means_it() {
    let database = Database::empty();
    let url = database.url();
    let cases: &[(&[&str], &str)] = &[
        (&[], "one service alone needs a bus to the others"),
        (&["--bus", "kafka://me:hunter2@host:9092"], "a user or password isn't supported"),
        (&["--bus", "amqp://host"], "is not allowed; allowed is none, or kafka://"),
        (&["--bus", "kafka://host:port"], "is no Kafka broker"),
    ];
    for (given, expected) in cases {
        let arguments = [&["serve", "--role", "payments", "--store", &url], *given].concat();
        let output = orderweaver(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains("hunter2"), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bus_a_service_keeps_what_it_has_to_say_and_says_so() {
    let (database, data) = (Database::empty(), TempDir::new().unwrap());
    let offset = free_offset();
    let (url, at, folder) = (database.url(), offset.to_string(), data.path().display().to_string());
    let arguments = ["serve", "--role", "orders", "--store", &url, "--port-offset", &at];
    let arguments = [&arguments[..], &["--data", &folder, "--bus-disabled", "true"]].concat();
    let (mut process, client) = (spawn(&arguments), Client::at_offset(offset));
    let mut looks = 0;
    while !client.ready(8_001).await {
        tokio::time::sleep(LOOK_INTERVAL).await;
        looks += 1;
        assert!(looks < LOOKS_MAX, "it is not ready");
    }
    let order = r#"{"order_id":"o-1","user_id":"u","amount":5}"#;
    assert_eq!(client.post(8_001, "/orders", order).await.status, 201);
    let ready = client.get(8_001, "/ready").await.body;
    assert_eq!(ready["checks"]["broker"], "disabled: what is to be published is kept");
    assert_eq!(client.get(8_001, "/orders/o-1").await.body["state"], "pending");
    process.kill().expect("it can be killed");
    process.wait().expect("it has ended");
}
