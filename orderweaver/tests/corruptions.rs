//! A store that somebody has changed by hand: the check names the row.

mod common;

use common::{Server, check, orderweaver};
use hyper::Method;
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const STORE: &str = "orderweaver.db";
const BOOKS: &str = "provider-fake.db";

/// In which file, what was done to it (`{o-1}` stands for the key of a subject's first row,
/// `{path -> value}` for a changed body,
/// `{first of o-1}` for a row of the log), and how the line of the finding begins.
const CORRUPTIONS: &[(&str, &str, &str)] = &[
    (STORE, "UPDATE stock SET reserved = 5 WHERE key = {tea}", "stock/tea: its column reserved"),
    (
        STORE,
        "UPDATE stock SET reserved = 5, body = {$.Stock.places[0].reserved -> 5}
         WHERE key = {tea}",
        "stock/tea: 5 are reserved at main",
    ),
    (
        STORE,
        "UPDATE stock SET body = {$.Stock.places[0].on_hand -> 11}, on_hand = 11
         WHERE key = {tea}",
        "stock/tea: 11 on hand",
    ),
    (STORE, "DELETE FROM stock WHERE key = {tea}", "stock/tea: 0 are reserved at main"),
    (STORE, "DELETE FROM movements WHERE key = {good}", "movements/good: 0 are there"),
    (STORE, "DELETE FROM movements WHERE key = {tea!counts}", "movements/tea!counts: 0 are"),
    (
        STORE,
        "UPDATE movements SET body = {$.Movement.reserved -> 3} WHERE key = {good}",
        "reservations/good: is committed with 2 tea",
    ),
    (
        STORE,
        "UPDATE reservations SET state = 'released', body = {$.Reservation.state -> 'released'}
         WHERE key = {good}",
        "orders/good: is confirmed, its stock is not committed",
    ),
    (STORE, "DELETE FROM reservations WHERE key = {good}", "orders/good: is confirmed, its st"),
    (
        STORE,
        "DELETE FROM ledger_transactions WHERE key = {good} + 1",
        "ledger_transactions/good: 1 are there, 2 were made",
    ),
    (
        STORE,
        "UPDATE ledger_transactions
         SET body = {$.Transaction.postings[0].amount -> json('[901,\"USD\"]')}
         WHERE key = {good}",
        "ledger_transactions/good/0: its debits and credits differ by 1",
    ),
    (
        STORE,
        "UPDATE payments SET captured = 899, body = {$.Payment.captured -> 899}
         WHERE key = {good} + 1",
        "payments/good/1: captured is 899, its operations make 900",
    ),
    (
        STORE,
        "UPDATE payments SET state = 'voided', body = {$.Payment.state -> 'voided'}
         WHERE key = {good} + 1",
        "payments/good/1: is voided",
    ),
    (STORE, "DELETE FROM payments WHERE key = {good} + 1", "orders/good: is confirmed without"),
    (
        STORE,
        "UPDATE orders SET state = 'rejected', body = {$.Order.state -> 'rejected'}
         WHERE key = {good}",
        "orders/good: is not to be, but",
    ),
    (
        STORE,
        "UPDATE tallies SET plus = '901' WHERE name = 'paid:*'",
        "tallies/payments/paid:*/USD: 901 debits and 1800 credits are kept, the postings make 900 ",
    ),
    (
        STORE,
        "UPDATE tallies SET plus = plus + 2 WHERE name = 'in_flight:place_order'",
        "tallies/orchestrator/place_order: ",
    ),
    (
        STORE,
        "DELETE FROM tallies WHERE name = 'clearing:fake'",
        "tallies/payments/clearing:fake/USD: 0 debits and 0 credits are kept, the postings make 1",
    ),
    (
        STORE,
        "INSERT INTO tallies (service, name, unit, plus, minus)
         VALUES (2, 'void', 'USD', '1', '0')",
        "tallies/payments/void/USD: 1 debits and 0 credits are kept, the postings make 0",
    ),
    (
        STORE,
        "UPDATE tallies SET minus = 'a lot' WHERE name = 'paid:*'",
        "error: the store can't be trusted any more: Conversion error from type Text at index: 3, \
         tallies/payments/paid:*/USD: \"a lot\" is no whole number",
    ),
    (
        STORE,
        "UPDATE orders SET body = {$.Order.lines[0].unit_price -> json('[451,\"USD\"]')}
         WHERE key = {good}",
        "orders/good: costs 9.00 USD, its lines make 9.02 USD",
    ),
    (
        STORE,
        "UPDATE orders SET body = {$.Order.payment_method -> 'invoice'} WHERE key = {short}",
        "sagas/short/0: has the payment method pm_card_visa, its order has invoice",
    ),
    (
        STORE,
        "UPDATE orders SET user_id = 'v', body = {$.Order.user_id -> 'v'} WHERE key = {late}",
        "payments/late/1: has the user u, its order has v",
    ),
    (
        STORE,
        "UPDATE orders SET body = {$.Order.capture_mode -> 'manual'} WHERE key = {declined}",
        "sagas/declined/0: is a place_order, its order is captured Manual",
    ),
    (
        STORE,
        "UPDATE orders SET body = {$.Order.paid -> json('[901,\"USD\"]')} WHERE key = {back}",
        "orders/back: says 9.01 USD is paid, its saga says 9.00 USD, its payment 9.00 USD",
    ),
    (
        STORE,
        "UPDATE sagas SET body = {$.Saga.paid -> json('[900,\"EUR\"]')} WHERE key = {good}",
        "orders/good: says 9.00 USD is paid, its saga says 9.00 EUR, its payment 9.00 USD",
    ),
    (
        STORE,
        "UPDATE sagas SET body = {$.Saga.refunded -> json('[1,\"USD\"]')} WHERE key = {back} + 1",
        "orders/back: says 9.00 USD is refunded, its saga says 0.01 USD, its payment 9.00 USD",
    ),
    (
        STORE,
        "UPDATE sagas SET body = {$.Saga.order.user_id -> 'v'} WHERE key = {good}",
        "sagas/good/0: has the user v, its order has u",
    ),
    (
        STORE,
        "UPDATE sagas SET body = {$.Saga.order.total -> json('[901,\"USD\"]')} WHERE key = {good}",
        "sagas/good/0: has the total 9.01 USD, its order has 9.00 USD",
    ),
    (
        STORE,
        "UPDATE sagas SET body = {$.Saga.order.lines[0].sku -> 'cup'} WHERE key = {good}",
        "sagas/good/0: has other lines than its order",
    ),
    (
        STORE,
        "UPDATE sagas SET body = {$.Saga.order.lines[0].quantity -> 1} WHERE key = {late}",
        "sagas/late/0: has other lines than its order",
    ),
    (
        STORE,
        "UPDATE sagas SET body = {$.Saga.order -> json('null')} WHERE key = {good}",
        "sagas/good/0: doesn't know its order",
    ),
    (
        STORE,
        "UPDATE payments SET body = {$.Payment.method -> 'pm_card_visa'}
         WHERE key = {declined} + 1",
        "payments/declined/1: has the payment method pm_card_visa, its order has pm_card_declined",
    ),
    (
        STORE,
        "UPDATE payments SET body = {$.Payment.user_id -> 'v'} WHERE key = {good} + 1",
        "payments/good/1: has the user v, its order has u",
    ),
    (
        STORE,
        "UPDATE payments SET amount = 901, body = {$.Payment.amount -> json('[901,\"USD\"]')}
         WHERE key = {good} + 1",
        "payments/good/1: has the amount 9.01 USD, its order has 9.00 USD",
    ),
    (
        STORE,
        "UPDATE reservations SET body = {$.Reservation.lines[0].quantity -> 3} WHERE key = {back}",
        "reservations/back: is released with 3 tea, 2 were ordered",
    ),
    (
        STORE,
        "UPDATE ledger_transactions
         SET body = {$.Transaction.transaction_id -> 'good!authorize_payment!captured'}
         WHERE key = {good}",
        "ledger_transactions/good/0: good!authorize_payment!captured is authorized, by an op",
    ),
    (
        STORE,
        "UPDATE ledger_transactions
         SET body = {$.Transaction.transaction_id -> 'good!capture_payment!authorized'}
         WHERE key = {good}",
        "ledger_transactions/good/0: good!capture_payment!authorized is authorized, by an op",
    ),
    (STORE, "DELETE FROM orders WHERE key = {good}", "sagas/good: there is no such order"),
    (STORE, "DELETE FROM sagas WHERE key = {good}", "orders/good: its saga good is not there"),
    (
        STORE,
        "UPDATE sagas SET state = 'RUNNING', body = {$.Saga.saga.status -> 'RUNNING'}
         WHERE key = {good}",
        "sagas/good/0: is Running and waits for nothing",
    ),
    (STORE, "DELETE FROM timers", "sagas/late/0: waits for late!authorize_payment without a timer"),
    (STORE, "UPDATE orders SET body = x'7b' WHERE key = {good}", "orders/good: can't be read"),
    (STORE, "UPDATE orders SET schema = 99 WHERE key = {good}", "orders/good: has schema 99"),
    (STORE, "DELETE FROM names WHERE name = 'good'", "orders/#"),
    (STORE, "UPDATE names SET id = 100000000000 WHERE name = 'short'", "orders/#"),
    (STORE, "UPDATE timers SET message = x'ff'", "timers/late/hold: holds an unreadable message"),
    (
        STORE,
        "UPDATE ledger_transactions
         SET body = {$.Transaction.postings[0].account -> 'hold:provider:mars'} WHERE key = {good}",
        "ledger_transactions/good/0: posts to other accounts",
    ),
    (STORE, "DELETE FROM log WHERE {first of good}", "orders/good: has version 3, the"),
    (STORE, "DELETE FROM log WHERE {first of tea}", "stock/tea: was counted 1 times"),
    (STORE, "DELETE FROM log WHERE {last of good}", "orders/good: has version 3, the "),
    (STORE, "DELETE FROM log WHERE {first of short}", "orders/short: has version 3, th"),
    (STORE, "DELETE FROM log WHERE position = 3", "log/3: 1 rows are missing from here on"),
    (
        STORE,
        "INSERT INTO log (position, subject, at, messages) SELECT
           (SELECT max(position) + 1 FROM log), subject, at, messages FROM log
         WHERE {first of good}",
        "log/good/",
    ),
    (STORE, "UPDATE log SET messages = x'01' WHERE {last of good}", "log/good/"),
    (STORE, "UPDATE log SET subject = 9999 WHERE {last of good}", "log/#9999: has no name"),
    (STORE, "UPDATE orders SET version = 1 WHERE key = {good}", "orders/good: has version 1, the "),
    (STORE, "UPDATE orders SET version = -1 WHERE key = {good}", "orders/good: has version 0"),
    (STORE, "UPDATE sagas SET version = 99 WHERE key = {good}", "sagas/good: has version 99, the "),
    (STORE, "UPDATE movements SET version = 2 WHERE key = {good}", "movements/good: has version 2"),
    (STORE, "DELETE FROM inbox WHERE position = 2", "inbox/2: 1 rows are missing from here on"),
    (
        STORE,
        "INSERT INTO lots (service, source, subject) VALUES (4, 'orders', 'good')",
        "lots/orchestrator/orders/good: is closed",
    ),
    (
        STORE,
        "INSERT INTO parked (service, source, subject, message)
         SELECT 4, 'orders', 'good', message FROM timers LIMIT 1",
        "parked/orchestrator/orders/good: waits behind no dead letter",
    ),
    (BOOKS, "DELETE FROM operations", "payments/good/1: good!authorize_payment is succeeded"),
    (
        BOOKS,
        "UPDATE operations SET amount = 1 WHERE operation_id = 'good!capture_payment'",
        "payments/good/1: good!capture_payment is succeeded as capture of 9.00 USD here, done as \
         capture of 0.01 USD for order good at the provider",
    ),
    (
        BOOKS,
        "DELETE FROM operations WHERE operation_id = 'good!capture_payment'",
        "payments/good/1: good!capture_payment is succeeded as capture of 9.00 USD here, not done",
    ),
    (
        BOOKS,
        "UPDATE operations SET currency = 'EUR'",
        "payments/good/1: good!authorize_payment is succeeded as authorize of 9.00 USD here, done \
         as authorize of 9.00 EUR for order good at",
    ),
    (
        BOOKS,
        "UPDATE operations SET kind = 1 WHERE operation_id = 'good!capture_payment'",
        "payments/good/1: good!capture_payment is succeeded as capture of 9.00 USD here, done as \
         authorize of 9.00 USD for order good at",
    ),
    (
        BOOKS,
        "UPDATE operations SET order_id = 'back' WHERE operation_id = 'good!capture_payment'",
        "payments/good/1: good!capture_payment is succeeded as capture of 9.00 USD here, done as \
         capture of 9.00 USD for order back at",
    ),
    (
        BOOKS,
        "UPDATE operations SET currency = '?' WHERE operation_id = 'good!capture_payment'",
        "error: the store is unavailable: the books of the fake provider: Conversion error from \
         type Text at index: 3, \"?\" is no ISO 4217 currency code",
    ),
    (
        BOOKS,
        "INSERT INTO operations SELECT 'unasked', order_id, kind, amount, currency, first_seen,
           attempts, decided, code FROM operations WHERE operation_id = 'good!capture_payment'",
        "operations/unasked: the provider has done it",
    ),
];

