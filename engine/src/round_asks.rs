//! What a round asks of its store, and the answers.

use crate::delivery::{Consumed, Fingerprint, InboxKey};
use crate::unit::{LotKey, Row, RowKey, UnitOfWork};
use contracts::{ServiceName, Timestamp};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use service::{Range, RecordKey, Reply};

type Set<K> = IndexSet<K, FxBuildHasher>;

/// What a round asks next.
pub enum Next {
    /// Which of these are known, and which of these rows are still there?
    Recognise {
        /// What the inbox may know.
        inbox: Vec<(ServiceName, InboxKey)>,
        /// What may be gone.
        consumed: Vec<Consumed>,
    },
    /// Give me these.
    Load(Wanted),
    /// Make this so.
    Commit(Box<UnitOfWork>),
}

/// Rows, ranges and lots that a round looks for. A locking store locks rows in the order of keys.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// By key.
    pub rows: Set<RowKey>,
    /// By index.
    pub ranges: Set<(ServiceName, Range)>,
    /// Whether there is such a lot.
    pub lots: Set<LotKey>,
}

impl Wanted {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.ranges.is_empty() && self.lots.is_empty()
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.rows.extend(more.rows);
        self.ranges.extend(more.ranges);
        self.lots.extend(more.lots);
    }
}

/// The answer to [`Next::Recognise`].
#[derive(Clone, Debug, Default)]
pub struct Recognised {
    /// The store's time, read once in the transaction.
    pub now: Timestamp,
    /// What the inbox knows.
    pub known: Vec<Known>,
    /// The rows that are gone.
    pub gone: Vec<Consumed>,
}

/// A message that was handled before.
#[derive(Clone, Debug)]
pub struct Known {
    /// By whom.
    pub service: ServiceName,
    /// What it is known by.
    pub key: InboxKey,
    /// Of the request that was handled.
    pub fingerprint: Fingerprint,
    /// What was said at the door.
    pub reply: Option<Reply>,
}

/// The answer to [`Next::Load`].
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Every row that was wanted; [`Row::ABSENT`] for those that are not there.
    pub rows: Vec<(RowKey, Row)>,
    /// Every range that was wanted, with its rows in the order of the index.
    pub ranges: Vec<LoadedRange>,
    /// Every lot that was wanted, and whether it is there.
    pub lots: Vec<(LotKey, bool)>,
}

/// A range, with its rows in the order of the index.
#[derive(Clone, Debug)]
pub struct LoadedRange {
    /// Whose records.
    pub service: ServiceName,
    /// What was wanted.
    pub range: Range,
    /// What was found.
    pub rows: Vec<(RecordKey, Row)>,
}
