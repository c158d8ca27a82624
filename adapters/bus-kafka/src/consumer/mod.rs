//! Reading: a member of a group for each service hosted here.

mod assignment;
mod offsets;
mod queue;
mod reading;
mod versions;
mod warm_up;

use crate::client::{self, Context, Trouble};
use crate::counts::Counters;
use crate::dead_letters::DeadLetters;
use crate::error::OpenError;
use crate::readers::Reader;
use crate::settings::Settings;
use offsets::{Offsets, Partition};
use queue::Queue;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use reading::Reading;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use warm_up::WarmUp;

/// A member that isn't heard of for so long is given up by its group; the least that brokers allow
/// by default. For so long the messages of a process that was killed stand still.
const SESSION_LASTS: Duration = Duration::from_secs(6);
/// When a group shares its partitions anew it waits so long for each member that is alive. It is
/// also how long a member may be busy with what it has read; ours polls whatever else happens.
const REBALANCE_WAIT_MAX: Duration = Duration::from_secs(10);
/// Of what was acknowledged, at most so much comes again after a crash.
const COMMIT_INTERVAL: Duration = Duration::from_secs(1);
/// Until partitions are given back; Kafka may be away.
const UNASSIGNING_LASTS_MAX: Duration = Duration::from_secs(3);
/// From then on until the group is told; nothing says when that is done.
const FAREWELL_WAIT: Duration = Duration::from_millis(200);
/// What librdkafka holds ready for a member, and what it fetches at once.
const FETCHED_BYTES_MAX: usize = 4 * 1024 * 1024;

type Client = BaseConsumer<Context<Arc<State>>>;

/// What the members of a process share.
pub(crate) struct Shared {
    pub queue: Queue,
    pub dead_letters: DeadLetters,
    pub counters: Arc<Counters>,
}

/// A service that reads as a member of its group.
pub(crate) struct Member {
    client: Arc<Client>,
    state: Arc<State>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads of a member share with those who ask it.
struct State {
    reader: Reader,
    group: String,
    shared: Arc<Shared>,
    offsets: Mutex<Offsets>,
    /// How often the group has given or taken partitions.
    rebalances: AtomicU64,
    warm_up: WarmUp,
    is_ending: AtomicBool,
    /// Why it reads no more.
    failure: Mutex<Option<OpenError>>,
    /// What Kafka doesn't let it do; it goes on asking.
    denial: Mutex<Option<OpenError>>,
}

impl State {
    fn offsets(&self) -> MutexGuard<'_, Offsets> {
        self.offsets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Acquire)
    }

    /// Its threads end soon.
    fn end(&self) {
        self.is_ending.store(true, Ordering::Release);
        self.warm_up.wake();
    }

    fn failure(&self) -> Option<OpenError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn denial(&self) -> MutexGuard<'_, Option<OpenError>> {
        self.denial.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It reads no more; whoever waits for messages shall hear of it.
    fn fail(&self, error: OpenError) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        self.shared.queue.wake();
    }
}

impl Member {
    /// Joins its group. Its receipts are `first`, `first + step` and so on.
    ///
    /// # Errors
    /// librdkafka refuses the settings.
    pub fn join(
        settings: &Settings,
        trouble: &Trouble,
        reader: &Reader,
        shared: &Arc<Shared>,
        (first, step): (u64, u64),
    ) -> Result<Self, OpenError> {
        let refused = |error| OpenError::refused("its consumer", error);
        let state = Arc::new(State {
            group: format!("{}orderweaver.{}", settings.prefix, reader.service),
            reader: reader.clone(),
            shared: shared.clone(),
            offsets: Mutex::new(Offsets::new(first, step)),
            rebalances: AtomicU64::new(0),
            warm_up: WarmUp::default(),
            is_ending: AtomicBool::new(false),
            failure: Mutex::default(),
            denial: Mutex::default(),
        });
        let context = Context::new(trouble, state.clone());
        let client = config(settings, &state.group).create_with_context(context);
        let client: Arc<Client> = Arc::new(client.map_err(refused)?);
        let topics: Vec<_> = reader.topics().into_iter().map(|it| settings.topic(it)).collect();
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        client.subscribe(&names).map_err(refused)?;
        let mut reading = Reading::new(client.clone(), state.clone());
        let (warming, warmed) = (client.clone(), state.clone());
        let reads = spawn(&state, move || reading.run())?;
        let warms_up = spawn(&state, move || warm_up::run(&warming, &warmed, &topics));
        let warms_up = warms_up.inspect_err(|_| state.end())?;
        Ok(Self { client, state, threads: vec![reads, warms_up] })
    }

