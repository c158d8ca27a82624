//! Topics and groups of its own for each test, on one broker. They are deleted in the end; what a
//! killed test program left behind a later one deletes, a day after.

use bus_kafka::Settings;
use bus_kafka::wire::Outgoing;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};
use std::future::Future;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is older belongs to no test that still runs.
const TEST_LASTS_MAX: Duration = Duration::from_hours(24);
pub const ANSWER_WAIT_MAX: Duration = Duration::from_secs(20);

/// Whatever on a broker begins with one prefix.
pub struct Cluster {
    pub brokers: String,
    pub prefix: String,
    /// Others are on it too.
    is_shared: bool,
}

impl Cluster {
    /// On the broker that all tests share.
    pub fn new() -> Self {
        static LEFTOVERS: Once = Once::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let brokers = servers::kafka().to_string();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        LEFTOVERS.call_once(|| delete(&brokers, is_leftover));
        let prefix = format!("test-{}-{}-{count}.", now().as_secs(), std::process::id());
        Self { brokers, prefix, is_shared: true }
    }

    /// On a broker that goes when the test ends.
    pub fn alone_at(brokers: &str) -> Self {
        Self { brokers: brokers.into(), prefix: String::new(), is_shared: false }
    }

    /// With few partitions, so that a broker bears many tests.
    pub fn settings(&self) -> Settings {
        let settings = Settings::new(self.brokers.parse().expect("brokers"));
        Settings { prefix: self.prefix.clone(), partitions: 2, ..settings }
    }

    /// The same for the client of a test.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("allow.auto.create.topics", "false")
            .set("partitioner", "murmur2_random");
        config
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().expect("a client")
    }

    pub async fn make_topic(&self, name: &str, partitions: i32, config: &[(&str, &str)]) {
        let name = format!("{}{name}", self.prefix);
        let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        let topic = config.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        let made = self.admin().create_topics([&topic], &options()).await.expect("an answer");
        assert_eq!(made, [Ok(name.clone())]);
    }

    pub async fn delete_topic(&self, name: &str) {
        let name = format!("{}{name}", self.prefix);
        let deleted = self.admin().delete_topics(&[&name], &options()).await.expect("an answer");
        assert_eq!(deleted, [Ok(name.clone())]);
    }

    /// How a topic is configured.
    pub async fn setting(&self, topic: &str, key: &str) -> Option<String> {
        let name = format!("{}{topic}", self.prefix);
        let asked = [ResourceSpecifier::Topic(&name)];
        let admin = self.admin();
        let answers = admin.describe_configs(&asked, &options()).await.expect("an answer");
        let topic = answers.into_iter().next().expect("one").expect("a topic");
        topic.get(key)?.value.clone()
    }

    /// The topics of this test, without their prefix, and how many partitions each has.
    pub fn topics(&self) -> Vec<(String, usize)> {
        let of = |name: &str| name.strip_prefix(&self.prefix).map(String::from);
        let mut topics = topics(&self.brokers);
        topics.sort();
        topics.iter().filter_map(|(name, count)| Some((of(name)?, *count))).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.is_shared {
            delete(&self.brokers, |name| name.starts_with(&self.prefix));
        }
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ANSWER_WAIT_MAX))
}

/// Since 1970.
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970")
}

fn is_leftover(topic: &str) -> bool {
    let made = topic.strip_prefix("test-").and_then(|rest| rest.split_once('-'));
    let made = made.and_then(|(seconds, _)| seconds.parse().ok());
    made.is_some_and(|made| Duration::from_secs(made) + TEST_LASTS_MAX < now())
}

fn topics(brokers: &str) -> Vec<(String, usize)> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    let admin: AdminClient<DefaultClientContext> = config.create().expect("a client");
    let metadata = admin.inner().fetch_metadata(None, ANSWER_WAIT_MAX).expect("metadata");
    let topics = metadata.topics().iter();
    topics.map(|topic| (topic.name().to_string(), topic.partitions().len())).collect()
}

