//! Copies of what is no message, for whoever looks at Kafka: on `<topic>.dlq`, with the headers
//! that readers made for Spring or for Kafka Connect know. The dead letter in the store is the
//! truth: a copy that can't be written is given up.

use crate::client::{self, Context, Trouble};
use crate::error::OpenError;
use crate::polled::Polled;
use crate::settings::Settings;
use crate::topics::DEAD_LETTERS;
use rdkafka::message::{
    BorrowedMessage, DeliveryResult, Header, Message as _, OwnedHeaders, OwnedMessage, Timestamp,
};
use rdkafka::producer::{BaseRecord, ProducerContext};
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A copy that isn't written by then, in milliseconds, is given up.
const WRITING_LASTS_MAX: &str = "30000";
/// What a reader of exceptions finds as the class of ours.
const CLASS: &str = "orderweaver.contracts.UnreadableMessage";
const NO_COPY: &str = "a dead letter has no copy on Kafka";
/// Where Kafka Connect would have stumbled.
const STAGE: &str = "VALUE_CONVERTER";

type Client = Polled<Copying>;

/// What was brought and is no message, by its receipt, until its dead letter is on disk.
pub(crate) struct DeadLetters {
    settings: Settings,
    trouble: Trouble,
    kept: Mutex<BTreeMap<u64, DeadLetter>>,
    /// Made when it is needed first, which is hardly ever. What it fails at must not end the order
    /// of the other one.
    producer: OnceLock<Result<Client, OpenError>>,
}

struct DeadLetter {
    record: OwnedMessage,
    group: String,
    reason: String,
}

impl DeadLetters {
    pub fn new(settings: &Settings, trouble: &Trouble) -> Self {
        let (settings, trouble) = (settings.clone(), trouble.clone());
        Self { settings, trouble, kept: Mutex::default(), producer: OnceLock::new() }
    }

    /// Was brought to that group.
    pub fn keep(&self, receipt: u64, record: &BorrowedMessage<'_>, group: &str, reason: &str) {
        let (group, reason) = (group.into(), reason.into());
        let letter = DeadLetter { record: record.detach(), group, reason };
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(receipt, letter);
    }

    /// Somebody else gets them.
    pub fn forget(&self, receipts: &[u64]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|receipt, _| !receipts.contains(receipt));
    }

    /// Its dead letter is on disk: writes the copy, without waiting for it.
    pub fn copy(&self, receipt: u64) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&receipt);
        let Some(letter) = kept else { return };
        match self.producer.get_or_init(|| producer(&self.settings, &self.trouble)) {
            Ok(producer) => write(producer, &letter),
            Err(error) => tracing::warn!(%error, "{NO_COPY}"),
        }
    }
}

fn write(producer: &Client, letter: &DeadLetter) {
    let topic = letter.record.topic().to_string() + DEAD_LETTERS;
    let record = BaseRecord::<[u8], [u8]>::to(&topic).headers(letter.headers());
    let record = match letter.record.key() {
        Some(key) => record.key(key),
        None => record,
    };
    let record = match letter.record.payload() {
        Some(value) => record.payload(value),
        None => record,
    };
    if let Err((error, _)) = producer.send(record) {
        tracing::warn!(%error, topic, "{NO_COPY}");
    }
}

impl DeadLetter {
    /// Those that it came with, then what happened to it.
    fn headers(&self) -> OwnedHeaders {
        let (topic, partition) = (self.record.topic(), self.record.partition());
        let offset = self.record.offset();
        let (time, clock) = match self.record.timestamp() {
            Timestamp::LogAppendTime(time) => (time, "LogAppendTime"),
            Timestamp::CreateTime(time) => (time, "CreateTime"),
            Timestamp::NotAvailable => (-1, "NoTimestampType"),
        };
        let (partition_text, offset_text) = (partition.to_string(), offset.to_string());
        let headers: [(&str, &[u8]); 17] = [
            ("kafka_dlt-original-topic", topic.as_bytes()),
            ("kafka_dlt-original-partition", &partition.to_be_bytes()),
            ("kafka_dlt-original-offset", &offset.to_be_bytes()),
            ("kafka_dlt-original-timestamp", &time.to_be_bytes()),
            ("kafka_dlt-original-timestamp-type", clock.as_bytes()),
            ("kafka_dlt-original-consumer-group", self.group.as_bytes()),
            ("kafka_dlt-exception-fqcn", CLASS.as_bytes()),
            ("kafka_dlt-exception-message", self.reason.as_bytes()),
            ("__connect.errors.topic", topic.as_bytes()),
            ("__connect.errors.partition", partition_text.as_bytes()),
            ("__connect.errors.offset", offset_text.as_bytes()),
            ("__connect.errors.connector.name", self.group.as_bytes()),
            ("__connect.errors.task.id", b"0"),
            ("__connect.errors.stage", STAGE.as_bytes()),
            ("__connect.errors.exception.class.name", CLASS.as_bytes()),
            ("__connect.errors.exception.message", self.reason.as_bytes()),
            ("x-original-topic", topic.as_bytes()),
        ];
        let own = self.record.headers().cloned().unwrap_or_else(OwnedHeaders::new);
        headers
            .into_iter()
            .fold(own, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
    }
}

fn producer(settings: &Settings, trouble: &Trouble) -> Result<Client, OpenError> {
    // It has more headers than what it is a copy of.
    let bytes_max = settings.message_bytes_max.saturating_mul(2);
    let mut config = client::config(settings);
    config
        .set("acks", "all")
        .set("message.timeout.ms", WRITING_LASTS_MAX)
        .set("message.max.bytes", bytes_max.to_string());
    Polled::new(&config, trouble, Copying)
}

/// Tells the log of copies that could not be written.
struct Copying;

impl ProducerContext for Context<Copying> {
    type DeliveryOpaque = ();

    fn delivery(&self, delivered: &DeliveryResult<'_>, (): ()) {
        if let Err((error, record)) = delivered {
            tracing::warn!(%error, topic = record.topic(), "{NO_COPY}");
        }
    }
}
