//! Publishing: in order, with many messages on their way, and nothing behind a failure.
//!
//! An idempotent producer keeps the order within a partition over all its own attempts. If it gave
//! up one message and went on, the next of the key would be delivered behind a gap; so it is told
//! to give up all of them (`enable.gapless.guarantee`), and another one takes its place.

mod deliveries;

use crate::client::{self, Context, Trouble};
use crate::counts::{Counters, count};
use crate::error::OpenError;
use crate::polled::Polled;
use crate::settings::Settings;
use crate::wire::{self, Outgoing};
use contracts::Message;
use deliveries::{Deliveries, Ticket};
use engine::{BusError, Published};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, PurgeConfig};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// What isn't delivered by then is published again by another producer.
const DELIVERY_WAIT_MAX: Duration = Duration::from_secs(60);

/// For so long it is told that something was not published: until the next attempt has come out.
const FAILURE_IS_NEWS: Duration = DELIVERY_WAIT_MAX.saturating_mul(2);

/// The client of librdkafka.
pub(crate) type Client = Polled<Publishing>;

/// The producer of a process.
pub(crate) struct Publisher {
    settings: Settings,
    trouble: Trouble,
    counters: Arc<Counters>,
    client: Mutex<Arc<Client>>,
    /// Why the last batch was not published as a whole, if it wasn't, and since when that is known.
    failure: Mutex<Option<(String, Instant)>>,
    /// One batch at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Publisher {
    /// # Errors
    /// librdkafka refuses the settings.
    pub fn new(
        settings: &Settings,
        trouble: &Trouble,
        counters: Arc<Counters>,
    ) -> Result<Self, OpenError> {
        let client = Mutex::new(Arc::new(new_client(settings, trouble)?));
        let (settings, trouble) = (settings.clone(), trouble.clone());
        let (failure, turn) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Self { settings, trouble, counters, client, failure, turn })
    }

    /// Why the last batch was not published as a whole, if it wasn't. By and by that is no news:
    /// another replica may publish meanwhile.
    pub fn failure(&self) -> Option<String> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = failure.as_ref().filter(|(_, at)| at.elapsed() < FAILURE_IS_NEWS);
        failure.map(|(reason, _)| reason.clone())
    }

    /// The client as it is now, to be asked what needs no order.
    pub fn client(&self) -> Arc<Client> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Publishes in order; stops at the first failure.
    ///
    /// # Errors
    /// Not even the first message is safe.
    pub async fn publish(&self, batch: &[Arc<Message>]) -> Result<Published, BusError> {
        let _turn = self.turn.lock().await;
        let deliveries = Arc::new(Deliveries::default());
        let refusal = self.send(batch, &deliveries);
        let waited = timeout(DELIVERY_WAIT_MAX, deliveries.are_done()).await;
        let (published, failure) = deliveries.outcome();
        let late = waited.err().map(|_| format!("no answer within {DELIVERY_WAIT_MAX:?}"));
        let failure = failure.or(late).or(refusal);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) =
            failure.clone().map(|reason| (reason, Instant::now()));
        if let Some(reason) = &failure {
            tracing::warn!(reason, published, "the producer is replaced");
            count(&self.counters.publishing_failures);
            self.replace().await?;
        }
        match failure {
            Some(reason) if published == 0 => Err(BusError(reason)),
            _ => Ok(published),
        }
    }

    /// Sends as many of the first messages as can be; says why the next one can't.
    fn send(&self, batch: &[Arc<Message>], deliveries: &Arc<Deliveries>) -> Option<String> {
        let client = self.client();
        for message in batch {
            let name = || format!("{} {}", message.body.message_type().name(), message.id);
            let Some(topic) = message.body.message_type().topic() else {
                return Some(format!("{} never leaves its store", name()));
            };
            let record = wire::write(message);
            let (bytes, bytes_max) = (record.bytes(), self.settings.message_bytes_max);
            if bytes > bytes_max {
                return Some(format!("{} has {bytes} bytes of at most {bytes_max}", name()));
            }
            let topic = self.settings.topic(topic);
            let sent = client.send(to_kafka(&topic, &record, deliveries.expect()));
            if let Err((error, _)) = sent {
                deliveries.forget_last();
                return Some(error.to_string());
            }
        }
        None
    }

    /// What waits in the old one is given up before the new one begins, or it could come behind it.
    async fn replace(&self) -> Result<(), BusError> {
        let old = self.client();
        let purged = spawn_blocking(move || old.purge(PurgeConfig::default().queue().inflight()));
        let _ = purged.await; // it doesn't panic
        let client = new_client(&self.settings, &self.trouble);
        let client = Arc::new(client.map_err(|error| BusError(error.to_string()))?);
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
        Ok(())
    }
}

