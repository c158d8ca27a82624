//! What a reader finds on a real Kafka besides messages of ours.

mod common;

use bus_kafka::KafkaBus;
use bus_kafka::wire::{self, Outgoing};
use common::cluster::{ANSWER_WAIT_MAX, Cluster, run};
use common::message;
use contracts::messages::CancelOrder;
use contracts::{Body, Message, MessageType, ServiceName, Source};
use engine::{Bus as _, Routing};
use rdkafka::message::{Headers as _, Message as _, OwnedMessage};
use rdkafka::producer::{BaseProducer, Producer as _};
use std::collections::BTreeMap;
use std::time::Duration;

const ORDERS: ServiceName = ServiceName::Orders;

async fn open(cluster: &Cluster) -> KafkaBus {
    let routing = Routing::new(vec![(ORDERS, &[MessageType::CancelOrder])]);
    KafkaBus::open(cluster.settings(), &[ORDERS], &routing).await.expect("a bus")
}

fn cancel(order_id: &str) -> Body {
    CancelOrder { order_id: order_id.into(), reason: "changed my mind".into() }.into()
}

fn headers(record: &OwnedMessage) -> BTreeMap<String, Vec<u8>> {
    let headers = record.headers().expect("headers").iter();
    headers.map(|it| (it.key.to_string(), it.value.unwrap_or_default().to_vec())).collect()
}

#[test]
fn a_copy_of_bytes_that_are_no_message_is_written_once_they_are_acknowledged() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(&cluster).await;
        let mut record = Outgoing { value: b"\xff\xfe".to_vec(), ..wire::write(&message()) };
        record.key = "o-7".into();
        cluster.write("orders.commands", &record);
        let received = bus.next(1).await.expect("the bytes").remove(0);
        assert!(received.message.is_err());
        bus.acknowledge(vec![received.receipt]).await.expect("acknowledged");
        let copy = cluster.records("orders.commands.dlq", 1).remove(0);
        assert_eq!((copy.key(), copy.payload()), (Some(&b"o-7"[..]), Some(&b"\xff\xfe"[..])));
        let headers = headers(&copy);
        let topic = format!("{}orders.commands", cluster.prefix);
        let group = format!("{}orderweaver.orders", cluster.prefix);
        let number =
            |name: &str| i64::from_be_bytes(headers[name][..].try_into().expect("8 bytes"));
        for (name, expected) in [
            ("ce_type", "CommitInventory"),
            ("kafka_dlt-original-topic", &topic),
            ("kafka_dlt-original-timestamp-type", "CreateTime"),
            ("kafka_dlt-original-consumer-group", &group),
            ("kafka_dlt-exception-fqcn", "orderweaver.contracts.UnreadableMessage"),
            ("__connect.errors.topic", &topic),
            ("__connect.errors.offset", "0"),
            ("__connect.errors.connector.name", &group),
            ("__connect.errors.stage", "VALUE_CONVERTER"),
            ("__connect.errors.exception.class.name", "orderweaver.contracts.UnreadableMessage"),
            ("x-original-topic", &topic),
        ] {
            assert_eq!(String::from_utf8_lossy(&headers[name]), expected, "{name}");
        }
        assert_eq!(number("kafka_dlt-original-offset"), 0);
        assert!(number("kafka_dlt-original-timestamp") > 1_700_000_000_000);
        let partition = &headers["kafka_dlt-original-partition"];
        let partition = i32::from_be_bytes(partition[..].try_into().expect("4 bytes"));
        let told = String::from_utf8_lossy(&headers["__connect.errors.partition"]).into_owned();
        assert_eq!(told, partition.to_string());
        let reason = String::from_utf8_lossy(&headers["kafka_dlt-exception-message"]).into_owned();
        assert!(reason.starts_with("failed to decode Protobuf message"), "{reason}");
        assert_eq!(bus.counts().unreadable, 1);
        bus.close().await;
    });
}

#[test]
fn a_header_whose_name_is_no_text_holds_nobody_up() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(&cluster).await;
        cluster.write_raw("orders.commands", b"whatever", (b"\xff\xfe", b"binary"));
        let received = bus.next(1).await.expect("the bytes").remove(0);
        let unreadable = received.message.expect_err("no message");
        let reason = "unreadable message: the name of a header is no UTF-8";
        assert_eq!(unreadable.reason, reason);
        assert_eq!((unreadable.partition, &unreadable.bytes[..]), (0, &b"whatever"[..]));
        bus.acknowledge(vec![received.receipt]).await.expect("acknowledged");
        let copy = cluster.records("orders.commands.dlq", 1).remove(0);
        assert_eq!(copy.payload(), Some(&b"whatever"[..]));
        let message = Message { source: Source::Client, body: cancel("o-1"), ..message() };
        cluster.write("orders.commands", &wire::write(&message));
        let received = bus.next(1).await.expect("a message").remove(0);
        assert_eq!(received.message.ok(), Some(message));
        assert_eq!(bus.state(), Ok(()));
        bus.close().await;
    });
}

