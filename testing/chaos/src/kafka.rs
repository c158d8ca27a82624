//! What stands on Kafka.

use crate::account::Account;
use bus_kafka::wire::{self, Incoming};
use contracts::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

/// For one answer of Kafka.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(10);
/// Between two attempts at a partition without a leader, and how many there are.
const ATTEMPT_PAUSE: Duration = Duration::from_millis(100);
const ATTEMPTS_MAX: u32 = 50;
/// What ends so are copies of what is no message.
const DEAD_LETTERS: &str = ".dlq";

type Partition = (String, i32);

/// Reads everything that stands there now on topics with that prefix into the account, each
/// partition in order. How many records are no message.
///
/// # Errors
/// Kafka can't be read.
pub fn read(brokers: &str, prefix: &str, account: &mut Account) -> KafkaResult<u64> {
    let reader = reader(brokers)?;
    let mut ends = ends(&reader, prefix, "")?;
    ends.retain(|_, end| *end > 0);
    let mut list = TopicPartitionList::new();
    for (topic, number) in ends.keys() {
        list.add_partition_offset(topic, *number, Offset::Beginning)?;
    }
    reader.assign(&list)?;
    let mut unreadable = 0;
    while !ends.is_empty() {
        let Some(record) = reader.poll(ANSWER_WAIT_MAX) else {
            return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
        };
        let record = record?;
        let topic = record.topic().strip_prefix(prefix).unwrap_or_default();
        match wire::read(&incoming(&record)) {
            Ok(message) => account.publish(topic, &message),
            Err(_) => unreadable += 1,
        }
        let partition = (record.topic().to_string(), record.partition());
        if ends.get(&partition).is_some_and(|end| record.offset() + 1 >= *end) {
            ends.remove(&partition);
        }
    }
    Ok(unreadable)
}

/// How many records stand on that topic, whose name begins with the prefix on Kafka.
///
/// # Errors
/// Kafka can't be read.
pub fn count(brokers: &str, prefix: &str, topic: &str) -> KafkaResult<i64> {
    Ok(ends(&reader(brokers)?, prefix, topic)?.values().sum())
}

fn reader(brokers: &str) -> KafkaResult<BaseConsumer> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "chaos-reader");
    config.set("enable.auto.commit", "false").set("auto.offset.reset", "error").create()
}

/// Where the partitions of that topic end, or those of all with the prefix if it is empty.
fn ends(reader: &BaseConsumer, prefix: &str, topic: &str) -> KafkaResult<BTreeMap<Partition, i64>> {
    let metadata = reader.fetch_metadata(None, ANSWER_WAIT_MAX)?;
    let mut ends = BTreeMap::new();
    for found in metadata.topics() {
        let name = found.name().strip_prefix(prefix).filter(|name| !name.ends_with(DEAD_LETTERS));
        if name.is_none_or(|name| !topic.is_empty() && name != topic) {
            continue;
        }
        for partition in found.partitions() {
            let end = end(reader, found.name(), partition.id())?;
            ends.insert((found.name().to_string(), partition.id()), end);
        }
    }
    Ok(ends)
}

/// A partition that was made a moment ago may have no leader yet.
fn end(reader: &BaseConsumer, topic: &str, partition: i32) -> KafkaResult<i64> {
    let mut attempts = 0;
    loop {
        let asked = reader.fetch_watermarks(topic, partition, ANSWER_WAIT_MAX);
        let code = asked.as_ref().err().and_then(KafkaError::rdkafka_error_code);
        if code != Some(RDKafkaErrorCode::NotLeaderForPartition) || attempts == ATTEMPTS_MAX {
            return asked.map(|(_, end)| end);
        }
        attempts += 1;
        thread::sleep(ATTEMPT_PAUSE);
    }
}

fn incoming<'a>(record: &'a BorrowedMessage<'_>) -> Incoming<'a> {
    let headers = record.headers().into_iter().flat_map(Headers::iter);
    Incoming {
        time: Timestamp(record.timestamp().to_millis().unwrap_or(0) * 1_000),
        key: record.key(),
        headers: headers.filter_map(|it| Some((it.key, it.value?))).collect(),
        value: record.payload(),
    }
}
