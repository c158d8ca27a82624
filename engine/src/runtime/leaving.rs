//! What leaves, on its way from a commit to the bus and out of the outbox.
//!
//! The relay takes from memory what the rounds of this process have just committed, as long as
//! nobody else has committed in between: positions are in the order of commits, so there is nothing
//! between two positions that follow each other. Whenever that is not so it reads the outbox.

use crate::ports::StoreError;
use contracts::Message;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A message of the outbox and its position.
pub(crate) type Row = (u64, Arc<Message>);

/// So many messages wait in memory for the relay; beyond that it reads the outbox.
const FRESH_MAX: usize = 4_096;

/// Shared by the pump, the relay and the recovery.
#[derive(Default)]
pub(crate) struct Leaving {
    state: Mutex<State>,
    /// Something waits to be published.
    pub news: Notify,
    /// Something was published that the outbox still has.
    pub published: Notify,
}

#[derive(Default)]
struct State {
    /// Committed by this process, in order.
    fresh: VecDeque<Row>,
    /// Up to there everything was published.
    published: Option<u64>,
    /// Up to there everything is deleted.
    deleted: u64,
    /// What recovery has found last in the outbox.
    found: u64,
    /// Grows when everything else is forgotten.
    generation: u64,
}

/// What the relay does next.
pub(crate) enum Next {
    /// There is nothing to be published.
    Nothing,
    /// These follow what was published last.
    Fresh(Vec<Row>),
    /// Only the outbox knows what is behind the first position; somebody has found the second one
    /// there.
    Read(u64, u64),
}

