//! Relays with a bug on purpose, as they are often built.

use crate::executor::Group;
use contracts::{Message, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Rows of an outbox that a process has locked are free again after that.
const LOCKED: Duration = Duration::from_secs(5);

/// Who works on which rows of an outbox, where several relays publish at once. By position, who has
/// locked the row and until when.
#[derive(Default)]
pub struct LockedRows(BTreeMap<u64, (Group, Timestamp)>);

impl LockedRows {
    /// Which of these rows the relay of that process publishes, which has published its own up to
    /// `after`.
    pub fn choose(
        &mut self,
        mut rows: Vec<(u64, Arc<Message>)>,
        after: u64,
        relay: Group,
        now: Timestamp,
    ) -> Vec<(u64, Arc<Message>)> {
        rows.retain(|(position, _)| match self.0.get(position) {
            Some((owner, _)) if *owner == relay => *position > after,
            Some((_, until)) => *until <= now,
            None => true,
        });
        self.0.extend(rows.iter().map(|(position, _)| (*position, (relay, now + LOCKED))));
        rows
    }

    /// Whether the row is that relay's to delete.
    pub fn is_free(&self, position: u64, relay: Group) -> bool {
        self.0.get(&position).is_none_or(|(owner, _)| *owner == relay)
    }
}
