//! The topics: made where they are missing, else held against what must be true of them.

use crate::client::{self, Context, Trouble, is_unreachable};
use crate::error::OpenError;
use crate::readers::Reader;
use crate::settings::{SEGMENT_LASTS, Settings};
use contracts::MessageType;
use engine::INBOX_KEPT;
use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigResource, NewTopic, OwnedResourceSpecifier, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// For all that is asked of a broker before it counts as unreachable.
const PREPARING_LASTS_MAX: Duration = Duration::from_secs(10);
/// For one question.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(5);
/// Until a topic that was made is known to a broker that is asked for it.
const PROPAGATION_PAUSE: Duration = Duration::from_millis(50);
/// What makes the name of a topic that of its dead letters.
pub(crate) const DEAD_LETTERS: &str = ".dlq";

/// The topics of the house, and those for the dead letters of the ones that are read here, by their
/// names on the cluster.
fn names(settings: &Settings, readers: &[Reader]) -> BTreeSet<String> {
    let topics = MessageType::ALL.iter().filter_map(|message| message.topic());
    let read = readers.iter().flat_map(|reader| reader.topics());
    let dead_letters = read.map(|topic| settings.topic(topic) + DEAD_LETTERS);
    topics.map(|topic| settings.topic(topic)).chain(dead_letters).collect()
}

/// Makes what is missing and checks the rest.
///
/// # Errors
/// Kafka can't be reached, or is not as it must be.
pub(crate) async fn prepare(
    settings: &Settings,
    readers: &[Reader],
    trouble: &Trouble,
) -> Result<(), OpenError> {
    let admin = client::config(settings).create_with_context(Context::new(trouble, ()));
    let admin = admin.map_err(|error| OpenError::refused("its client", error))?;
    let desk = Desk { admin: Arc::new(admin), settings, trouble };
    let prepared = timeout(PREPARING_LASTS_MAX, desk.prepare(&names(settings, readers))).await;
    client::end(desk.admin).await;
    prepared.unwrap_or_else(|_| {
        let otherwise = format!("no answer within {PREPARING_LASTS_MAX:?}");
        Err(trouble.unreachable(&settings.brokers, &otherwise))
    })
}

/// Removes all topics whose names begin with the prefix of the settings; none if that is empty. For
/// shops that were made for a while.
///
/// # Errors
/// Kafka can't be reached, or refuses.
pub async fn remove_topics(settings: &Settings) -> Result<(), OpenError> {
    if settings.prefix.is_empty() {
        return Ok(());
    }
    let trouble = Trouble::default();
    let admin = client::config(settings).create_with_context(Context::new(&trouble, ()));
    let admin = admin.map_err(|error| OpenError::refused("its client", error))?;
    let desk = Desk { admin: Arc::new(admin), settings, trouble: &trouble };
    let removed = desk.remove().await;
    client::end(desk.admin).await;
    removed
}

struct Desk<'a> {
    admin: Arc<AdminClient<Context>>,
    settings: &'a Settings,
    trouble: &'a Trouble,
}

