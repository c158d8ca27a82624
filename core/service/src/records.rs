//! Records and their keys: what was loaded for a decision, and what it looked for in vain.

use crate::kind::{Index, RecordKind, Value};
use contracts::Subject;
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Deref;

/// Names one record: its kind, the subject it belongs to, and its number among the subject's
/// records of that kind (0 where there is one).
#[derive(Clone)]
pub struct RecordKey {
    /// The table.
    pub kind: &'static RecordKind,
    /// An order id, a SKU.
    pub subject: Subject,
    /// From 0 to [`crate::NUMBER_MAX`].
    pub number: u32,
}

impl RecordKey {
    fn parts(&self) -> (&str, &str, u32) {
        (self.kind.name, self.subject.as_str(), self.number)
    }
}

impl PartialEq for RecordKey {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
            && self.subject == other.subject
            && self.kind.name == other.kind.name
    }
}

impl Eq for RecordKey {}

impl Hash for RecordKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialOrd for RecordKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The order in which rows are locked.
impl Ord for RecordKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, subject, number) = self.parts();
        match number {
            0 => write!(formatter, "{kind}/{subject}"),
            _ => write!(formatter, "{kind}/{subject}/{number}"),
        }
    }
}

/// A key that knows what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key<T> {
    key: RecordKey,
    leads_to: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// The key of a subject's only record of that kind.
    pub fn new(kind: &'static RecordKind, subject: impl Into<Subject>) -> Self {
        Self::numbered(kind, subject, 0)
    }

    /// The key of one of a subject's records of that kind.
    pub fn numbered(kind: &'static RecordKind, subject: impl Into<Subject>, number: u32) -> Self {
        Self { key: RecordKey { kind, subject: subject.into(), number }, leads_to: PhantomData }
    }
}

impl<T> Deref for Key<T> {
    type Target = RecordKey;

    fn deref(&self) -> &RecordKey {
        &self.key
    }
}

impl<T> From<Key<T>> for RecordKey {
    fn from(key: Key<T>) -> Self {
        key.key
    }
}

/// What a service keeps: an enum with one variant per kind.
pub trait Record: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The values of the kind's columns, in their order.
    fn columns(&self) -> Vec<Value>;
}

/// One variant of a service's record.
pub trait Kept<R>: Sized {
    /// The variant's content, if the record is of that variant.
    fn of(record: &R) -> Option<&Self>;

    /// The record with this content.
    fn into_record(self) -> R;
}

/// Makes the enum of a service's records from its variants. Each content has a method
/// `columns(&self) -> Vec<Value>`.
#[macro_export]
macro_rules! records {
    ($(#[$doc:meta])* $name:ident { $($variant:ident($content:ty)),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[doc = concat!("See [`", stringify!($content), "`].")] $variant($content),)+
        }

        impl $crate::Record for $name {
            fn columns(&self) -> Vec<$crate::Value> {
                match self { $(Self::$variant(it) => it.columns(),)+ }
            }
        }

        $(impl $crate::Kept<$name> for $content {
            fn of(record: &$name) -> Option<&Self> {
                match record {
                    $name::$variant(it) => Some(it),
                    #[allow(unreachable_patterns, reason = "an enum of one variant")]
                    _ => None,
                }
            }
            fn into_record(self) -> $name {
                $name::$variant(self)
            }
        })+
    };
}

/// The rows of an index up to a value of its last column, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// The table's name.
    pub kind: &'static str,
    /// The index's name.
    pub index: &'static str,
    /// Its last column is an integer; rows with this value or less are taken.
    pub up_to: i64,
    /// At most so many rows.
    pub rows_max: u32,
}

impl Range {
    /// The first `rows_max` rows of an index over one integer column, up to a value.
    pub const fn up_to(
        kind: &'static RecordKind,
        index: &'static Index,
        up_to: i64,
        rows_max: u32,
    ) -> Self {
        Self { kind: kind.name, index: index.name, up_to, rows_max }
    }
}

type Loaded<K, V> = IndexMap<K, V, FxBuildHasher>;
type Missed<K> = RefCell<IndexSet<K, FxBuildHasher>>;

/// The records loaded so far. It remembers what was looked up and not loaded.
pub struct Records<R> {
    loaded: Loaded<RecordKey, Option<R>>,
    versions: Loaded<RecordKey, u64>,
    ranges: Loaded<Range, Vec<RecordKey>>,
    missed_keys: Missed<RecordKey>,
    missed_ranges: Missed<Range>,
}

impl<R> Default for Records<R> {
    fn default() -> Self {
        Self {
            loaded: Loaded::default(),
            versions: Loaded::default(),
            ranges: Loaded::default(),
            missed_keys: Missed::default(),
            missed_ranges: Missed::default(),
        }
    }
}

impl<R> Records<R> {
    /// The record as it is; nothing if it is absent or not loaded yet.
    pub fn get<T: Kept<R>>(&self, key: &Key<T>) -> Option<&T> {
        T::of(self.record(key)?)
    }

    /// The keys of a range; none if it is not loaded yet.
    pub fn range(&self, range: &Range) -> &[RecordKey] {
        if let Some(keys) = self.ranges.get(range) {
            return keys;
        }
        self.missed_ranges.borrow_mut().insert(range.clone());
        &[]
    }

    /// Says early what a loop will look up, so that it arrives in one load.
    pub fn want(&self, keys: impl IntoIterator<Item = RecordKey>) {
        let missing = keys.into_iter().filter(|key| !self.holds(key));
        self.missed_keys.borrow_mut().extend(missing);
    }

    pub(crate) fn record(&self, key: &RecordKey) -> Option<&R> {
        match self.loaded.get(key) {
            Some(record) => record.as_ref(),
            None => {
                self.missed_keys.borrow_mut().insert(key.clone());
                None
            }
        }
    }

    /// How many decisions have written the record so far; 0 if it is absent.
    pub fn version(&self, key: &RecordKey) -> u64 {
        self.versions.get(key).copied().unwrap_or(0)
    }

    // What follows is for the engine.

    /// Says how many decisions have written a record that was put.
    pub fn put_version(&mut self, key: RecordKey, version: u64) {
        self.versions.insert(key, version);
    }

    /// Whether the key was loaded, be the record there or absent.
    pub fn holds(&self, key: &RecordKey) -> bool {
        self.loaded.contains_key(key)
    }

    /// Puts a record that was loaded or written; `None` for one that is known to be absent.
    pub fn put(&mut self, key: RecordKey, record: Option<R>) {
        self.loaded.insert(key, record);
    }

    /// The record that was put for a key.
    pub fn peek(&self, key: &RecordKey) -> Option<&R> {
        self.loaded.get(key)?.as_ref()
    }

    /// Puts the keys of a range.
    pub fn put_range(&mut self, range: Range, keys: Vec<RecordKey>) {
        self.ranges.insert(range, keys);
    }

    /// What was looked up in vain since the last call.
    pub fn take_missed(&self) -> (Vec<RecordKey>, Vec<Range>) {
        let keys = self.missed_keys.take().into_iter().collect();
        (keys, self.missed_ranges.take().into_iter().collect())
    }
}