/// What is known was learned since the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl Leaving {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A round has added these to the outbox.
    pub fn add(&self, rows: Vec<Row>) {
        if rows.is_empty() {
            return;
        }
        let mut state = self.state();
        if state.fresh.len() + rows.len() > FRESH_MAX {
            state.fresh.clear(); // what comes now is behind a gap
        }
        state.fresh.extend(rows);
        drop(state);
        self.news.notify_one();
    }

    /// There was a message at that position, whoever has left it there.
    pub fn found(&self, position: u64) {
        let mut state = self.state();
        state.found = state.found.max(position);
        if state.published.is_none_or(|published| published < position) {
            self.news.notify_one();
        }
    }

    /// What to publish now, and since when that is known.
    pub fn next(&self, rows_max: usize) -> (Generation, Next) {
        let mut state = self.state();
        let generation = Generation(state.generation);
        let found = state.found;
        let Some(published) = state.published else { return (generation, Next::Read(0, found)) };
        while state.fresh.front().is_some_and(|(position, _)| *position <= published) {
            state.fresh.pop_front();
        }
        let follows = (published + 1..).zip(&state.fresh).take_while(|(next, row)| *next == row.0);
        let count = follows.take(rows_max).count();
        let next = match count {
            0 if state.fresh.is_empty() && found <= published => Next::Nothing,
            0 => Next::Read(published, found),
            _ => Next::Fresh(state.fresh.drain(..count).collect()),
        };
        (generation, next)
    }

    /// The outbox has nothing behind what was published, whoever had found what there.
    pub fn is_empty(&self, found: u64) {
        let mut state = self.state();
        if state.found == found {
            state.found = 0;
        }
    }

    /// Everything up to there is on the bus.
    pub fn is_published(&self, generation: Generation, position: u64) {
        let mut state = self.state();
        if Generation(state.generation) == generation {
            state.published = Some(position);
            drop(state);
            self.published.notify_one();
        }
    }

    /// Up to where everything was published, as far as this process knows.
    pub fn published(&self) -> u64 {
        self.state().published.unwrap_or(0)
    }

    /// What the next round deletes: the positions behind the first one, up to the last one.
    pub fn to_delete(&self) -> Option<(u64, u64)> {
        let state = self.state();
        let published = state.published.filter(|published| *published > state.deleted)?;
        Some((state.deleted, published))
    }

    /// The outbox has nothing any more up to there.
    pub fn is_deleted(&self, position: u64) {
        let mut state = self.state();
        state.deleted = state.deleted.max(position);
    }

    /// A store that fails may be another one when it is back, and know less.
    pub fn doubt(&self, error: &StoreError) {
        match error {
            StoreError::Unavailable(_) | StoreError::Fatal(_) => self.forget(),
            StoreError::StorageFull(_) | StoreError::Rejected(_) => {}
        }
    }

    /// Others may have published meanwhile: the outbox tells.
    pub fn forget(&self) {
        let mut state = self.state();
        *state = State { generation: state.generation + 1, ..State::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::{Body, MessageId, MessageType, Source, Timestamp};

    fn rows(positions: &[u64]) -> Vec<Row> {
        let row = |position: &u64| {
            let message = Message {
                id: MessageId(u128::from(*position)),
                source: Source::Operator,
                subject: "a".into(),
                time: Timestamp(0),
                cause: None,
                step: None,
                version: 0,
                traceparent: None,
                body: Body::empty(MessageType::OrderCreated),
            };
            (*position, Arc::new(message))
        };
        positions.iter().map(row).collect()
    }

    /// What the relay is told, of which it may take three.
    fn next(leaving: &Leaving) -> String {
        match leaving.next(3).1 {
            Next::Nothing => "nothing".into(),
            Next::Read(after, _) => format!("read after {after}"),
            Next::Fresh(rows) => {
                rows.iter().map(|row| row.0.to_string()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// What was published, what rounds have added since, and what comes next, again and again.
    fn check(published: Option<u64>, added: &[&[u64]], told: &[&str]) {
        let leaving = Leaving::default();
        let (generation, _) = leaving.next(0);
        published.into_iter().for_each(|position| leaving.is_published(generation, position));
        added.iter().for_each(|positions| leaving.add(rows(positions)));
        for expected in told {
            assert_eq!(next(&leaving), *expected, "{published:?}, {added:?}");
            if let Some(last) = expected.split(' ').next_back().and_then(|it| it.parse().ok()) {
                leaving.is_published(generation, last);
            }
        }
    }

    #[test]
    fn what_follows_what_was_published_is_taken_and_behind_a_gap_the_outbox_is_read() {
        check(None, &[], &["read after 0"]);
        check(None, &[&[1]], &["read after 0"]);
        check(Some(4), &[], &["nothing"]);
        check(Some(4), &[&[5], &[6, 7, 8]], &["5 6 7", "8", "nothing"]);
        check(Some(4), &[&[6]], &["read after 4"]);
        check(Some(4), &[&[5, 6], &[8]], &["5 6", "read after 6"]);
        check(Some(4), &[&[3, 4], &[5]], &["5", "nothing"]);
    }

    #[test]
    fn what_others_have_left_is_read_until_nothing_is_found_there() {
        let leaving = Leaving::default();
        let (generation, _) = leaving.next(0);
        leaving.is_published(generation, 4);
        leaving.found(4);
        assert_eq!(next(&leaving), "nothing");
        leaving.found(7);
        assert_eq!(next(&leaving), "read after 4");
        leaving.is_empty(5);
        assert_eq!(next(&leaving), "read after 4", "it was found since");
        leaving.found(6);
        assert_eq!(next(&leaving), "read after 4", "that was an older look");
        leaving.is_empty(7);
        assert_eq!(next(&leaving), "nothing");
    }

    #[test]
    fn what_was_published_is_deleted_once() {
        let leaving = Leaving::default();
        let (generation, _) = leaving.next(0);
        assert_eq!(leaving.to_delete(), None);
        leaving.is_published(generation, 4);
        assert_eq!(leaving.to_delete(), Some((0, 4)));
        leaving.is_deleted(4);
        assert_eq!(leaving.to_delete(), None);
        leaving.is_published(generation, 6);
        assert_eq!(leaving.to_delete(), Some((4, 6)));
    }

    #[test]
    fn after_a_failure_nothing_counts_that_was_known_before() {
        let leaving = Leaving::default();
        let (before, _) = leaving.next(0);
        leaving.is_published(before, 4);
        leaving.add(rows(&[5]));
        leaving.doubt(&StoreError::Rejected("x".into()));
        assert_eq!((next(&leaving), leaving.to_delete()), ("5".into(), Some((0, 4))));
        leaving.doubt(&StoreError::Unavailable("x".into()));
        leaving.is_published(before, 5);
        assert_eq!((next(&leaving), leaving.to_delete()), ("read after 0".into(), None));
    }

    #[test]
    fn a_relay_that_is_far_behind_reads_the_outbox() {
        let leaving = Leaving::default();
        let (generation, _) = leaving.next(0);
        leaving.is_published(generation, 0);
        leaving.add(rows(&(1..=FRESH_MAX as u64).collect::<Vec<_>>()));
        leaving.add(rows(&[FRESH_MAX as u64 + 1]));
        assert_eq!(next(&leaving), "read after 0");
    }
}
