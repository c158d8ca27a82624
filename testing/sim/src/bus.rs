//! The simulated bus: at least once, in order per key or not, as the seed has it.

#[cfg(test)]
mod suite;

use crate::executor::{Universe, lock};
use crate::faults::{Fault, Faults};
use crate::watch::Watch;
use contracts::{Message, ServiceName, Timestamp};
use engine::{Bus, BusError, Published, Received, Routing, Unreadable};
use futures_util::future::select;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a message dawdles at most: beyond every timeout of a step.
const DELAY_MAX: u64 = 300;
/// How many milliseconds a message takes at most that others overtake.
const OVERTAKEN_MAX: u64 = 2_000;
/// How many milliseconds the bus takes at most where it is slow: twice a lease.
const SLOW_MAX: u64 = 10_000;
/// For how many milliseconds at most the bus answers nothing to one process: four leases.
const SILENT_MAX: u64 = 20_000;
/// A consumer that hears of nothing looks again after so long.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

struct Entry {
    receipt: u64,
    to: ServiceName,
    message: Result<Arc<Message>, Unreadable>,
    visible_at: Timestamp,
    published_at: Timestamp,
    /// The process that has it in hand.
    taken_by: Option<u64>,
}

/// What all processes of a world share.
#[derive(Default)]
pub struct Topics {
    entries: Vec<Entry>,
    next: u64,
    /// Something new may be handed out.
    news: Arc<Notify>,
}

impl Topics {
    /// Whether nothing is on its way.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What a process that is dead, or taken for dead, had in hand comes again.
    pub fn release(&mut self, process: u64) {
        for entry in self.entries.iter_mut().filter(|it| it.taken_by == Some(process)) {
            entry.taken_by = None;
        }
        self.news.notify_waiters();
    }
}

/// The bus as one process has it.
#[derive(Clone)]
pub struct SimBus {
    /// Time and chance.
    pub universe: Universe,
    /// What is on its way.
    pub topics: Arc<Mutex<Topics>>,
    /// What goes wrong.
    pub faults: Faults,
    /// What must hold.
    pub watch: Watch,
    /// Who reads what.
    pub routing: Routing,
    /// The services of this process.
    pub hosted: Vec<ServiceName>,
    /// This process.
    pub process: u64,
    /// When it was started.
    pub started_at: Timestamp,
    /// Whether messages of one key stay in order.
    pub ordered: bool,
    /// Until then the bus answers nothing to this process; what it publishes is late.
    pub silent_until: Arc<Mutex<Timestamp>>,
}

impl SimBus {
    fn put(&self, to: ServiceName, message: &Arc<Message>) {
        let now = self.universe.now();
        let delay = if self.faults.strikes(Fault::Delay) {
            Duration::from_secs(self.universe.below(DELAY_MAX))
        } else if !self.ordered && self.faults.strikes(Fault::Reorder) {
            Duration::from_millis(self.universe.below(OVERTAKEN_MAX)) // later ones are there first
        } else {
            Duration::from_micros(self.universe.below(5_000))
        };
        let copies = if self.faults.strikes(Fault::Duplicate) { 2 } else { 1 };
        let mut topics = lock(&self.topics);
        for copy in 0..copies {
            let late = Duration::from_secs(copy * self.universe.below(60));
            topics.push(to, Ok(message.clone()), now + delay + late, now);
        }
        if self.faults.strikes(Fault::Garbage) {
            let unreadable = Unreadable {
                topic: "garbage".into(),
                partition: 0,
                offset: i64::try_from(topics.next).unwrap_or(i64::MAX),
                key: vec![0xFE],
                bytes: vec![0xFF, 0x00],
                reason: "planned".into(),
            };
            topics.push(to, Err(unreadable), now, now);
        }
    }
}

impl Topics {
    fn push(
        &mut self,
        to: ServiceName,
        message: Result<Arc<Message>, Unreadable>,
        visible_at: Timestamp,
        published_at: Timestamp,
    ) {
        self.next += 1;
        let receipt = self.next;
        self.entries.push(Entry { receipt, to, message, visible_at, published_at, taken_by: None });
        self.news.notify_waiters();
    }

