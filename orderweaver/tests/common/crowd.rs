//! Customers who order one thing after the other, whatever becomes of the server.

use super::Client;
use hyper::Method;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

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

/// How often a test kills: as often as `KILLS` says, or else so often.
pub fn kills(otherwise: usize) -> usize {
    std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(otherwise)
}

/// What the customers of one run share.
#[derive(Default)]
struct Crowd {
    acknowledged: AtomicUsize,
    go_home: AtomicBool,
}

/// Customers at work.
pub struct Customers {
    crowd: Arc<Crowd>,
    at_work: JoinSet<BTreeMap<String, bool>>,
}

impl Customers {
    /// So many of them go to each of the servers.
    pub fn come(clients: &[Client], each: usize) -> Self {
        let crowd = Arc::new(Crowd::default());
        let mut at_work = JoinSet::new();
        for name in 0..clients.len() * each {
            at_work.spawn(customer(clients[name % clients.len()].clone(), name, crowd.clone()));
        }
        Self { crowd, at_work }
    }

    /// Waits until so many more orders were acknowledged.
    pub async fn ordered(&self, more: usize) {
        let wanted = self.crowd.acknowledged.load(Ordering::Relaxed) + more;
        while self.crowd.acknowledged.load(Ordering::Relaxed) < wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What was acknowledged, and whether its cancel was accepted.
    pub async fn go_home(self) -> BTreeMap<String, bool> {
        self.crowd.go_home.store(true, Ordering::Relaxed);
        self.at_work.join_all().await.into_iter().flatten().collect()
    }
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
