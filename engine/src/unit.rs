//! The unit of work: the transaction as a value. And the rows that a store keeps.

use crate::delivery::{Consumed, Fingerprint, InboxKey};
use contracts::{
    Attributes, Message, MessageId, ServiceName, Source, Subject, Timestamp, UnreadableMessage,
};
use service::{RecordKey, Reply, Value};
use std::ops::AddAssign;
use std::sync::Arc;

/// Names a row without saying what it means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Whose it is.
    pub service: ServiceName,
    /// Which.
    pub record: RecordKey,
}

/// A record as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How many decisions have written it; 0: there is no such row.
    pub version: u64,
    /// The number of the body's shape.
    pub schema: u32,
    /// What the codec made of the record.
    pub body: Vec<u8>,
}

impl Row {
    /// There is no such row.
    pub const ABSENT: Self = Self { version: 0, schema: 0, body: vec![] };

    /// There is such a row, but not as it was written: no body can be made of it.
    pub const UNREADABLE: Self = Self { version: u64::MAX, schema: 0, body: vec![] };
}

/// Where later messages of one source about one subject wait behind a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotKey {
    /// The service that could not handle the message.
    pub service: ServiceName,
    /// Whose messages wait.
    pub source: Source,
    /// About what.
    pub subject: Subject,
}

/// Everything that one round changes. It is committed as a whole or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitOfWork {
    /// The store's time of the round.
    pub now: Timestamp,
    /// What was handled and must never be handled again.
    pub inbox: Vec<InboxRow>,
    /// The version of every row that the decisions rest on, not only of those written. An absent
    /// row has version 0.
    pub seen: Vec<(RowKey, u64)>,
    /// Whether there was a lot, for each that was looked at.
    pub seen_lots: Vec<(LotKey, bool)>,
    /// Rows that become or stay.
    pub writes: Vec<Write>,
    /// Rows that are new by construction; one that exists is a defect and rejects the unit.
    pub appends: Vec<Write>,
    /// Rows that were handled and go. One that is gone already is a conflict.
    pub consumed: Vec<Consumed>,
    /// Timers set (with their row) or cancelled (without), after `consumed` was done.
    pub timers: Vec<(TimerKey, Option<TimerRow>)>,
    /// Requests to be performed.
    pub effects: Vec<EffectRow>,
    /// What is added to tallies, each named once.
    pub tallies: Vec<(TallyKey, Tallied)>,
    /// Messages that leave, in the order in which they were sent.
    pub outbox: Vec<Arc<Message>>,
    /// Of the outbox, what is behind the first position, up to the second one, was published and
    /// goes. Whoever says so has seen it safe on the bus, so it doesn't matter who leads by now.
    pub published: Option<(u64, u64)>,
    /// Hops that did not fit into the round, in the order in which they were sent.
    pub hops: Vec<HopRow>,
    /// What could not be handled.
    pub dead: Vec<DeadLetter>,
    /// Lots that come with the dead letters. One that nobody has looked at may be there already.
    pub new_lots: Vec<LotKey>,
    /// What waits behind a dead letter.
    pub parked: Vec<ParkedRow>,
    /// Every message handled or sent, each once.
    pub log: Vec<Arc<Message>>,
    /// How many deliveries the inbox knew already. Nothing of them is stored.
    pub duplicates: usize,
}

/// A message that was handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// By whom.
    pub service: ServiceName,
    /// What it is known by.
    pub key: InboxKey,
    /// Of the request; zeros for what came by the bus.
    pub fingerprint: Fingerprint,
    /// What was said at the door.
    pub reply: Option<Reply>,
}

/// A record as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Which.
    pub key: RowKey,
    /// The version that the row had; 0: it is new.
    pub version_before: u64,
    /// The version that it gets: one more for every decision that wrote it.
    pub version: u64,
    /// What the codec made of the record.
    pub body: Vec<u8>,
    /// The values of the kind's columns.
    pub columns: Vec<Value>,
}

/// Names a timer: a subject has at most one with a label in each service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerKey {
    /// Whose it is.
    pub service: ServiceName,
    /// About what.
    pub subject: Subject,
    /// Which.
    pub label: Subject,
}

/// A timer: a message to oneself at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct TimerRow {
    /// Which.
    pub key: TimerKey,
    /// When it is due.
    pub at: Timestamp,
    /// What is said then.
    pub message: Message,
}

/// A request to somebody outside, to be performed after the commit.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectRow {
    /// Who waits for the answer.
    pub service: ServiceName,
    /// Operation and attempt.
    pub id: Subject,
    /// Who performs it.
    pub destination: String,
    /// What is asked.
    pub request: Arc<Message>,
    /// Until when somebody performs it; before that nobody else may.
    pub claimed_until: Timestamp,
    /// The epoch of who performs it; 0: nobody.
    pub claimed_by: u64,
}

/// Names a tally.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TallyKey {
    /// Whose it is.
    pub service: ServiceName,
    /// Which.
    pub name: Subject,
    /// What is counted.
    pub unit: Subject,
}

/// What came on and what went off; so large that no sum of amounts is beyond it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tallied {
    /// What came on.
    pub plus: i128,
    /// What went off.
    pub minus: i128,
}

impl AddAssign for Tallied {
    fn add_assign(&mut self, other: Self) {
        self.plus = self.plus.saturating_add(other.plus);
        self.minus = self.minus.saturating_add(other.minus);
    }
}

/// A message to a service hosted here that waits for the next round.
#[derive(Clone, Debug, PartialEq)]
pub struct HopRow {
    /// Who shall handle it.
    pub to: ServiceName,
    /// The message.
    pub message: Arc<Message>,
}

/// A message that could not be handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Who could not handle it.
    pub service: ServiceName,
    /// Its id, or what stands for it.
    pub id: MessageId,
    /// Who sent it; unknown for bytes that are no message.
    pub source: Option<Source>,
    /// About what.
    pub subject: Subject,
    /// Why: the pair of state and message, the panic, what the store rejected.
    pub reason: String,
    /// The encoded message, or the bytes that are none.
    pub bytes: Vec<u8>,
}

/// A message that waits behind a dead letter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParkedRow {
    /// Where.
    pub lot: LotKey,
    /// The message.
    pub message: Arc<Message>,
}

/// What the log says about one subject in one round, without the content of the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// Its place in the log.
    pub position: u64,
    /// In the order in which they were handled or sent.
    pub messages: Result<Vec<Attributes>, UnreadableMessage>,
}
