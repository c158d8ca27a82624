//! What can't be published stops what stands behind it, on a real Kafka.

mod common;

use bus_kafka::{KafkaBus, Settings};
use common::cluster::{Cluster, run};
use common::{message, order_of};
use contracts::messages::CancelOrder;
use contracts::{Body, Message, MessageId, MessageType, ServiceName};
use engine::{Bus as _, BusError, Routing};
use rdkafka::message::Message as _;
use std::sync::Arc;
use std::time::Duration;

/// Whoever only publishes.
async fn open(cluster: &Cluster) -> KafkaBus {
    let hosted = [ServiceName::Inventory];
    KafkaBus::open(cluster.settings(), &hosted, &Routing::default()).await.expect("a bus")
}

/// The messages of one order: each with so many bytes of text.
fn told(lengths: &[usize]) -> Vec<Arc<Message>> {
    let told = lengths.iter().zip(1..).map(|(length, number)| {
        let body = CancelOrder { order_id: "o-1".into(), reason: "x".repeat(*length) };
        Arc::new(Message { id: MessageId(number), body: body.into(), ..message() })
    });
    told.collect()
}

#[test]
fn a_message_over_the_limit_is_found_before_it_is_sent_and_holds_back_what_follows() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(&cluster).await;
        let batch = told(&[10, 1_000_000, 10]);
        assert_eq!(bus.publish(batch.clone()).await, Ok(1));
        let Err(BusError(said)) = bus.publish(batch[1..].to_vec()).await else { panic!() };
        let name = "CancelOrder 00000000000000000000000000000002 has ";
        assert!(said.starts_with(name) && said.ends_with(" bytes of at most 1000000"), "{said}");
        assert_eq!(order_of(&cluster.records("orders.commands", 1)), [1]);
        bus.close().await;
    });
}

#[test]
fn a_message_of_many_megabytes_passes_where_that_is_allowed() {
    run(async {
        let cluster = Cluster::new();
        let settings = Settings { message_bytes_max: 32 * 1024 * 1024, ..cluster.settings() };
        let orders = [ServiceName::Orders];
        let routing = Routing::new(vec![(ServiceName::Orders, &[MessageType::CancelOrder])]);
        let bus = KafkaBus::open(settings, &orders, &routing).await.expect("a bus");
        let batch = told(&[10, 20_000_000, 10]);
        assert_eq!(bus.publish(batch.clone()).await, Ok(3));
        let mut bodies = vec![];
        while bodies.len() < 3 {
            let received = bus.next(3).await.expect("messages");
            bodies.extend(received.into_iter().map(|it| it.message.expect("a message").body));
        }
        assert!(bodies.iter().eq(batch.iter().map(|message| &message.body)));
        bus.close().await;
    });
}

#[test]
fn a_topic_that_was_deleted_is_made_anew() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(&cluster).await;
        assert_eq!(bus.publish(told(&[10])).await, Ok(1));
        cluster.delete_topic("orders.commands").await;
        while bus.publish(told(&[20])).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let record = cluster.records("orders.commands", 1).remove(0);
        let body = Body::decode(MessageType::CancelOrder, record.payload().expect("a value"));
        assert_eq!(body.as_ref(), Ok(&told(&[20])[0].body));
        bus.close().await;
    });
}

#[test]
fn what_stands_behind_a_message_that_kafka_refuses_is_not_delivered_before_it() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(&cluster).await;
        // What follows the large one doesn't fit beside it: it travels apart and is small enough.
        let batch = told(&[&[10; 10][..], &[900_000], &[10; 500]].concat());
        cluster.set("orders.commands", "max.message.bytes", "600000").await;
        let mut published = 0;
        let mut failures = 0;
        while published < batch.len() {
            match bus.publish(batch[published..].to_vec()).await {
                Ok(more) => published += more,
                Err(_) => {
                    failures += 1;
                    cluster.set("orders.commands", "max.message.bytes", "1000000").await;
                }
            }
        }
        assert!(failures > 0 && bus.counts().publishing_failures > 0);
        let records = cluster.records("orders.commands", batch.len());
        let order = order_of(&records);
        assert_eq!(order, (1..=511).collect::<Vec<_>>(), "a message overtook another");
        bus.close().await;
    });
}