/// The SQL behind the short forms.
fn sql(short: &str) -> String {
    let mut parts = short.split(['{', '}']);
    let mut text = parts.next().unwrap_or_default().to_string();
    while let Some(inside) = parts.next() {
        text += &match inside.split_once(" -> ") {
            Some((path, value)) => {
                format!("CAST(json_set(CAST(body AS TEXT), '{path}', {value}) AS BLOB)")
            }
            None => match inside.split_once(" of ") {
                Some((which, name)) => row_of_log(which, name),
                None => format!("((SELECT id FROM names WHERE name = '{inside}') << 24)"),
            },
        };
        text += parts.next().unwrap_or_default();
    }
    text
}

/// The condition for the first or the last row of the log about a subject.
fn row_of_log(which: &str, name: &str) -> String {
    let function = if which == "first" { "min" } else { "max" };
    format!(
        "position = (SELECT {function}(position) FROM log
           WHERE subject = (SELECT id FROM names WHERE name = '{name}'))"
    )
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a file");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

/// A shop with one order that is good, one that was refused, one that was cancelled, and one whose
/// provider doesn't answer.
async fn shop(data: &Path) -> Server {
    let server = Server::start(data).await;
    server.put_stock("tea", 10).await;
    let orders = [
        ("good", "tea", "pm_card_visa"),
        ("short", "nothing", "pm_card_visa"),
        ("declined", "tea", "pm_card_declined"),
        ("back", "tea", "pm_card_visa"),
        ("late", "tea", "pm_authorize_late"),
    ];
    for (order_id, sku, method) in orders {
        let body = format!(
            r#"{{"order_id":"{order_id}","user_id":"u","payment_method":"{method}",
                "lines":[{{"sku":"{sku}","quantity":2,"unit_price":"4.50"}}]}}"#
        );
        let (path, key) = ("/orders", [("idempotency-key", order_id)]);
        let answer = server.try_call_with(Method::POST, 8_001, path, Some(&body), &key).await;
        assert_eq!(answer.expect("an answer").status, 201);
        if order_id != "late" {
            server.settled(order_id).await;
        }
    }
    assert_eq!(server.post(8_001, "/orders/back/cancel", "{}").await.status, 202);
    server.settled("back").await;
    server
}

