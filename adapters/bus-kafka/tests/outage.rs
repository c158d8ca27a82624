//! Kafka stops, dies and comes back. Each test has one of its own.

mod common;

use bus_kafka::{KafkaBus, OpenError};
use common::cluster::{Cluster, run};
use common::{message, order_of};
use contracts::messages::CancelOrder;
use contracts::{Message, MessageId, MessageType, ServiceName};
use engine::{Bus as _, Routing};
use servers::OwnServer;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

const ORDERS: ServiceName = ServiceName::Orders;

async fn open(kafka: &OwnServer) -> KafkaBus {
    let routing = Routing::new(vec![(ORDERS, &[MessageType::CancelOrder])]);
    let settings = Cluster::alone_at(&kafka.place()).settings();
    KafkaBus::open(settings, &[ORDERS], &routing).await.expect("a bus")
}

/// Messages of seven orders with these numbers.
fn numbered(numbers: impl Iterator<Item = u128>) -> Vec<Arc<Message>> {
    let message = |number| {
        let order_id = format!("o-{}", number % 7);
        let subject = order_id.as_str().into();
        let body = CancelOrder { order_id, ..Default::default() }.into();
        Arc::new(Message { id: MessageId(number), subject, body, ..message() })
    };
    numbers.map(message).collect()
}

async fn until(bus: &KafkaBus, is_like: impl Fn(Result<(), OpenError>) -> bool) {
    while !is_like(bus.state()) {
        sleep(Duration::from_millis(50)).await;
    }
}

fn is_unreachable(status: Result<(), OpenError>) -> bool {
    status.is_err_and(|error| error.is_unreachable())
}

/// Each order's messages are in order, and all are there.
fn check(kafka: &OwnServer, count: u128) {
    let cluster = Cluster::alone_at(&kafka.place());
    let records = cluster.records("orders.commands", usize::try_from(count).expect("small"));
    let mut orders = BTreeMap::<u128, Vec<u128>>::new();
    let mut seen = order_of(&records);
    for number in &seen {
        orders.entry(number % 7).or_default().push(*number);
    }
    assert!(orders.values().all(|numbers| numbers.is_sorted()), "out of order: {orders:?}");
    seen.sort_unstable();
    assert_eq!(seen, (0..count).collect::<Vec<_>>());
}

#[test]
fn what_is_published_to_a_kafka_that_stands_still_is_delivered_when_it_goes_on() {
    run(async {
        let kafka = OwnServer::kafka();
        let bus = open(&kafka).await;
        assert_eq!(bus.publish(numbered(0..10)).await, Ok(10));
        kafka.pause();
        {
            let mut publishing = pin!(bus.publish(numbered(10..500)));
            tokio::select! {
                published = &mut publishing => panic!("{published:?} by whom?"),
                () = until(&bus, is_unreachable) => {}
            }
            kafka.go_on();
            assert_eq!(publishing.await, Ok(490));
        }
        until(&bus, |status| status.is_ok()).await;
        check(&kafka, 500);
        bus.close().await;
    });
}

#[test]
fn a_kafka_that_is_killed_again_and_again_loses_nothing_and_keeps_the_order() {
    run(async {
        let kafka = Arc::new(OwnServer::kafka());
        let bus = open(&kafka).await;
        let killing = tokio::task::spawn_blocking({
            let kafka = kafka.clone();
            move || {
                for _ in 0..2 {
                    std::thread::sleep(Duration::from_millis(700));
                    kafka.kill();
                    kafka.start();
                }
            }
        });
        let mut published = 0;
        while !killing.is_finished() || published < 1_000 {
            let batch = numbered(published..published + 300);
            published += bus.publish(batch).await.unwrap_or(0) as u128;
        }
        killing.await.expect("killed");
        check(&kafka, published);
        let mut received = BTreeMap::new();
        while received.len() < usize::try_from(published).expect("small") {
            let came = bus.next(500).await.expect("messages");
            bus.acknowledge(came.iter().map(|it| it.receipt).collect()).await.expect("done");
            received.extend(came.into_iter().filter_map(|it| Some((it.message.ok()?.id, ()))));
        }
        bus.close().await;
    });
}

#[test]
fn a_bus_that_was_opened_before_kafka_is_there_opens_by_itself() {
    run(async {
        let kafka = OwnServer::absent_kafka();
        let bus = open(&kafka).await;
        assert!(is_unreachable(bus.state()));
        assert!(!bus.caught_up());
        assert!(bus.publish(numbered(0..1)).await.is_err());
        let mut next = pin!(bus.next(1));
        tokio::select! {
            received = &mut next => panic!("{received:?} by whom?"),
            () = sleep(Duration::from_millis(100)) => {}
        }
        kafka.start();
        until(&bus, |status| status.is_ok()).await;
        assert_eq!(bus.publish(numbered(0..1)).await, Ok(1));
        assert_eq!(next.await.expect("a message").len(), 1);
        bus.close().await;
    });
}