impl Desk<'_> {
    async fn prepare(&self, names: &BTreeSet<String>) -> Result<(), OpenError> {
        let (mut there, mut missing) = (vec![], vec![]);
        for (name, topic) in names.iter().zip(self.describe(names).await?) {
            if !topic.entries.is_empty() {
                self.check(name, &topic)?;
                there.push(name.as_str());
            } else if self.partitions(name).await? > 0 {
                tracing::warn!(topic = name, "we may not see for how long it keeps messages");
                there.push(name.as_str());
            } else {
                missing.push(name.as_str());
            }
        }
        // Nothing is made beside a topic that can't be used.
        self.check_partitions(&there).await?;
        self.make(&missing).await?;
        self.check_partitions(&missing).await
    }

    /// In the order of the names. A topic without entries isn't there, or we may not see it.
    async fn describe(&self, names: &BTreeSet<String>) -> Result<Vec<ConfigResource>, OpenError> {
        let what = "to describe topics";
        let asked: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let answers = self.admin.describe_configs(&asked, &options()).await;
        let answers = answers.map_err(|error| self.error(what, &error))?;
        let topics = answers.into_iter().collect::<Result<Vec<_>, _>>();
        let topics = topics.map_err(|code| self.refused(what, code))?;
        let wanted = names.iter().map(|name| OwnedResourceSpecifier::Topic(name.clone()));
        if !topics.iter().map(|topic| &topic.specifier).eq(wanted.collect::<Vec<_>>().iter()) {
            return Err(OpenError::refused(what, "others came"));
        }
        Ok(topics)
    }

    async fn make<'a>(&self, missing: &[&'a str]) -> Result<(), OpenError> {
        if missing.is_empty() {
            return Ok(());
        }
        let Settings { partitions, replication, retention, message_bytes_max, .. } = self.settings;
        let retention = retention.as_millis().to_string();
        let segment = SEGMENT_LASTS.as_millis().to_string();
        let bytes = message_bytes_max.to_string();
        // One broker that is away stops nobody. With three or more, what is acknowledged also
        // outlives a broker for good; with two, only one that comes back.
        let in_sync = replication.saturating_sub(1).max(1).to_string();
        let topic = |name: &&'a str| {
            NewTopic::new(
                name,
                (*partitions).into(),
                TopicReplication::Fixed((*replication).into()),
            )
            .set("cleanup.policy", "delete")
            .set("retention.ms", &retention)
            .set("segment.ms", &segment)
            .set("max.message.bytes", &bytes)
            .set("min.insync.replicas", &in_sync)
        };
        let topics: Vec<_> = missing.iter().map(topic).collect();
        let made = self.admin.create_topics(&topics, &options()).await;
        for outcome in made.map_err(|error| self.error("to make topics", &error))? {
            match outcome {
                Ok(topic) => tracing::info!(topic, "made"),
                // Another process was faster; it wants the same.
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => return Err(self.not_made(topic, code)),
            }
        }
        Ok(())
    }

    async fn remove(&self) -> Result<(), OpenError> {
        let (admin, what) = (self.admin.clone(), "to remove topics");
        let asked = tokio::task::spawn_blocking(move || {
            admin.inner().fetch_metadata(None, ANSWER_WAIT_MAX)
        });
        let Ok(answer) = asked.await else { return Ok(()) };
        let metadata = answer.map_err(|error| self.error(what, &error))?;
        let names = metadata.topics().iter().map(|topic| topic.name());
        let ours: Vec<_> = names.filter(|it| it.starts_with(&self.settings.prefix)).collect();
        if ours.is_empty() {
            return Ok(());
        }
        let removed = self.admin.delete_topics(&ours, &options()).await;
        for outcome in removed.map_err(|error| self.error(what, &error))? {
            outcome.map_err(|(_, code)| self.refused(what, code))?;
        }
        Ok(())
    }

    fn not_made(&self, topic: String, code: RDKafkaErrorCode) -> OpenError {
        let Settings { partitions, replication, .. } = *self.settings;
        match code {
            RDKafkaErrorCode::InvalidReplicationFactor => OpenError::Settings(format!(
                "topic {topic} can't have {replication} replicas here: want no more than there are \
                 brokers, and an odd number of Redpanda, or add brokers"
            )),
            code if is_unreachable(code) => self.refused("to make topics", code),
            code => OpenError::Missing { topic, partitions, reason: code.to_string() },
        }
    }

    fn check(&self, name: &str, topic: &ConfigResource) -> Result<(), OpenError> {
        let value = |key| topic.get(key).and_then(|entry| entry.value.as_deref());
        let number = |key| value(key).and_then(|value| value.parse::<i64>().ok());
        let topic = name.to_string();
        if value("cleanup.policy").is_some_and(|policy| policy.contains("compact")) {
            return Err(OpenError::Compacted { topic });
        }
        // Nothing: minus one, for ever.
        let span = |key| number(key).and_then(|it| u64::try_from(it).ok());
        let retention = span("retention.ms").map(Duration::from_millis);
        let segment = span("segment.ms").map_or(Duration::ZERO, Duration::from_millis);
        if retention.is_none_or(|retention| retention.saturating_add(segment) >= INBOX_KEPT) {
            return Err(OpenError::KeptTooLong { topic, retention, segment });
        }
        let wanted = self.settings.message_bytes_max;
        let found = number("max.message.bytes").and_then(|it| usize::try_from(it).ok());
        match found {
            Some(found) if found < wanted => Err(OpenError::TooSmall { topic, found, wanted }),
            _ => Ok(()),
        }
    }

    /// One that was just made may take a moment until every broker knows it.
    async fn check_partitions(&self, names: &[&str]) -> Result<(), OpenError> {
        let wanted = self.settings.partitions;
        for &name in names {
            let found = loop {
                match self.partitions(name).await? {
                    0 => sleep(PROPAGATION_PAUSE).await,
                    found => break found,
                }
            };
            if found < usize::from(wanted) {
                return Err(OpenError::TooFewPartitions { topic: name.into(), found, wanted });
            }
        }
        Ok(())
    }

    /// None as long as the broker doesn't know the topic or one of its leaders.
    async fn partitions(&self, name: &str) -> Result<usize, OpenError> {
        let (admin, topic) = (self.admin.clone(), name.to_string());
        let asked = tokio::task::spawn_blocking(move || {
            admin.inner().fetch_metadata(Some(&topic), ANSWER_WAIT_MAX)
        });
        let what = format!("to name the partitions of {name}");
        let Ok(answer) = asked.await else { return Ok(0) };
        let metadata = answer.map_err(|error| self.error(&what, &error))?;
        let partitions = metadata.topics().first().map(|topic| topic.partitions());
        let partitions = partitions.unwrap_or_default();
        let is_led = partitions.iter().all(|partition| partition.leader() >= 0);
        Ok(if is_led { partitions.len() } else { 0 })
    }

    fn error(&self, what: &str, error: &KafkaError) -> OpenError {
        let code = match error {
            KafkaError::AdminOp(code) => Some(*code),
            error => error.rdkafka_error_code(),
        };
        match code {
            Some(code) => self.refused(what, code),
            None => OpenError::refused(what, error),
        }
    }

    fn refused(&self, what: &str, code: RDKafkaErrorCode) -> OpenError {
        if is_unreachable(code) {
            return self.trouble.unreachable(&self.settings.brokers, &code.to_string());
        }
        OpenError::refused(what, code)
    }
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(ANSWER_WAIT_MAX))
        .operation_timeout(Some(ANSWER_WAIT_MAX))
}