/// Changes a store by hand. Whoever does that to a store at work is not stopped by anybody.
fn corrupt(file: &Path, short: &str) {
    let connection = Connection::open(file).expect("a store");
    connection.busy_timeout(Duration::from_secs(10)).expect("a timeout");
    connection.pragma_update(None, "ignore_check_constraints", true).expect("a pragma");
    let changed = connection.execute(&sql(short), []);
    assert!(changed.unwrap_or_else(|it| panic!("{short}: {it}")) > 0, "{short} changes nothing");
}

fn check_is_named(lines: &[String], short: &str, expected: &str) {
    let is_named = lines.iter().any(|line| line.starts_with(expected));
    assert!(is_named, "{short}\nexpected {expected}\n{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_corruption_by_hand_is_found_and_its_row_named() {
    let data = TempDir::new().expect("a folder");
    shop(data.path()).await.stop();
    let (is_clean, lines) = check(data.path());
    assert!(is_clean, "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with("0 broken")), "{lines:#?}");
    let without_books = TempDir::new().expect("a folder");
    copy(data.path(), without_books.path());
    fs::remove_file(without_books.path().join(BOOKS)).expect("it is there");
    let (is_clean, lines) = check(without_books.path());
    assert!(!is_clean && lines[0].starts_with("operations: the provider's books are missing"));
    for (file, short, expected) in CORRUPTIONS {
        let copied = TempDir::new().expect("a folder");
        copy(data.path(), copied.path());
        corrupt(&copied.path().join(file), short);
        let (is_clean, lines) = check(copied.path());
        assert!(!is_clean, "{short} is not found");
        check_is_named(&lines, short, expected);
    }
}

/// Corruptions that don't hide each other, done one after the other to a shop at work.
const DONE_AT_WORK: &[&str] = &[
    "UPDATE stock SET reserved = 5 WHERE key = {tea}",
    "UPDATE payments SET captured = 899, body = {$.Payment.captured -> 899}",
    "DELETE FROM reservations WHERE key = {good}",
    "UPDATE sagas SET version = 99 WHERE key = {good}",
    "DELETE FROM log WHERE {first of good}",
    "DELETE FROM timers",
    "INSERT INTO lots (service, source, subject)",
];

#[tokio::test(flavor = "multi_thread")]
async fn corruptions_of_a_store_at_work_are_found_too() {
    let data = TempDir::new().expect("a folder");
    let server = shop(data.path()).await;
    let (is_clean, lines) = check(data.path());
    assert!(is_clean, "{lines:#?}");
    let begins = |short: &str| DONE_AT_WORK.iter().any(|begin| short.starts_with(begin));
    let done: Vec<_> = CORRUPTIONS.iter().filter(|(_, short, _)| begins(short)).collect();
    assert_eq!(done.len(), DONE_AT_WORK.len());
    done.iter().for_each(|(file, short, _)| corrupt(&data.path().join(file), short));
    let (is_clean, lines) = check(data.path());
    assert!(!is_clean);
    done.iter().for_each(|(_, short, expected)| check_is_named(&lines, short, expected));
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_lost_its_rows_is_found_by_a_deep_check_of_a_shop_that_is_stopped() {
    let data = TempDir::new().expect("a folder");
    let server = shop(data.path()).await;
    let folder = data.path().display().to_string();
    let deep = || orderweaver(&["check", "--deep", "-o", "json", "--data", &folder]);
    let at_work = deep();
    assert_eq!(at_work.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&at_work.stderr).contains("a process works on it"));
    server.stop();
    assert!(deep().status.success());
    empty_the_index(&data.path().join(STORE), "orders_by_user");
    assert!(check(data.path()).0, "no rule reads an index");
    let found = deep();
    assert_eq!(found.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!((&report["sound"], &report["complete"]), (&Value::Bool(false), &Value::Bool(true)));
    let findings = report["findings"].to_string();
    assert!(findings.contains("row 1 missing from index orders_by_user"), "{report}");
}

/// A page of an index says that it holds nothing.
fn empty_the_index(store: &Path, index: &str) {
    let connection = Connection::open(store).expect("a store");
    let number = |sql: &str| {
        let number = connection.query_row(sql, [], |row| row.get::<_, usize>(0));
        number.expect("a number")
    };
    let page = number(&format!("SELECT rootpage FROM sqlite_schema WHERE name = '{index}'"));
    let size = number("PRAGMA page_size");
    drop(connection);
    let mut bytes = fs::read(store).expect("a store");
    let cells = (page - 1) * size + 3;
    bytes[cells..cells + 2].copy_from_slice(&[0, 0]);
    fs::write(store, bytes).expect("a store");
}

#[test]
fn a_folder_without_a_store_has_an_exit_code_of_its_own() {
    let nothing = TempDir::new().expect("a folder");
    let output = orderweaver(&["check", "--data", &nothing.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("there is no store at") && said.contains("next:"), "{said}");
}
