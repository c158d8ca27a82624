//! Relays with a bug on purpose, as they are often built.

use crate::executor::Group;
use contracts::planted::{Bug, planted};
use contracts::{Message, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Rows of an outbox that a process has locked are free again after that.
const LOCKED: Duration = Duration::from_secs(5);

/// What naive relays of one database remember.
#[derive(Default)]
pub struct NaiveRelays {
    /// By position, who has locked the row and until when.
    locked: BTreeMap<u64, (Group, Timestamp)>,
    /// The last position that was published.
    cursor: u64,
}

impl NaiveRelays {
    /// Whether there are such relays now.
    pub fn are_at_work() -> bool {
        planted(Bug::RelayByCursor) || planted(Bug::ManyRelays)
    }

    /// Which of these rows the relay of that process publishes.
    pub fn choose(
        &mut self,
        mut rows: Vec<(u64, Arc<Message>)>,
        relay: Group,
        now: Timestamp,
    ) -> Vec<(u64, Arc<Message>)> {
        rows.retain(|(position, _)| match self.locked.get(position) {
            _ if planted(Bug::RelayByCursor) => *position > self.cursor,
            Some((owner, until)) => *owner == relay || *until <= now,
            None => true,
        });
        let lock = |(position, _): &(u64, Arc<Message>)| (*position, (relay, now + LOCKED));
        self.locked.extend(rows.iter().map(lock));
        rows
    }

    /// These were published.
    pub fn published(&mut self, positions: &[u64]) {
        self.cursor = positions.iter().copied().fold(self.cursor, u64::max);
    }
}
