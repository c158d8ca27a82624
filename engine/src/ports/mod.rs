//! The ports: what the engine needs of the world. Each has at most ten methods.
//!
//! They are `async` because PostgreSQL and Kafka are; the returned futures are `Send`, so any
//! executor can run them, also the simulator's.

mod no_bus;
mod queries;

pub use no_bus::NoBus;
pub use queries::{
    Backlog, Damage, Group, LogPage, LogPlace, LogRequest, LoggedMessage, Newest, Page, PagePlace,
    PageRequest, Queries, Scan, ScanRequest, Scanned, ScannedSubject, Stored, Stray, Subjects,
    Tally, TallyRequest,
};

use crate::delivery::{Consumed, Delivery};
use crate::round::Round;
use crate::unit::{DeadLetter, EffectRow, HopRow, TimerRow, UnitOfWork, Write};
use contracts::{Message, ServiceName, Timestamp};
use service::Reply;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Why a store could not do it; what must happen next decides which it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// It can't be reached, or was interrupted: wait and try again, nothing is burnt.
    Unavailable(String),
    /// The disk is full: as unavailable for writing, but reads go on.
    StorageFull(String),
    /// This unit can never be committed: a CHECK failed, a value is too long.
    Rejected(String),
    /// It can't be trusted any more (a failed fsync): end the process.
    Fatal(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(what) => write!(formatter, "the store is unavailable: {what}"),
            Self::StorageFull(what) => write!(formatter, "the disk is full: {what}"),
            Self::Rejected(what) => write!(formatter, "the store rejects the write: {what}"),
            Self::Fatal(what) => write!(formatter, "the store can't be trusted any more: {what}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// A round that was committed.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// What to say at the door, one for each delivery.
    pub replies: Vec<Option<Reply>>,
    /// Requests that this process has claimed with the commit.
    pub effects: Vec<EffectRow>,
    /// The earliest timer that the round has set.
    pub next_timer: Option<Timestamp>,
    /// The messages that were added to the outbox, with their positions.
    pub outbox: Vec<(u64, Arc<Message>)>,
    /// How many hops now wait for the next round.
    pub hops: usize,
    /// How many requests nobody has claimed yet.
    pub unclaimed: usize,
    /// Every message that was handled or sent.
    pub log: Vec<Arc<Message>>,
    /// Those of them that could not be handled.
    pub dead: Vec<DeadLetter>,
    /// The rows that were written.
    pub writes: Vec<Write>,
    /// How many deliveries the inbox knew already.
    pub duplicates: usize,
}

impl Committed {
    /// What the loops and observers must know of a unit that was committed. Its messages that leave
    /// have got these positions, which grow from commit to commit.
    pub fn new(
        replies: Vec<Option<Reply>>,
        unit: UnitOfWork,
        positions: impl IntoIterator<Item = u64>,
    ) -> Self {
        let UnitOfWork { timers, outbox, hops, effects, log, dead, writes, duplicates, .. } = unit;
        let next_timer = timers.iter().filter_map(|(_, row)| Some(row.as_ref()?.at)).min();
        let (outbox, hops) = (positions.into_iter().zip(outbox).collect(), hops.len());
        let (effects, unclaimed): (Vec<_>, Vec<_>) =
            effects.into_iter().partition(|effect| effect.claimed_by != 0);
        let unclaimed = unclaimed.len();
        Self {
            replies,
            effects,
            next_timer,
            outbox,
            hops,
            unclaimed,
            log,
            dead,
            writes,
            duplicates,
        }
    }
}

/// A round that was not committed; nothing of it has happened.
pub struct Failed {
    /// Why.
    pub error: StoreError,
    /// What the round was made of, to be tried again or taken apart. Empty if the store lost it,
    /// which is fatal.
    pub deliveries: Vec<Delivery>,
}

/// What a store has seen since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// A round that was decided again, because another process had changed what it rests on.
    pub conflicts: u64,
    /// Those who wait for a connection now.
    pub waiting_for_connections: u64,
}

/// The only way to change anything.
pub trait Transactions: Send + Sync + 'static {
    /// What it has seen by now.
    fn counts(&self) -> StoreCounts {
        StoreCounts::default()
    }

    /// Drives the round inside one transaction; after a conflict, once more. Safe to drop: what was
    /// begun is finished or rolled back as a whole.
    fn transact(&self, round: Round) -> impl Future<Output = Result<Committed, Failed>> + Send;
}

/// Who performs effects, and for how long nobody else may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Of this process; one that started later has a higher one.
    pub epoch: u64,
    /// How long a claim lasts.
    pub lease: Duration,
    /// How many more requests may be performed at once.
    pub slots: usize,
}

impl Claim {
    /// Takes a slot if one is left: until when and by whom. Zeros: by nobody.
    pub(crate) fn take(&mut self, now: Timestamp) -> (Timestamp, u64) {
        if self.slots == 0 {
            return (Timestamp(0), 0);
        }
        self.slots -= 1;
        (now + self.lease, self.epoch)
    }
}

/// What waits in a store, whoever has left it there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// When the next timer is due.
    pub next_timer: Option<Timestamp>,
    /// Whether there are hops to be handled.
    pub hops: bool,
    /// The last position in the outbox, if there is anything that was not published.
    pub outbox: Option<u64>,
    /// Whether there are requests that nobody performs by now.
    pub effects: bool,
}

