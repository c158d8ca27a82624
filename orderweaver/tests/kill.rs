//! kill -9 under load: nothing that was acknowledged is lost or doubled, and after each death the
//! store holds up against the check. `KILLS=200 cargo test --release --test kill` kills more often.

mod common;

use common::crowd::{Customers, kills};
use common::{Server, check};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CLIENTS: usize = 64;
/// Orders acknowledged between two kills, at least.
const ACKNOWLEDGED_MIN: usize = 200;
const KILLS: usize = 10;

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
    let customers = Customers::come(&[server.client()], CLIENTS);
    let (mut unfinished, mut slowest) = (0, Duration::ZERO);
    for kill in 0..kills(KILLS) {
        customers.ordered(ACKNOWLEDGED_MIN).await;
        server.kill();
        let (is_clean, lines) = check(data.path());
        assert!(is_clean, "after kill {kill}: {lines:#?}");
        unfinished += usize::from(leaves_unfinished(&lines));
        let begun = Instant::now();
        server.restart(data.path()).await;
        slowest = slowest.max(begun.elapsed());
    }
    let told = customers.go_home().await;
    for (order_id, is_cancelled) in &told {
        let state = server.settled(order_id).await["state"].clone();
        assert!(!is_cancelled || state == "cancelled", "{order_id} is {state}");
    }
    server.stop();
    let (is_clean, lines) = check(data.path());
    assert!(is_clean, "{lines:#?}");
    let (kills, acknowledged) = (kills(KILLS), told.len());
    println!("{kills} kills, {unfinished} with unfinished sagas; {acknowledged} acknowledged");
    println!("ready again after at most {slowest:?}; {}", lines.join(" "));
    assert!(unfinished * 2 >= kills, "too few kills hit a saga: {unfinished} of {kills}");
}
