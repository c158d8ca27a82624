//! kill -9 under load: nothing that was acknowledged is lost or doubled, and after each death the
//! store holds up against the check. `KILLS=200 cargo test --release --test kill` kills more often.

mod common;

use common::{Client, Server, check};
use hyper::Method;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinSet;

const CLIENTS: usize = 64;
/// Orders acknowledged between two kills, at least.
const ACKNOWLEDGED_MIN: usize = 200;
const METHODS: [&str; 10] = [
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_visa",
    "invoice",
    "pm_card_declined",
    "pm_card_visa",
    "pm_timeout_then_success",
    "pm_capture_declined",
    "pm_card_visa",
    "invoice",
];

fn kills() -> usize {
    std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(10)
}

/// What the customers of one run share.
#[derive(Default)]
struct Crowd {
    acknowledged: AtomicUsize,
    go_home: AtomicBool,
}

fn order(order_id: &str, number: usize) -> String {
    let method = METHODS[number % METHODS.len()];
    let sku = if number.is_multiple_of(13) { "scarce" } else { "tea" };
    format!(
        r#"{{"order_id":"{order_id}","user_id":"u","payment_method":"{method}",
            "lines":[{{"sku":"{sku}","quantity":1,"unit_price":"2.50"}}]}}"#
    )
}

/// Orders one thing after the other, asks again where no answer came, and changes its mind now and
/// then. What was acknowledged, and whether its cancel was accepted.
async fn customer(client: Client, name: usize, crowd: Arc<Crowd>) -> BTreeMap<String, bool> {
    let mut told = BTreeMap::new();
    for number in 0.. {
        let order_id = format!("o-{name}-{number}");
        let body = order(&order_id, number + name);
        if !insist(&client, "/orders", &body, 201, &crowd).await {
            return told;
        }
        crowd.acknowledged.fetch_add(1, Ordering::Relaxed);
        told.insert(order_id.clone(), false);
        if number % 9 == 4 {
            let path = format!("/orders/{order_id}/cancel");
            let is_cancelled = insist(&client, &path, "{}", 202, &crowd).await;
            told.insert(order_id, is_cancelled);
        }
    }
    told
}

/// Until the answer comes. False: it was time to go home first, or it is too late for a cancel.
async fn insist(client: &Client, path: &str, body: &str, status: u16, crowd: &Crowd) -> bool {
    while !crowd.go_home.load(Ordering::Relaxed) {
        match client.try_call(Method::POST, 8_001, path, Some(body)).await {
            Some(answer) if answer.status == status => return true,
            Some(answer) if answer.status == 409 && status == 202 => return false,
            Some(answer) if answer.status < 500 => panic!("{path}: {answer:?}"),
            Some(_) | None => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
    false
}

/// Whether the last line of a check tells of sagas that are not over.
fn leaves_unfinished(lines: &[String]) -> bool {
    lines.iter().any(|line| line.contains("waiting: ") && !line.contains("waiting: 0 timers"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_doubled_when_the_process_is_killed() {
    let data = TempDir::new().unwrap();
    let mut server = Server::start(data.path()).await;
    server.put_stock("tea", 1_000_000_000).await;
    server.put_stock("scarce", 50).await;
    let crowd = Arc::new(Crowd::default());
    let mut customers = JoinSet::new();
    for name in 0..CLIENTS {
        customers.spawn(customer(server.client(), name, crowd.clone()));
    }
    let (mut unfinished, mut slowest) = (0, Duration::ZERO);
    for kill in 0..kills() {
        let wanted = crowd.acknowledged.load(Ordering::Relaxed) + ACKNOWLEDGED_MIN;
        while crowd.acknowledged.load(Ordering::Relaxed) < wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        let (is_clean, lines) = check(data.path());
        assert!(is_clean, "after kill {kill}: {lines:#?}");
        unfinished += usize::from(leaves_unfinished(&lines));
        let begun = std::time::Instant::now();
        server.restart(data.path()).await;
        slowest = slowest.max(begun.elapsed());
    }
    crowd.go_home.store(true, Ordering::Relaxed);
    let told: BTreeMap<String, bool> = customers.join_all().await.into_iter().flatten().collect();
    for (order_id, is_cancelled) in &told {
        let state = server.settled(order_id).await["state"].clone();
        assert!(!is_cancelled || state == "cancelled", "{order_id} is {state}");
    }
    server.stop();
    let (is_clean, lines) = check(data.path());
    assert!(is_clean, "{lines:#?}");
    let (kills, acknowledged) = (kills(), told.len());
    println!("{kills} kills, {unfinished} with unfinished sagas; {acknowledged} acknowledged");
    println!("ready again after at most {slowest:?}; {}", lines.join(" "));
    assert!(unfinished * 2 >= kills, "too few kills hit a saga: {unfinished} of {kills}");
}
