//! A store that somebody has changed by hand: the check names the row.

mod common;

use common::{Server, check};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const STORE: &str = "orderweaver.db";
const BOOKS: &str = "provider-fake.db";

/// In which file, what was done to it (`{o-1}` stands for the key of a subject's first row,
/// `{path -> value}` for a changed body), and how the line of the finding begins.
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
    (STORE, "DELETE FROM names WHERE name = 'good'", "orders: the row with key"),
    (STORE, "UPDATE timers SET message = x'ff'", "timers: a row holds an unreadable message"),
    (
        STORE,
        "UPDATE ledger_transactions
         SET body = {$.Transaction.postings[0].account -> 'hold:provider:mars'} WHERE key = {good}",
        "ledger_transactions/good/0: posts to other accounts",
    ),
    (BOOKS, "DELETE FROM operations", "payments/good/1: good!authorize_payment is succeeded"),
    (
        BOOKS,
        "UPDATE operations SET amount = 1 WHERE operation_id = 'good!capture_payment'",
        "payments/good/1: good!capture_payment is succeeded with 900 here, and done with 1",
    ),
    (
        BOOKS,
        "DELETE FROM operations WHERE operation_id = 'good!capture_payment'",
        "payments/good/1: good!capture_payment is succeeded with 900 here, and not done",
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
            None => format!("((SELECT id FROM names WHERE name = '{inside}') << 24)"),
        };
        text += parts.next().unwrap_or_default();
    }
    text
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a file");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

/// A shop with one order that is good, one that was refused, one that was cancelled, and one whose
/// provider doesn't answer.
async fn shop(data: &Path) {
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
        assert_eq!(server.post(8_001, "/orders", &body).await.status, 201);
        if order_id != "late" {
            server.settled(order_id).await;
        }
    }
    assert_eq!(server.post(8_001, "/orders/back/cancel", "{}").await.status, 202);
    server.settled("back").await;
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_corruption_by_hand_is_found_and_its_row_named() {
    let data = TempDir::new().unwrap();
    shop(data.path()).await;
    let (is_clean, lines) = check(data.path());
    assert!(is_clean, "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with("0 broken")), "{lines:#?}");
    let without_books = TempDir::new().unwrap();
    copy(data.path(), without_books.path());
    fs::remove_file(without_books.path().join(BOOKS)).expect("it is there");
    let (is_clean, lines) = check(without_books.path());
    assert!(!is_clean && lines[0].starts_with("operations: the provider's books are missing"));
    for (file, short, expected) in CORRUPTIONS {
        let copied = TempDir::new().unwrap();
        copy(data.path(), copied.path());
        let changed = {
            let connection = Connection::open(copied.path().join(file)).unwrap();
            connection.pragma_update(None, "ignore_check_constraints", true).unwrap();
            connection.execute(&sql(short), []).unwrap_or_else(|it| panic!("{short}: {it}"))
        };
        assert!(changed > 0, "{short} changes nothing");
        let (is_clean, lines) = check(copied.path());
        assert!(!is_clean, "{short} is not found");
        let is_named = lines.iter().any(|line| line.starts_with(expected));
        assert!(is_named, "{short}\nexpected {expected}\n{lines:#?}");
    }
}
