//! Whether a group has handled everything that was there when partitions changed hands last. The
//! whole group counts, not this member alone: the timers of a service are fired by any of its
//! replicas, so each has to know that none of them is behind.

use super::{Client, State};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(200);
/// For an answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(2);

/// For which assignment of partitions the group has caught up.
#[derive(Default)]
pub(super) struct WarmUp {
    /// The number of the rebalance, and one more: zero is none.
    done: AtomicU64,
    is_woken: Mutex<bool>,
    news: Condvar,
}

impl WarmUp {
    /// Whether it has caught up since that rebalance.
    pub fn is_done(&self, rebalance: u64) -> bool {
        self.done.load(Ordering::Acquire) == rebalance + 1
    }

    /// There was another one, or the member ends.
    pub fn wake(&self) {
        *self.is_woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.news.notify_all();
    }

    /// Until somebody wakes it, or for so long.
    fn sleep(&self, span: Duration) {
        let is_woken = self.is_woken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.news.wait_timeout_while(is_woken, span, |is_woken| !*is_woken);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

/// Runs until the member ends.
pub(super) fn run(client: &Client, state: &State, topics: &[String]) {
    let mut ends = None;
    while !state.is_ending() {
        let rebalance = state.rebalances.load(Ordering::Acquire);
        if state.warm_up.is_done(rebalance) {
            state.warm_up.sleep(Duration::MAX);
            continue;
        }
        let known = match ends.take() {
            Some((of, known)) if of == rebalance => Ok(known),
            _ => find_ends(client, topics),
        };
        match known.and_then(|ends| Ok((handled(client, &ends)?, ends))) {
            Ok((true, _)) => state.warm_up.done.store(rebalance + 1, Ordering::Release),
            Ok((false, known)) => ends = Some((rebalance, known)),
            Err(error) => tracing::debug!(%error, "how far the group is can't be told yet"),
        }
        if !state.warm_up.is_done(rebalance) {
            state.warm_up.sleep(PAUSE);
        }
    }
}

/// Where the partitions end now; those without a message aren't listed.
fn find_ends(client: &Client, topics: &[String]) -> KafkaResult<TopicPartitionList> {
    let mut ends = TopicPartitionList::new();
    for topic in topics {
        let metadata = client.fetch_metadata(Some(topic), ANSWER_WAIT_MAX)?;
        let found = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let numbers: Vec<i32> = found.map(|partition| partition.id()).collect();
        if numbers.is_empty() {
            return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::LeaderNotAvailable));
        }
        for number in numbers {
            let (begin, end) = client.fetch_watermarks(topic, number, ANSWER_WAIT_MAX)?;
            if begin < end {
                ends.add_partition_offset(topic, number, Offset::Offset(end))?;
            }
        }
    }
    Ok(ends)
}

/// Whether the group has committed that it is there, or beyond.
fn handled(client: &Client, ends: &TopicPartitionList) -> KafkaResult<bool> {
    if ends.count() == 0 {
        return Ok(true);
    }
    let committed = client.committed_offsets(ends.clone(), ANSWER_WAIT_MAX)?;
    let is_there = |topic: &str, number, end: Offset| {
        let found = committed.find_partition(topic, number).and_then(|it| it.offset().to_raw());
        found.zip(end.to_raw()).is_some_and(|(found, end)| found >= end)
    };
    let elements = ends.elements();
    Ok(elements.iter().all(|it| is_there(it.topic(), it.partition(), it.offset())))
}