    /// It was handled: Kafka need not bring it again.
    pub fn acknowledge(&self, receipt: u64) {
        // Nobody may take the partition away and give it back until it is stored.
        let mut offsets = self.state.offsets();
        if let Some((partition, offset)) = offsets.acknowledge(receipt) {
            store(&self.client, &partition, offset);
        }
        drop(offsets);
        self.state.shared.dead_letters.copy(receipt);
    }

    /// Whether its group has handled everything that was there when partitions changed hands last.
    pub fn is_caught_up(&self) -> bool {
        self.state.warm_up.is_done(self.state.rebalances.load(Ordering::Acquire))
    }

    /// Why it reads no more, if it doesn't.
    pub fn failure(&self) -> Option<OpenError> {
        self.state.failure()
    }

    /// What Kafka doesn't let it do, as long as it is so.
    pub fn denial(&self) -> Option<OpenError> {
        self.state.denial().clone()
    }

    /// What it has in hand is somebody else's by now. Whoever takes its place has receipts from
    /// this one on.
    pub fn forget_all(&self) -> u64 {
        let mut offsets = self.state.offsets();
        let open = offsets.revoke_all();
        let next = offsets.next_receipt();
        drop(offsets);
        self.state.shared.queue.forget(&open);
        self.state.shared.dead_letters.forget(&open);
        next
    }

    /// Its threads end soon.
    pub fn end(&self) {
        self.state.end();
    }

    /// Leaves the group, which commits what was acknowledged. It may block.
    pub fn leave(self) {
        self.end();
        for thread in self.threads {
            let _ = thread.join(); // of a panic it has told
        }
        if self.state.failure().is_some() {
            return; // it was put out, and somebody else may have its name; or closing it leaves
        }
        // Who has a name would keep its partitions for the rest of its session if it just went.
        self.client.unsubscribe();
        let begun = Instant::now();
        let has_some = || self.client.assignment().is_ok_and(|assigned| assigned.count() > 0);
        while has_some() && begun.elapsed() < UNASSIGNING_LASTS_MAX {
            self.client.poll(FAREWELL_WAIT);
        }
        self.client.poll(FAREWELL_WAIT);
        drop(self.client);
    }
}

/// A thread of a member. If it panics the member has failed, and another one takes its place.
fn spawn(
    state: &Arc<State>,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, OpenError> {
    let failed = state.clone();
    let work = move || {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            failed.end();
            failed.fail(OpenError::Broken { group: failed.group.clone() });
        }
    };
    let thread = thread::Builder::new().name(state.group.clone()).spawn(work);
    thread.map_err(|error| OpenError::refused("its thread", error))
}

fn config(settings: &Settings, group: &str) -> ClientConfig {
    let bytes_max = FETCHED_BYTES_MAX.max(settings.message_bytes_max);
    let mut config = client::config(settings);
    config
        .set("group.id", group)
        // Who keeps a partition goes on reading it while others change hands.
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", SESSION_LASTS.as_millis().to_string())
        .set("heartbeat.interval.ms", (SESSION_LASTS / 4).as_millis().to_string())
        .set("max.poll.interval.ms", REBALANCE_WAIT_MAX.as_millis().to_string())
        .set("enable.auto.offset.store", "false")
        .set("auto.commit.interval.ms", COMMIT_INTERVAL.as_millis().to_string())
        .set("auto.offset.reset", "earliest")
        .set("fetch.max.bytes", bytes_max.to_string())
        .set("queued.max.messages.kbytes", (bytes_max / 1024).to_string())
        .set("fetch.queue.backoff.ms", "10");
    if let Some(replica) = &settings.replica {
        config.set("group.instance.id", replica);
    }
    config
}

/// Up to there the partition is done with; committed soon.
fn store(client: &Client, partition: &Partition, offset: i64) {
    let mut list = TopicPartitionList::new();
    let stored = list
        .add_partition_offset(&partition.topic, partition.number, Offset::Offset(offset))
        .and_then(|()| client.store_offsets(&list));
    if let Err(error) = stored {
        tracing::debug!(%error, "an offset was not stored: some messages will come again");
    }
}
