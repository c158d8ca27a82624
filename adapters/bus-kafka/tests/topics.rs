//! Topics are made where they are missing, and refused where they can't be right. On a real Kafka.

mod common;

use bus_kafka::{KafkaBus, OpenError, Settings, remove_topics};
use common::cluster::{Cluster, run};
use contracts::{MessageType, ServiceName};
use engine::{Bus as _, Routing};
use std::time::Duration;

const ORDERS: ServiceName = ServiceName::Orders;

/// Orders read two commands and an event of another service.
fn routing() -> Routing {
    use MessageType::{CancelOrder, ConfirmOrder, PaymentCaptured};
    Routing::new(vec![(ORDERS, &[CancelOrder, ConfirmOrder, PaymentCaptured])])
}

async fn open(settings: Settings) -> Result<KafkaBus, OpenError> {
    KafkaBus::open(settings, &[ORDERS], &routing()).await
}

async fn refusal(settings: Settings) -> String {
    open(settings).await.err().expect("a refusal").to_string()
}

#[test]
fn missing_topics_are_made_with_those_for_dead_letters_of_what_is_read() {
    run(async {
        let cluster = Cluster::new();
        let bus = open(Settings { partitions: 3, ..cluster.settings() }).await.expect("a bus");
        assert_eq!(bus.state(), Ok(()));
        let names: Vec<_> = cluster.topics().into_iter().map(|(name, _)| name).collect();
        let expected = "inventory.commands inventory.events orders.commands orders.commands.dlq \
                        orders.events payments.commands payments.events payments.events.dlq \
                        sagas.commands sagas.events";
        assert_eq!(names.join(" "), expected);
        assert!(cluster.topics().iter().all(|(_, partitions)| *partitions == 3));
        for (key, expected) in [
            ("cleanup.policy", "delete"),
            ("retention.ms", "432000000"),
            ("segment.ms", "86400000"),
            ("max.message.bytes", "1000000"),
            ("min.insync.replicas", "1"),
        ] {
            assert_eq!(cluster.setting("orders.events", key).await.as_deref(), Some(expected));
        }
        bus.close().await;
    });
}

#[test]
fn topics_that_are_there_are_left_as_they_are() {
    run(async {
        let cluster = Cluster::new();
        let config = [("retention.ms", "3600000"), ("segment.ms", "3600000")];
        cluster.make_topic("orders.events", 5, &config).await;
        let (first, second) = (open(cluster.settings()).await, open(cluster.settings()).await);
        assert!(first.is_ok() && second.is_ok());
        assert!(cluster.topics().contains(&("orders.events".into(), 5)));
        let retention = cluster.setting("orders.events", "retention.ms").await;
        assert_eq!(retention.as_deref(), Some("3600000"));
    });
}

#[test]
fn topics_of_a_shop_that_was_made_for_a_while_are_removed_and_no_others() {
    run(async {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        other.make_topic("orders.events", 1, &[]).await;
        open(cluster.settings()).await.expect("a bus").close().await;
        remove_topics(&cluster.settings()).await.expect("removed");
        while !cluster.topics().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await; // brokers hear of it one by one
        }
        assert_eq!(other.topics().len(), 1);
        remove_topics(&cluster.settings()).await.expect("nothing to remove");
    });
}

#[test]
fn processes_that_make_the_same_topics_at_once_all_begin() {
    run(async {
        let cluster = Cluster::new();
        let open = || open(cluster.settings());
        let (one, two, three, four) = tokio::join!(open(), open(), open(), open());
        for bus in [one, two, three, four] {
            bus.expect("a bus").close().await;
        }
    });
}

/// A topic like that is refused with such a sentence.
fn check(partitions: i32, config: &[(&str, &str)], expected: &[&str]) {
    run(async {
        let cluster = Cluster::new();
        let ours = [("retention.ms", "432000000"), ("segment.ms", "86400000")];
        let config: Vec<_> = ours
            .iter()
            .filter(|(key, _)| config.iter().all(|(it, _)| it != key))
            .chain(config)
            .copied()
            .collect();
        cluster.make_topic("payments.commands", partitions, &config).await;
        let said = refusal(cluster.settings()).await;
        let topic = format!("topic {}payments.commands ", cluster.prefix);
        assert!(said.starts_with(&topic), "{said}");
        for part in expected {
            assert!(said.contains(part), "{said:?} is no {part:?}");
        }
        assert_eq!(cluster.topics().len(), 1, "others were made beside it");
    });
}

#[test]
fn a_topic_of_too_few_partitions_is_refused() {
    check(1, &[], &["has 1 of 2 wanted partitions: want fewer, or add some"]);
}

#[test]
fn a_topic_that_keeps_messages_longer_than_the_inbox_knows_them_is_refused() {
    let remedy = "set its retention.ms and segment.ms so that together they are less, such as";
    check(2, &[("retention.ms", "-1")], &["keeps messages for ever", remedy]);
    check(2, &[("retention.ms", "604800000")], &["for 604800s and up to 86400s more", remedy]);
    check(2, &[("retention.ms", "518400000")], &["for 518400s and up to 86400s more", remedy]);
    check(2, &[("segment.ms", "604800000")], &["for 432000s and up to 604800s more", remedy]);
}

#[test]
fn a_topic_that_loses_messages_is_refused() {
    let remedy = "set its cleanup.policy to delete";
    check(2, &[("cleanup.policy", "compact")], &["is compacted", remedy]);
    check(2, &[("cleanup.policy", "compact,delete")], &["is compacted", remedy]);
}

#[test]
fn a_topic_that_takes_no_large_messages_is_refused() {
    let remedy = "raise its max.message.bytes";
    check(2, &[("max.message.bytes", "999999")], &["takes messages of 999999 bytes", remedy]);
}

#[test]
fn more_replicas_than_there_are_brokers_are_refused() {
    run(async {
        let cluster = Cluster::new();
        let said = refusal(Settings { replication: 100, ..cluster.settings() }).await;
        assert!(
            said.contains("can't have 100 replicas here: want no more than there are"),
            "{said}"
        );
    });
}

#[test]
fn settings_that_can_t_be_are_refused_before_anybody_is_asked() {
    run(async {
        let nowhere = Settings::new("127.0.0.1:1".parse().expect("brokers"));
        let said = refusal(Settings { partitions: 0, ..nowhere }).await;
        assert!(said.contains("choose higher numbers"), "{said}");
    });
}

#[test]
fn a_kafka_that_doesn_t_answer_is_waited_for_and_the_status_says_so() {
    run(async {
        let nowhere = Settings::new("kafka://127.0.0.1:1".parse().expect("brokers"));
        let bus = open(nowhere).await.expect("a bus that waits");
        let error = bus.state().expect_err("nobody there");
        assert!(error.is_unreachable());
        let said = error.to_string();
        assert!(said.starts_with("Kafka at 127.0.0.1:1 doesn't answer ("), "{said}");
        assert!(said.contains("Connection refused"), "{said}");
        assert!(said.ends_with("start it, or name another"), "{said}");
        bus.close().await;
    });
}