fn new_client(settings: &Settings, trouble: &Trouble) -> Result<Client, OpenError> {
    let bytes_max = settings.message_bytes_max.to_string();
    let mut config = client::config(settings);
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("max.in.flight", "1") // else librdkafka may take for delivered what wasn't (ADR-0014)
        .set("message.timeout.ms", "0") // never: a message that is given up leaves a gap
        // A topic that is gone is told sooner than after the usual half a minute, and made anew.
        .set("topic.metadata.propagation.max.ms", "5000")
        .set("linger.ms", "0") // batches form by themselves, as the relay reads many rows at once
        .set("compression.codec", "none")
        .set("partitioner", "murmur2_random") // that of other clients
        .set("message.max.bytes", &bytes_max)
        .set("batch.size", &bytes_max) // what one message may have, a broker takes at once
        .set("enable.gapless.guarantee", "true");
    Polled::new(&config, trouble, Publishing)
}

fn to_kafka<'a>(
    topic: &'a str,
    record: &'a Outgoing,
    ticket: Ticket,
) -> BaseRecord<'a, str, [u8], Box<Ticket>> {
    let headers = OwnedHeaders::new_with_capacity(record.headers.len());
    let headers = record
        .headers
        .iter()
        .fold(headers, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
    let to = BaseRecord::with_opaque_to(topic, Box::new(ticket));
    to.key(record.key.as_str()).payload(&record.value[..]).headers(headers)
}

/// Reports what became of each message.
pub(crate) struct Publishing;

impl ProducerContext for Context<Publishing> {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, delivered: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        let delivered = delivered.as_ref().map(|_| ()).map_err(|(error, _)| error.to_string());
        ticket.report(delivered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::messages::CancelOrder;
    use contracts::{MessageId, Source, Timestamp};
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    const TOPIC: &str = "orders.commands";

    fn message(number: u128) -> Arc<Message> {
        let body = CancelOrder { order_id: "o-1".into(), reason: "x".repeat(400) };
        Arc::new(Message {
            id: MessageId(number),
            source: Source::Operator,
            subject: "o-1".into(),
            time: Timestamp(0),
            cause: None,
            step: None,
            version: 0,
            traceparent: None,
            body: body.into(),
        })
    }

    /// Only a broker that isn't real refuses the first of two requests when it is told to.
    #[test]
    fn what_a_broker_refuses_before_it_takes_the_next_is_published_too() {
        let cluster = MockCluster::new(1).expect("a cluster");
        cluster.create_topic(TOPIC, 1, 1).expect("a topic");
        // Both would be under way at once, if that were allowed; each is a batch of its own.
        cluster.broker_round_trip_time(1, Duration::from_millis(200)).expect("a slow broker");
        let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
        cluster.request_errors(RDKafkaApiKey::Produce, &[refused]);
        let brokers = cluster.bootstrap_servers().parse().expect("addresses");
        let settings = Settings { message_bytes_max: 1_000, ..Settings::new(brokers) };
        let publisher = Publisher::new(&settings, &Trouble::default(), Arc::default());
        let publisher = publisher.expect("a publisher");
        let batch = [message(1), message(2)];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let published = runtime.expect("a runtime").block_on(publisher.publish(&batch));
        assert_eq!(published, Ok(2));
        let consumer = client::config(&settings).create::<BaseConsumer>().expect("a consumer");
        let there = consumer.fetch_watermarks(TOPIC, 0, Duration::from_secs(10));
        assert_eq!(there, Ok((0, 2)));
    }
}
