//! The thread of a member. It polls Kafka whatever else happens, since a member that doesn't poll
//! is given up by its group. What it reads waits in a queue; while that is full it pauses its
//! partitions and goes on polling.

use super::offsets::Partition;
use super::versions::{Step, Versions};
use super::{COMMIT_INTERVAL, Client, State, store};
use crate::counts::count;
use crate::error::OpenError;
use crate::wire::{self, Incoming};
use contracts::{Message, Timestamp, UnreadableMessage};
use engine::{Received, Unreadable, caught};
use rdkafka::Offset;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// For so long it waits for a message before it looks around.
const POLL_WAIT: Duration = Duration::from_millis(100);
/// So many messages are read before those who wait for them hear of it.
const READ_MAX: usize = 256;

pub(super) struct Reading {
    client: Arc<Client>,
    state: Arc<State>,
    versions: Versions,
    /// How many there were when it looked last.
    rebalances: u64,
    is_paused: bool,
    positions_stored: Instant,
}

impl Reading {
    pub fn new(client: Arc<Client>, state: Arc<State>) -> Self {
        let (versions, positions_stored) = (Versions::default(), Instant::now());
        Self { client, state, versions, rebalances: 0, is_paused: false, positions_stored }
    }

    /// Reads until the member ends, or can't go on.
    pub fn run(&mut self) {
        while !self.state.is_ending() {
            let rebalances = self.state.rebalances.load(Ordering::Acquire);
            let is_reassigned = rebalances != self.rebalances;
            self.rebalances = rebalances;
            if is_reassigned {
                self.versions.forget(); // others may have read on meanwhile
            }
            self.pause_or_resume(is_reassigned);
            match self.read() {
                Ok(0) => self.store_positions(),
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, group = self.state.group, "nothing is read any more");
                    self.state.fail(error);
                    return;
                }
            }
        }
    }

    fn pause_or_resume(&mut self, is_reassigned: bool) {
        let queue = &self.state.shared.queue;
        let is_full = if self.is_paused { !queue.has_room() } else { queue.is_full() };
        // A partition that was paused when it was taken away comes back as such, and a new one is
        // read.
        if is_full == self.is_paused && !is_reassigned {
            return;
        }
        let done = self.client.assignment().and_then(|assigned| match is_full {
            true => self.client.pause(&assigned),
            false => self.client.resume(&assigned),
        });
        if done.is_ok() {
            self.is_paused = is_full;
        }
    }

    /// What is there, or else what comes next: how many records.
    fn read(&mut self) -> Result<usize, OpenError> {
        let mut received = vec![];
        let mut records = 0;
        let client = self.client.clone();
        while records < READ_MAX {
            let wait = if records == 0 { POLL_WAIT } else { Duration::ZERO };
            match client.poll(wait) {
                Some(Ok(record)) => {
                    records += 1;
                    received.extend(self.receive(&record));
                }
                Some(Err(KafkaError::MessageConsumptionFatal(code))) => {
                    self.hand_over(received);
                    return Err(OpenError::Expelled { reason: code.to_string() });
                }
                Some(Err(error)) => self.hear(&error),
                None => break,
            }
        }
        self.hand_over(received);
        if records > 0 {
            *self.state.denial() = None;
        }
        Ok(records)
    }

    /// A right that is missing may be granted; until then it is told of.
    fn hear(&self, error: &KafkaError) {
        use RDKafkaErrorCode::{GroupAuthorizationFailed, TopicAuthorizationFailed};
        tracing::debug!(%error, "reading goes on");
        if let Some(GroupAuthorizationFailed | TopicAuthorizationFailed) =
            error.rdkafka_error_code()
        {
            let what = format!("group {} to read", self.state.group);
            *self.state.denial() = Some(OpenError::refused(&what, error));
        }
    }

    /// Leaves out what was taken away while it was read: what came before it in its partition is
    /// forgotten in the queue, and somebody else brings both. Nothing is taken away meanwhile.
    fn hand_over(&self, mut received: Vec<(Received, usize)>) {
        let offsets = self.state.offsets();
        received.retain(|(received, _)| offsets.is_open(received.receipt));
        self.state.shared.queue.push(received);
    }

    /// What a record is to the service, with its size; nothing if it is not for it.
    fn receive(&mut self, record: &BorrowedMessage<'_>) -> Option<(Received, usize)> {
        let partition = Partition { topic: record.topic().into(), number: record.partition() };
        let read = incoming(record).and_then(|record| wire::read(&record));
        if let Ok(message) = &read {
            self.look_at_version(&partition.topic, message);
        }
        let state = &self.state;
        let mut offsets = state.offsets();
        if read.as_ref().is_ok_and(|message| !state.reader.wants(message)) {
            if let Some(offset) = offsets.skip(&partition, record.offset()) {
                store(&self.client, &partition, offset);
            }
            return None;
        }
        let receipt = offsets.bring(&partition, record.offset())?;
        drop(offsets);
        let message = read.map_err(|error| {
            count(&state.shared.counters.unreadable);
            state.shared.dead_letters.keep(receipt, record, &state.group, &error.0);
            unreadable(record, error.to_string())
        });
        let bytes = record.payload_len() + record.key_len();
        Some((Received { to: state.reader.service, message, receipt }, bytes))
    }

    fn look_at_version(&mut self, topic: &str, message: &Message) {
        let counters = &self.state.shared.counters;
        match self.versions.see(topic, message) {
            Step::Right => {}
            Step::Gap => count(&counters.gaps),
            Step::Repeat => count(&counters.repeats),
        }
    }

    /// Where nothing is open, everything up to the next message is done with: also what isn't one,
    /// such as the marks of a stranger's transactions.
    fn store_positions(&mut self) {
        if self.positions_stored.elapsed() < COMMIT_INTERVAL {
            return;
        }
        self.positions_stored = Instant::now();
        let Ok(positions) = self.client.position() else { return };
        let offsets = self.state.offsets();
        for partition in offsets.idle() {
            let found = positions.find_partition(&partition.topic, partition.number);
            if let Some(Offset::Offset(next)) = found.map(|it| it.offset()) {
                store(&self.client, partition, next);
            }
        }
    }
}

fn incoming<'a>(record: &'a BorrowedMessage<'_>) -> Result<Incoming<'a>, UnreadableMessage> {
    let headers = || {
        let headers = record.headers().into_iter().flat_map(|headers| headers.iter());
        headers.filter_map(|it| Some((it.key, it.value?))).collect()
    };
    // rdkafka panics on the name of a header that is no UTF-8, and has no other way to ask for one.
    let wrong = |_| UnreadableMessage("the name of a header is no UTF-8".into());
    Ok(Incoming {
        time: time(record),
        key: record.key(),
        headers: caught(headers).map_err(wrong)?,
        value: record.payload(),
    })
}

fn time(record: &BorrowedMessage<'_>) -> Timestamp {
    Timestamp(record.timestamp().to_millis().unwrap_or(0).saturating_mul(1_000))
}

fn unreadable(record: &BorrowedMessage<'_>, reason: String) -> Unreadable {
    Unreadable {
        topic: record.topic().into(),
        partition: record.partition(),
        offset: record.offset(),
        key: record.key().unwrap_or_default().into(),
        bytes: record.payload().unwrap_or_default().into(),
        reason,
    }
}