/// It may be called where nobody may wait.
fn delete(brokers: &str, which: impl Fn(&str) -> bool) {
    let names: Vec<String> =
        topics(brokers).into_iter().map(|(name, _)| name).filter(|name| which(name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if names.is_empty() {
        return;
    }
    apart(async {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers);
        let admin: AdminClient<DefaultClientContext> = config.create().expect("a client");
        let _ = admin.delete_topics(&names, &options()).await; // somebody else may be doing that
    });
}

/// On a thread of its own, which may wait although a test calls it inside of a runtime.
fn apart(work: impl Future<Output = ()> + Send) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let run = || runtime().expect("a runtime").block_on(work);
    let done = std::thread::scope(|scope| scope.spawn(run).join());
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

/// Runs a test on one thread that does everything.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let guarded = async { tokio::time::timeout(Duration::from_secs(120), test).await };
    runtime.expect("a runtime").block_on(guarded).expect("it waited for what never came");
}

impl Cluster {
    /// Changes how a topic is configured; the rest falls back to the broker's defaults.
    pub async fn set(&self, topic: &str, key: &str, value: &str) {
        let name = format!("{}{topic}", self.prefix);
        let change = AlterConfig::new(ResourceSpecifier::Topic(&name)).set(key, value);
        let changed = self.admin().alter_configs([&change], &options()).await.expect("an answer");
        assert!(changed.iter().all(Result::is_ok), "{changed:?}");
    }

    /// How many members a group has.
    pub fn members(&self, group: &str) -> usize {
        let client: BaseConsumer = self.client().create().expect("a client");
        let name = format!("{}{group}", self.prefix);
        let groups = client.fetch_group_list(Some(&name), ANSWER_WAIT_MAX).expect("an answer");
        groups.groups().iter().map(|group| group.members().len()).sum()
    }

    /// The sum of what a group has committed in the partitions of a topic.
    pub fn committed(&self, group: &str, topic: &str) -> i64 {
        let mut config = self.client();
        config.set("group.id", format!("{}{group}", self.prefix));
        let client: BaseConsumer = config.create().expect("a client");
        let name = format!("{}{topic}", self.prefix);
        let mut list = TopicPartitionList::new();
        let count = self.topics().into_iter().find(|(it, _)| it == topic).expect("a topic").1;
        list.add_partition_range(&name, 0, i32::try_from(count).expect("few") - 1);
        let committed = client.committed_offsets(list, ANSWER_WAIT_MAX).expect("an answer");
        let offsets = committed.elements().into_iter().filter_map(|it| it.offset().to_raw());
        offsets.filter(|offset| *offset > 0).sum()
    }

    /// Writes a record as it is. It may block.
    pub fn write(&self, topic: &str, record: &Outgoing) {
        let producer: BaseProducer = self.client().create().expect("a producer");
        self.send(&producer, topic, record);
        producer.flush(ANSWER_WAIT_MAX).expect("written");
    }

    /// The same with that producer, which writes it sooner or later.
    pub fn send(&self, producer: &BaseProducer, topic: &str, record: &Outgoing) {
        let topic = format!("{}{topic}", self.prefix);
        let headers = record.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let record = BaseRecord::to(&topic).key(&record.key).payload(&record.value);
        producer.send(record.headers(headers)).map_err(|(error, _)| error).expect("sent");
    }

    /// The records of a topic from its beginning, once there are so many; of each partition in its
    /// order. It may block.
    pub fn records(&self, topic: &str, count: usize) -> Vec<OwnedMessage> {
        let mut config = self.client();
        config.set("group.id", format!("{}reader", self.prefix)).set("enable.auto.commit", "false");
        let consumer: BaseConsumer = config.create().expect("a consumer");
        let name = format!("{}{topic}", self.prefix);
        let metadata = consumer.fetch_metadata(Some(&name), ANSWER_WAIT_MAX).expect("metadata");
        let mut all = TopicPartitionList::new();
        for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
            all.add_partition_offset(&name, partition.id(), Offset::Beginning).expect("a place");
        }
        consumer.assign(&all).expect("assigned");
        let mut records = vec![];
        while records.len() < count {
            let record = consumer.poll(ANSWER_WAIT_MAX).expect("a record in time");
            records.push(record.expect("a record").detach());
        }
        records
    }
}
