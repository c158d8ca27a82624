//! Replicas of a service that die, and such that take each other's name. On a real Kafka.

mod common;

use bus_kafka::{KafkaBus, OpenError, Settings};
use common::cluster::{Cluster, run};
use common::message;
use contracts::messages::CancelOrder;
use contracts::{Message, MessageId, MessageType, ServiceName};
use engine::{Bus as _, BusError, Routing};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const ORDERS: ServiceName = ServiceName::Orders;
/// Tells a process that it is the one to be killed, and with which prefix its topics begin.
const TO_BE_KILLED: &str = "TEST_REPLICA_TO_BE_KILLED";

async fn open(settings: Settings) -> KafkaBus {
    let routing = Routing::new(vec![(ORDERS, &[MessageType::CancelOrder])]);
    KafkaBus::open(settings, &[ORDERS], &routing).await.expect("a bus")
}

fn numbered(numbers: impl Iterator<Item = u128>) -> Vec<Arc<Message>> {
    let message = |number| {
        let subject = format!("o-{}", number % 16).into();
        let body = CancelOrder::default().into();
        Arc::new(Message { id: MessageId(number), subject, body, ..message() })
    };
    numbers.map(message).collect()
}

fn number(received: &engine::Received) -> u128 {
    received.message.as_ref().expect("a message").id.0
}

/// Says what comes and acknowledges none of it.
#[test]
#[ignore = "the process that is killed by the test below"]
fn a_process_reads_until_it_is_killed() {
    let Ok(prefix) = std::env::var(TO_BE_KILLED) else { return };
    run(async {
        let settings = Settings::new(servers::kafka().parse().expect("brokers"));
        let bus = open(Settings { prefix, partitions: 2, ..settings }).await;
        loop {
            for received in bus.next(1).await.expect("messages") {
                println!("\nreceived {}", number(&received));
            }
        }
    });
}

#[test]
fn what_a_process_had_in_hand_when_it_was_killed_comes_to_another() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(cluster.settings()).await;
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "a_process_reads_until_it_is_killed", "--ignored", "--nocapture"])
            .env(TO_BE_KILLED, &cluster.prefix)
            .env("KAFKA_BROKERS", &cluster.brokers)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let (said, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let output = BufReader::new(child.stdout.take().expect("its output"));
        std::thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            let numbers = lines.filter_map(|it| it.strip_prefix("received ")?.parse().ok());
            numbers.for_each(|number: u128| _ = said.send(number));
        });
        let mut published = 0;
        let mut mine = BTreeSet::new();
        let in_its_hand = loop {
            let batch = numbered(published..published + 16);
            published += bus.publish(batch).await.unwrap_or(0) as u128;
            tokio::select! {
                number = heard.recv() => break number.expect("a number"),
                received = bus.next(16) => {
                    let received = received.expect("messages");
                    mine.extend(received.iter().map(number));
                    let receipts = received.iter().map(|it| it.receipt).collect();
                    bus.acknowledge(receipts).await.expect("done");
                }
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
        };
        child.kill().expect("killed");
        child.wait().expect("its end");
        while mine.len() < usize::try_from(published).expect("small") {
            mine.extend(bus.next(16).await.expect("messages").iter().map(number));
        }
        assert!(mine.contains(&in_its_hand));
        bus.close().await;
    });
}

#[test]
fn who_ends_in_order_leaves_its_group_with_and_without_a_name() {
    run(async {
        for replica in [None, Some("orders-0".to_string())] {
            let cluster = Cluster::new();
            let bus = open(Settings { replica, ..cluster.settings() }).await;
            assert_eq!(bus.publish(numbered(0..1)).await, Ok(1));
            let received = bus.next(1).await.expect("a message").remove(0);
            assert_eq!(cluster.members("orderweaver.orders"), 1);
            bus.acknowledge(vec![received.receipt]).await.expect("done");
            bus.close().await;
            assert_eq!(cluster.members("orderweaver.orders"), 0);
            assert_eq!(cluster.committed("orderweaver.orders", "orders.commands"), 1);
        }
    });
}

#[test]
fn two_replicas_with_one_name_put_each_other_out_and_say_so() {
    run(async {
        let cluster = Cluster::new();
        let settings = Settings { replica: Some("orders-0".into()), ..cluster.settings() };
        let first = open(settings.clone()).await;
        assert_eq!(first.publish(numbered(0..1)).await, Ok(1));
        assert_eq!(first.next(1).await.expect("a message").len(), 1);
        let second = open(settings).await;
        let Err(BusError(said)) = first.next(1).await else { panic!("it reads on") };
        assert!(said.ends_with("give each replica a name of its own if that goes on"));
        // It joins again at once, and is put out again, and only then waits for a while.
        while first.state().is_ok() && second.state().is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let is_out = |bus: &KafkaBus| matches!(bus.state(), Err(OpenError::Expelled { .. }));
        let (out, within) = if is_out(&first) { (first, second) } else { (second, first) };
        assert!(is_out(&out));
        assert_eq!(number(&within.next(1).await.expect("a message")[0]), 0);
        out.close().await;
        within.close().await;
    });
}

#[test]
fn a_replica_that_was_put_out_joins_again_and_reads_what_nobody_has_acknowledged() {
    run(async {
        let cluster = Cluster::new();
        let settings = Settings { replica: Some("orders-0".into()), ..cluster.settings() };
        let first = open(settings.clone()).await;
        assert_eq!(first.publish(numbered(0..2)).await, Ok(2));
        let mut in_hand = vec![];
        while in_hand.len() < 2 {
            in_hand.extend(first.next(2).await.expect("messages"));
        }
        let second = open(settings).await;
        while first.next(1).await.is_ok() {}
        second.close().await;
        let mut again = BTreeSet::new();
        while again.len() < 2 {
            // What was in its hand before is somebody else's.
            let receipts = in_hand.iter().map(|it| it.receipt).collect();
            first.acknowledge(receipts).await.expect("done");
            let received = first.next(2).await.unwrap_or_default();
            again.extend(received.iter().map(number));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        while first.state().is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        first.close().await;
        assert_eq!(cluster.committed("orderweaver.orders", "orders.commands"), 0);
    });
}