#[test]
fn what_was_handled_where_it_was_sent_is_not_handled_again() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(&cluster).await;
        let own = Message { source: Source::Service(ORDERS), body: cancel("o-1"), ..message() };
        let other = Message { source: Source::Client, body: cancel("o-2"), ..message() };
        for message in [&own, &other] {
            cluster.write("orders.commands", &wire::write(message));
        }
        let received = bus.next(10).await.expect("a message");
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].message.as_ref().ok(), Some(&other));
        bus.close().await;
    });
}

#[test]
fn a_repeat_and_a_gap_are_counted() {
    run(async {
        let cluster = Cluster::new();
        let routing = Routing::new(vec![(ORDERS, &[MessageType::SagaFinished])]);
        let bus = KafkaBus::open(cluster.settings(), &[ORDERS], &routing).await.expect("a bus");
        let empty = Body::empty(MessageType::SagaFinished);
        for version in [1, 2, 5, 2] {
            let message = Message { version, body: empty.clone(), ..message() };
            cluster.write("sagas.events", &wire::write(&message));
        }
        let mut came = 0;
        while came < 4 {
            came += bus.next(10).await.expect("messages").len();
        }
        let counts = bus.counts();
        assert_eq!((counts.gaps, counts.repeats, counts.unreadable), (1, 1, 0));
        assert!(counts.rebalances > 0);
        bus.close().await;
    });
}

#[test]
fn the_marks_of_a_strangers_transactions_hold_up_nobody() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(&cluster).await;
        let stranger: BaseProducer = cluster
            .client()
            .set("transactional.id", format!("{}stranger", cluster.prefix))
            .set("compression.codec", "zstd")
            .create()
            .expect("a producer");
        stranger.init_transactions(ANSWER_WAIT_MAX).expect("begun");
        for (number, is_kept) in [("o-1", true), ("o-2", false), ("o-3", true)] {
            let message = Message { body: cancel(number), ..message() };
            stranger.begin_transaction().expect("begun");
            cluster.send(&stranger, "orders.commands", &wire::write(&message));
            stranger.flush(ANSWER_WAIT_MAX).expect("written");
            match is_kept {
                true => stranger.commit_transaction(ANSWER_WAIT_MAX).expect("committed"),
                false => stranger.abort_transaction(ANSWER_WAIT_MAX).expect("aborted"),
            }
        }
        let mut bodies = vec![];
        while bodies.len() < 2 {
            let received = bus.next(2).await.expect("messages");
            bus.acknowledge(received.iter().map(|it| it.receipt).collect()).await.expect("done");
            bodies.extend(received.into_iter().map(|it| it.message.expect("a message").body));
        }
        assert_eq!(bodies, [cancel("o-1"), cancel("o-3")]);
        bus.close().await;
        let bus = open(&cluster).await;
        while !bus.caught_up() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bus.close().await;
    });
}

#[test]
fn a_reader_that_is_slow_loses_nothing_though_more_waits_than_fits() {
    run(async {
        let cluster = Cluster::new();
        let reader = open(&cluster).await;
        let (hosted, routing) = ([ServiceName::Inventory], Routing::default());
        let writer = KafkaBus::open(cluster.settings(), &hosted, &routing).await.expect("a bus");
        let batch = (0..1_000).map(|number| {
            let subject = format!("o-{}", number % 7);
            let id = contracts::MessageId(number);
            let body = cancel(&subject);
            Message { id, subject: subject.into(), body, ..message() }.into()
        });
        let batch: Vec<_> = batch.collect();
        for _ in 0..20 {
            assert_eq!(writer.publish(batch.clone()).await, Ok(1_000));
        }
        tokio::time::sleep(Duration::from_secs(2)).await; // so that it is full
        let mut came = 0;
        let mut last = BTreeMap::new();
        while came < 20_000 {
            let received = reader.next(1_000).await.expect("messages");
            came += received.len();
            for it in &received {
                let message = it.message.as_ref().expect("a message");
                let before = last.insert(message.subject.clone(), message.id);
                let is_next = |before: contracts::MessageId| {
                    message.id.0 == before.0 + 7 || message.id.0 < 7 && before.0 >= 993
                };
                assert!(before.is_none_or(is_next), "{before:?} then {:?}", message.id);
            }
            let receipts = received.iter().map(|it| it.receipt).collect();
            reader.acknowledge(receipts).await.expect("acknowledged");
        }
        reader.close().await;
        writer.close().await;
    });
}
