//! What was sent, published and handled, held against each other. Pure.
//!
//! - Lost: a service has sent it, by its log, and it isn't on Kafka; or it is there, and a service
//!   that reads it hasn't handled it.
//! - Doubled: a service has handled it twice, or two different messages have one id. That Kafka
//!   has a message twice is at-least-once, and counts as repeated.
//! - Out of order: of what one service says about one saga and subject on one topic, each message
//!   is looked at where it appears first, and there the versions don't fall.

use contracts::{Message, MessageId, MessageType, ServiceName, Source};
use engine::Routing;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::{Hash, Hasher};

/// Findings of a kind that are told in full.
const EXAMPLES_MAX: usize = 5;

/// Everything that was seen.
#[derive(Default)]
pub struct Account {
    published: FxHashMap<MessageId, Published>,
    /// The highest version of each key.
    versions: FxHashMap<u64, u64>,
    sent: FxHashMap<MessageId, MessageType>,
    handled: FxHashSet<(ServiceName, MessageId)>,
    repeated: u64,
    doubled: Findings,
    out_of_order: Findings,
}

/// What is remembered of a message on Kafka.
struct Published {
    message_type: MessageType,
    source: Source,
    /// Of all that it says.
    hash: u64,
}

/// What was found of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<String>,
}

impl Findings {
    /// One more.
    pub fn add(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(what());
        }
    }
}

/// How an account comes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Messages on Kafka, each counted once.
    pub published: u64,
    /// Copies beside these.
    pub repeated: u64,
    /// Messages that a service has handled.
    pub handled: u64,
    /// Sent and not published, or published and not handled.
    pub lost: Findings,
    /// Handled twice; or two messages with one id; or published, and nobody has sent it.
    pub doubled: Findings,
    /// Published behind a later one of its key.
    pub out_of_order: Findings,
}

impl Account {
    /// The next message of a partition of that topic.
    pub fn publish(&mut self, topic: &str, message: &Message) {
        let message_type = message.body.message_type();
        let hash = hash(&message.encode());
        if let Some(known) = self.published.get(&message.id) {
            self.repeated += 1;
            if known.hash != hash {
                self.doubled.add(|| format!("{} stands for two messages", told(message)));
            }
            return;
        }
        let known = Published { message_type, source: message.source, hash };
        self.published.insert(message.id, known);
        if message.version == 0 || !matches!(message.source, Source::Service(_)) {
            return;
        }
        let key = self::hash(&(topic, message.source, &message.subject, message.saga_id()));
        let highest = self.versions.entry(key).or_insert(0);
        if message.version < *highest {
            let what = || format!("{} comes behind version {highest}", told(message));
            self.out_of_order.add(what);
        }
        *highest = message.version.max(*highest);
    }

    /// A message in the log of a service: it has sent it, or handled it.
    pub fn log(&mut self, service: ServiceName, message: &Message) {
        let message_type = message.body.message_type();
        if message_type.topic().is_none() {
            return;
        }
        match message.source {
            Source::Service(sender) if sender == service => {
                self.sent.insert(message.id, message_type);
            }
            Source::Service(_) if self.handled.insert((service, message.id)) => {}
            Source::Service(_) => {
                self.doubled.add(|| format!("{service} has handled {} twice", told(message)));
            }
            // A client's request came in by the door.
            _ => {}
        }
    }

    /// How it comes out, once nothing is under way any more.
    pub fn close(self, routing: &Routing) -> Balance {
        let mut balance = Balance {
            published: self.published.len() as u64,
            repeated: self.repeated,
            handled: self.handled.len() as u64,
            lost: Findings::default(),
            doubled: self.doubled,
            out_of_order: self.out_of_order,
        };
        for (id, message_type) in &self.sent {
            if !self.published.contains_key(id) {
                let name = message_type.name();
                balance.lost.add(|| format!("{name} {id} was sent and is not on Kafka"));
            }
        }
        for (id, it) in &self.published {
            let name = it.message_type.name();
            if matches!(it.source, Source::Service(_)) && !self.sent.contains_key(id) {
                balance.doubled.add(|| format!("{name} {id} is on Kafka and nobody has sent it"));
            }
            for reader in routing.readers(it.message_type) {
                if !self.handled.contains(&(reader, *id)) {
                    balance.lost.add(|| format!("{name} {id} was never handled by {reader}"));
                }
            }
        }
        balance
    }
}

fn told(message: &Message) -> String {
    let (name, subject) = (message.body.message_type().name(), &message.subject);
    format!("{name} {} about {subject}, version {}", message.id, message.version)
}

fn hash(it: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    it.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::messages::OrderConfirmed;
    use contracts::{Body, Timestamp};

    fn message(id: u128, subject: &str, version: u64) -> Message {
        Message {
            id: MessageId(id),
            source: Source::Service(ServiceName::Orders),
            subject: subject.into(),
            time: Timestamp(0),
            cause: None,
            step: None,
            version,
            traceparent: None,
            body: Body::from(OrderConfirmed { order_id: subject.into() }),
        }
    }

    /// Of messages about `o-1`, by id and version: those that were sent, stand on Kafka, and were
    /// handled; and how many are lost, doubled and out of order.
    fn check(sent: &[(u128, u64)], kafka: &[(u128, u64)], handled: &[u128], expected: [u64; 3]) {
        let mut account = Account::default();
        sent.iter().for_each(|it| account.log(ServiceName::Orders, &message(it.0, "o-1", it.1)));
        kafka.iter().for_each(|it| account.publish("events", &message(it.0, "o-1", it.1)));
        let reader = ServiceName::Orchestrator;
        handled.iter().for_each(|id| account.log(reader, &message(*id, "o-1", 1)));
        let routing = Routing::new(vec![(reader, &[MessageType::OrderConfirmed])]);
        let Balance { lost, doubled, out_of_order, .. } = account.close(&routing);
        let found = [lost.count, doubled.count, out_of_order.count];
        assert_eq!(found, expected, "{lost:?} {doubled:?} {out_of_order:?}");
    }

    #[test]
    fn what_was_sent_is_published_and_handled_or_lost() {
        check(&[(1, 1), (2, 2)], &[(1, 1), (2, 2)], &[1, 2], [0, 0, 0]);
        check(&[(1, 1), (2, 2)], &[(1, 1)], &[1], [1, 0, 0]);
        check(&[(1, 1), (2, 2)], &[(1, 1), (2, 2)], &[1], [1, 0, 0]);
    }

    #[test]
    fn what_comes_again_is_repeated_and_what_is_handled_again_doubled() {
        check(&[(1, 1), (2, 2)], &[(1, 1), (2, 2), (1, 1)], &[1, 2], [0, 0, 0]);
        check(&[(1, 1)], &[(1, 1)], &[1, 1], [0, 1, 0]);
        check(&[(1, 1)], &[(1, 1), (1, 2)], &[1], [0, 1, 0]);
        check(&[], &[(1, 1)], &[1], [0, 1, 0]);
    }

    #[test]
    fn versions_of_a_key_rise_where_they_appear_first() {
        let sent = [(1, 1), (2, 2), (3, 2), (4, 3)];
        check(&sent, &[(1, 1), (2, 2), (3, 2), (4, 3)], &[1, 2, 3, 4], [0, 0, 0]);
        check(&sent, &[(1, 1), (4, 3), (2, 2), (3, 2)], &[1, 2, 3, 4], [0, 0, 2]);
    }
}
