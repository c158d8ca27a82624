//! Whether the versions of what a source says about a subject rise by one. For metrics: nothing is
//! held up by it.

use contracts::{Channel, Message, Source};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// So many subjects are remembered at least, and twice as many at most.
const SUBJECTS_MAX: usize = 32_768;

/// What a version is after the one that was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The next one, or the first that is seen; or the message has none.
    Right,
    /// Some are missing. No fault in itself: a decision that says nothing on this topic leaves one.
    Gap,
    /// It was seen before.
    Repeat,
}

/// The last that was seen of each subject. Of those that are not heard of for long it forgets.
#[derive(Default)]
pub(super) struct Versions {
    hasher: RandomState,
    young: HashMap<u64, Last>,
    old: HashMap<u64, Last>,
}

#[derive(Clone, Copy)]
struct Last {
    version: u64,
    id: u128,
}

impl Versions {
    /// Looks at a message of that topic.
    pub fn see(&mut self, topic: &str, message: &Message) -> Step {
        let is_of_service = matches!(message.source, Source::Service(_));
        if message.version == 0 || !is_of_service {
            return Step::Right; // a client's is the version that it has seen
        }
        let key = self.hasher.hash_one((topic, message.source, &message.subject));
        let now = Last { version: message.version, id: message.id.0 };
        let before = self.young.get(&key).or_else(|| self.old.get(&key)).copied();
        if self.young.len() >= SUBJECTS_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        let Some(before) = before else {
            self.young.insert(key, now);
            return Step::Right;
        };
        let is_same = before.version == now.version && before.id == now.id;
        if now.version < before.version || is_same {
            return Step::Repeat;
        }
        self.young.insert(key, now);
        // Commands are told to one service out of several; versions between them are the rule.
        let is_event = message.body.message_type().channel() == Channel::Event;
        if is_event && now.version - before.version > 1 { Step::Gap } else { Step::Right }
    }

    /// As if nothing had been seen.
    pub fn forget(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::messages::{OrderConfirmed, ReserveInventory};
    use contracts::{Body, MessageId, ServiceName, Timestamp};

    fn message(subject: &str, version: u64, id: u128, body: Body) -> Message {
        Message {
            id: MessageId(id),
            source: Source::Service(ServiceName::Orders),
            subject: subject.into(),
            time: Timestamp(0),
            cause: None,
            step: None,
            version,
            traceparent: None,
            body,
        }
    }

    fn event(subject: &str, version: u64, id: u128) -> Message {
        message(subject, version, id, OrderConfirmed::default().into())
    }

    /// Versions and ids of messages about one subject, and what is seen of the last.
    fn check(seen: &[(u64, u128)], expected: Step) {
        let mut versions = Versions::default();
        let step = seen.iter().map(|(version, id)| {
            versions.see("orders.events", &event("elsewhere", 40, 0));
            versions.see("orders.events", &event("o-1", *version, *id))
        });
        assert_eq!(step.last(), Some(expected), "{seen:?}");
    }

    #[test]
    fn gaps_and_repeats_of_a_subject_are_seen() {
        check(&[(7, 1)], Step::Right);
        check(&[(7, 1), (8, 2)], Step::Right);
        check(&[(7, 1), (7, 2)], Step::Right); // one decision has said both
        check(&[(7, 1), (7, 1)], Step::Repeat);
        check(&[(7, 1), (8, 2), (7, 1)], Step::Repeat);
        check(&[(7, 1), (9, 3)], Step::Gap);
        check(&[(7, 1), (u64::MAX, 2), (u64::MAX, 3)], Step::Right);
        check(&[(7, 1), (9, 3), (8, 2)], Step::Repeat);
        check(&[(7, 1), (0, 9), (8, 2)], Step::Right);
    }

    #[test]
    fn a_gap_between_commands_and_what_a_client_has_seen_count_for_nothing() {
        let mut versions = Versions::default();
        let command =
            |version| message("o-1", version, version.into(), ReserveInventory::default().into());
        assert_eq!(versions.see("inventory.commands", &command(1)), Step::Right);
        assert_eq!(versions.see("inventory.commands", &command(5)), Step::Right);
        assert_eq!(versions.see("inventory.commands", &command(4)), Step::Repeat);
        let client = |version| Message { source: Source::Client, ..command(version) };
        assert_eq!(versions.see("inventory.commands", &client(9)), Step::Right);
        assert_eq!(versions.see("inventory.commands", &client(2)), Step::Right);
    }

    #[test]
    fn it_remembers_a_bounded_number_of_subjects_and_those_that_were_heard_of_last() {
        let mut versions = Versions::default();
        for number in 0..3 * SUBJECTS_MAX {
            versions.see("orders.events", &event(&format!("o-{number}"), 1, 0));
            assert!(versions.young.len() + versions.old.len() <= 2 * SUBJECTS_MAX);
        }
        let last = format!("o-{}", 3 * SUBJECTS_MAX - 1);
        assert_eq!(versions.see("orders.events", &event(&last, 3, 1)), Step::Gap);
        assert_eq!(versions.see("orders.events", &event("o-0", 3, 1)), Step::Right);
        versions.forget();
        assert_eq!(versions.see("orders.events", &event(&last, 1, 0)), Step::Right);
    }
}