/// What waits in the store to be delivered.
pub trait Deliveries: Send + Sync + 'static {
    /// The timers that are due at the store's time, earliest first.
    fn due_timers(
        &self,
        timers_max: usize,
    ) -> impl Future<Output = Result<Vec<TimerRow>, StoreError>> + Send;

    /// What waits, as the process of that epoch sees it, which has published the outbox up to a
    /// position. It is asked again and again, so it costs no more than a read.
    fn waiting(
        &self,
        epoch: u64,
        published: u64,
    ) -> impl Future<Output = Result<Waiting, StoreError>> + Send;

    /// Hops to be handled, in order, with their positions.
    fn hops(
        &self,
        rows_max: usize,
    ) -> impl Future<Output = Result<Vec<(u64, HopRow)>, StoreError>> + Send;

    /// Messages to be published behind that position, in order, with their positions: nothing can
    /// come before one of them any more.
    fn outbox(
        &self,
        after: u64,
        rows_max: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Arc<Message>)>, StoreError>> + Send;

    /// Claims requests that nobody performs.
    fn claim_effects(
        &self,
        claim: Claim,
    ) -> impl Future<Output = Result<Vec<EffectRow>, StoreError>> + Send;

    /// Forgets what the inbox has known for longer than that by the store's time, at most so many
    /// rows, if they go one by one; a store may keep it up to twice as long (one that rotates
    /// partitions). Whether more may be forgotten at once.
    fn forget(
        &self,
        kept: Duration,
        rows_max: usize,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// A new epoch for a process that begins its work on this store.
    fn new_epoch(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Leadership over publishing, for so long; none while somebody else leads.
    fn lead(
        &self,
        epoch: u64,
        lease: Duration,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Why a bus could not do it: wait and try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusError(pub String);

/// How far a batch got: so many of its first messages are safe on the bus.
pub type Published = usize;

/// Something that the bus brings, and the receipt to give back when it was handled.
#[derive(Clone, Debug)]
pub struct Received {
    /// Which hosted service shall handle it.
    pub to: ServiceName,
    /// The message, or the bytes that are none.
    pub message: Result<Message, Unreadable>,
    /// To be acknowledged.
    pub receipt: u64,
}

/// Bytes that are no message, and where they stand on the bus: it identifies them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The topic.
    pub topic: String,
    /// The partition of the topic.
    pub partition: i32,
    /// The place in the partition.
    pub offset: i64,
    /// The key they came under.
    pub key: Vec<u8>,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What is wrong with them.
    pub reason: String,
}

/// How often something happened on a bus since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusCounts {
    /// An event whose version is beyond the next one of its source and subject. A few are no
    /// fault: a decision that says nothing on a topic leaves a gap there.
    pub gaps: u64,
    /// A message that came before: its version, or its id, was seen already.
    pub repeats: u64,
    /// A record that is no message.
    pub unreadable: u64,
    /// The group gave partitions to a member here or took some away.
    pub rebalances: u64,
    /// A batch that could not be published as a whole, so that its rest was published again.
    pub publishing_failures: u64,
}

/// At-least-once is enough: the inbox makes it once.
pub trait Bus: Send + Sync + 'static {
    /// Publishes in order; stops at the first failure.
    fn publish(
        &self,
        batch: Vec<Arc<Message>>,
    ) -> impl Future<Output = Result<Published, BusError>> + Send;

    /// Waits for messages to the services hosted here from those that are not. Among themselves
    /// those hosted here have handled them already.
    fn next(
        &self,
        messages_max: usize,
    ) -> impl Future<Output = Result<Vec<Received>, BusError>> + Send;

    /// These were handled and are on disk.
    fn acknowledge(&self, receipts: Vec<u64>) -> impl Future<Output = Result<(), BusError>> + Send;

    /// Whether everything has been brought, to this process or to a replica of it, that was there
    /// when partitions changed hands last, or before there are any.
    fn caught_up(&self) -> bool;

    /// Whether it can be reached now; else what stands in the way.
    fn status(&self) -> Result<(), BusError> {
        Ok(())
    }

    /// Whether somebody answers there, as far as is known. A process to whom nobody answers leaves
    /// publishing to a replica of it.
    fn is_reachable(&self) -> bool {
        true
    }

    /// What it has seen by now.
    fn counts(&self) -> BusCounts {
        BusCounts::default()
    }

    /// Ends in order, so that others take over at once.
    fn close(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Somebody outside: a payment provider, a merchant's webhook.
pub trait Effects: Send + Sync + 'static {
    /// Performs a request once, outside any transaction. It always gives an answer message; that
    /// none came in time is one of the answers.
    fn perform(&self, request: Arc<Message>) -> impl Future<Output = contracts::Body> + Send;

    /// Whether they answer now, or else what is missing. None: they are part of this process.
    fn status(&self) -> impl Future<Output = Option<Result<(), String>>> + Send {
        async { None }
    }
}

/// Time.
pub trait Clock: Send + Sync + 'static {
    /// The time by this clock.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send;
}

impl Consumed {
    /// The consumed row of a timer.
    pub fn timer(timer: &TimerRow) -> Self {
        Self::Timer { key: timer.key.clone(), at: timer.at }
    }
}