    /// What may be handed out now. In order: only if nothing older of its key is still there.
    fn ready(&self, hosted: &[ServiceName], now: Timestamp, ordered: bool) -> Vec<usize> {
        let lane = |entry: &Entry| {
            let message = entry.message.as_ref().ok()?;
            Some((entry.to, message.source, message.subject.clone()))
        };
        let mut blocked = vec![];
        let mut ready = vec![];
        for (index, entry) in self.entries.iter().enumerate() {
            if !hosted.contains(&entry.to) {
                continue;
            }
            let lane = lane(entry).filter(|_| ordered);
            let is_blocked = lane.as_ref().is_some_and(|lane| blocked.contains(lane));
            if entry.taken_by.is_none() && entry.visible_at <= now && !is_blocked {
                ready.push(index);
            } else {
                blocked.extend(lane);
            }
        }
        ready
    }
}

impl Bus for SimBus {
    async fn publish(&self, batch: Vec<Arc<Message>>) -> Result<Published, BusError> {
        let mut published = 0;
        for message in &batch {
            self.universe.give_way().await;
            if self.faults.strikes(Fault::BusAway) {
                break;
            }
            let silent_until = *lock(&self.silent_until);
            self.universe.sleep(silent_until.since(self.universe.now())).await;
            if self.faults.strikes(Fault::BusSlow) {
                let slow = Duration::from_millis(self.universe.below(SLOW_MAX));
                self.universe.sleep(slow).await;
            }
            self.watch.published(message);
            let readers = self.routing.readers(message.body.message_type());
            for to in readers.filter(|to| !self.hosted.contains(to)) {
                self.put(to, message);
            }
            published += 1;
        }
        Ok(published)
    }

    async fn next(&self, messages_max: usize) -> Result<Vec<Received>, BusError> {
        loop {
            if self.faults.strikes(Fault::BusAway) {
                return Err(BusError("a planned outage".into()));
            }
            let news = lock(&self.topics).news.clone();
            let heard = pin!(news.notified());
            let received = self.take(messages_max);
            if !received.is_empty() {
                return Ok(received);
            }
            let pause = pin!(self.universe.sleep(self.until_visible()));
            select(heard, pause).await;
        }
    }

    async fn acknowledge(&self, receipts: Vec<u64>) -> Result<(), BusError> {
        self.universe.give_way().await;
        let mut topics = lock(&self.topics);
        topics.entries.retain(|entry| !receipts.contains(&entry.receipt));
        topics.news.notify_waiters(); // what comes behind them may be handed out
        Ok(())
    }

    fn is_reachable(&self) -> bool {
        let (now, mut silent_until) = (self.universe.now(), lock(&self.silent_until));
        if self.faults.strikes(Fault::BusAway) {
            *silent_until = now + Duration::from_millis(self.universe.below(SILENT_MAX));
        }
        now >= *silent_until
    }

    fn caught_up(&self) -> bool {
        let now = self.universe.now();
        let topics = lock(&self.topics);
        let old = |entry: &Entry| {
            entry.published_at < self.started_at
                && entry.visible_at <= now
                && self.hosted.contains(&entry.to)
        };
        !topics.entries.iter().any(old)
    }
}

impl SimBus {
    /// Until the next message on its way to this process is there.
    fn until_visible(&self) -> Duration {
        let now = self.universe.now();
        let topics = lock(&self.topics);
        let coming = topics.entries.iter().filter(|entry| {
            self.hosted.contains(&entry.to) && entry.taken_by.is_none() && entry.visible_at > now
        });
        let first = coming.map(|entry| entry.visible_at.since(now)).min();
        first.map_or(POLL_INTERVAL, |first| first.min(POLL_INTERVAL))
    }

    fn take(&self, messages_max: usize) -> Vec<Received> {
        let now = self.universe.now();
        let mut topics = lock(&self.topics);
        let mut ready = topics.ready(&self.hosted, now, self.ordered);
        ready.truncate(messages_max);
        let taken = ready.into_iter().filter_map(|index| {
            let entry = topics.entries.get_mut(index)?;
            entry.taken_by = Some(self.process);
            let message = match &entry.message {
                Ok(message) => Ok((**message).clone()),
                Err(unreadable) => Err(unreadable.clone()),
            };
            Some(Received { to: entry.to, message, receipt: entry.receipt })
        });
        taken.collect()
    }
}
