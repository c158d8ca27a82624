//! A service at work on one round. The type of its records stays behind the trait objects, so each
//! row is decoded once and encoded once, however many messages touch it.

use crate::panics::caught;
use crate::unit::{Row, RowKey, Write};
use contracts::{Message, MessageType, ServiceName, Timestamp};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use service::{Changes, Decision, Range, Record, RecordKey, RecordKind, Records, Service};
use std::sync::Arc;

/// How a record becomes bytes. One module, so that a more compact codec replaces it in one place.
pub mod codec {
    use serde_json::Error;
    use service::Record;

    /// The bytes that a store keeps.
    ///
    /// # Errors
    /// The record holds something that JSON has no word for.
    pub fn encode<R: Record>(record: &R) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(record)
    }

    /// Reads what `encode` wrote.
    ///
    /// # Errors
    /// The bytes are no such record.
    pub fn decode<R: Record>(bytes: &[u8]) -> Result<R, Error> {
        // One look at all of it is cheaper than one at each text in it.
        match str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(bytes), // it tells the place
        }
    }
}

/// A service as the engine sees it.
pub trait Hosted: Send + Sync {
    /// Its name.
    fn name(&self) -> ServiceName;

    /// Its tables.
    fn record_kinds(&self) -> &'static [&'static RecordKind];

    /// What it listens to.
    fn accepted(&self) -> &'static [MessageType];

    /// A desk for one round.
    fn open_desk(self: Arc<Self>) -> Box<dyn Desk + Send>;
}

/// A service at work on one round: its records as loaded, with the changes folded in.
pub trait Desk {
    /// What `reads` names and is not here yet.
    ///
    /// # Errors
    /// It panicked: the message can't be handled, ever.
    fn missing(&self, message: &Message) -> Result<Vec<RecordKey>, String>;

    /// Whether the row was loaded, be it there, absent or of no use.
    fn holds(&self, key: &RecordKey) -> bool;

    /// Takes a row. It is of no use if its schema is newer than this program or its body can't be
    /// read: then it is left as it is, and it is poison to whatever needs it.
    fn load(&mut self, key: RecordKey, row: &Row);

    /// Takes a row unless the desk holds it already. Whether it is of use.
    fn can_use(&mut self, key: &RecordKey, row: &Row) -> bool;

    /// Takes the keys of a range whose rows were loaded before.
    fn load_range(&mut self, range: Range, keys: Vec<RecordKey>);

    /// Decides, and folds the changes in.
    fn handle(&mut self, message: &Message, now: Timestamp) -> Handled;

    /// The version of every row that decisions have seen.
    fn seen(&self) -> Vec<(RowKey, u64)>;

    /// What is to be written and what is to be added.
    ///
    /// # Errors
    /// A record can't be encoded, or its columns can't be told.
    fn take_writes(&mut self) -> Result<(Vec<Write>, Vec<Write>), String>;
}

/// What came of a message.
pub enum Handled {
    /// The changes but for the records, which the desk keeps, and the version of the subject's
    /// record.
    Done(Changes<()>, u64),
    /// Nothing to do, for that reason.
    Ignored(&'static str),
    /// It looked for rows that are not here.
    Needs(Vec<RecordKey>, Vec<Range>),
    /// It can't be handled, ever.
    Poison(String),
}

impl<S: Service> Hosted for S {
    fn name(&self) -> ServiceName {
        S::NAME
    }

    fn record_kinds(&self) -> &'static [&'static RecordKind] {
        S::RECORDS
    }

    fn accepted(&self) -> &'static [MessageType] {
        S::accepts()
    }

    fn open_desk(self: Arc<Self>) -> Box<dyn Desk + Send> {
        Box::new(TypedDesk {
            service: self,
            records: Records::default(),
            versions: IndexMap::default(),
            useless: IndexMap::default(),
            appends: vec![],
        })
    }
}

/// The version a row had when it was loaded, and how many decisions have written it since.
#[derive(Clone, Copy)]
struct Version {
    loaded: u64,
    writes: u64,
}

struct TypedDesk<S: Service> {
    service: Arc<S>,
    records: Records<S::Record>,
    versions: IndexMap<RecordKey, Version, FxBuildHasher>,
    /// The rows that were loaded and are of no use, and why.
    useless: IndexMap<RecordKey, String, FxBuildHasher>,
    appends: Vec<(RecordKey, S::Record)>,
}

impl<S: Service> TypedDesk<S> {
    fn decide(&mut self, message: &Message, now: Timestamp) -> Handled {
        let decided = judged(|| self.service.decide(&self.records, message, now));
        let (keys, ranges) = self.records.take_missed();
        if !keys.is_empty() || !ranges.is_empty() {
            return Handled::Needs(keys, ranges);
        }
        match decided {
            Ok(Decision::Apply(changes)) => self.fold(message, changes),
            Ok(Decision::Ignore(reason)) => Handled::Ignored(reason),
            Ok(Decision::Illegal { state, message }) => {
                Handled::Poison(format!("no rule for {} in state {state}", message.name()))
            }
            Err(reason) => Handled::Poison(reason),
        }
    }

    fn fold(&mut self, message: &Message, changes: Changes<S::Record>) -> Handled {
        let Changes { writes, appends, sends, timers, effects, tallies, reply } = changes;
        let unseen = writes.iter().map(|(key, _)| key).filter(|key| !self.records.holds(key));
        let unseen: Vec<RecordKey> = unseen.cloned().collect();
        if !unseen.is_empty() {
            return Handled::Needs(unseen, vec![]);
        }
        let mut subject_version = 0;
        for (key, record) in writes {
            if let Some(version) = self.versions.get_mut(&key) {
                version.writes += 1;
                self.records.put_version(key.clone(), version.loaded + version.writes);
                if key.subject == message.subject {
                    subject_version = subject_version.max(version.loaded + version.writes);
                }
            }
            self.records.put(key, Some(record));
        }
        self.appends.extend(appends);
        let (writes, appends) = (vec![], vec![]);
        let rest = Changes { writes, appends, sends, timers, effects, tallies, reply };
        Handled::Done(rest, subject_version)
    }
}

impl<S: Service> Desk for TypedDesk<S> {
    fn missing(&self, message: &Message) -> Result<Vec<RecordKey>, String> {
        let mut keys = judged(|| self.service.reads(message))?;
        keys.retain(|key| !self.holds(key));
        Ok(keys)
    }

    fn holds(&self, key: &RecordKey) -> bool {
        self.records.holds(key) || self.useless.contains_key(key)
    }

    fn load(&mut self, key: RecordKey, row: &Row) {
        self.versions.insert(key.clone(), Version { loaded: row.version, writes: 0 });
        match decoded(&key, row) {
            Ok(record) => {
                self.records.put_version(key.clone(), row.version);
                self.records.put(key, record);
            }
            Err(reason) => _ = self.useless.insert(key, reason),
        }
    }

    fn can_use(&mut self, key: &RecordKey, row: &Row) -> bool {
        if !self.holds(key) {
            self.load(key.clone(), row);
        }
        !self.useless.contains_key(key)
    }

    fn load_range(&mut self, range: Range, keys: Vec<RecordKey>) {
        self.records.put_range(range, keys);
    }

    fn handle(&mut self, message: &Message, now: Timestamp) -> Handled {
        let handled = self.decide(message, now);
        let Handled::Needs(mut keys, ranges) = handled else { return handled };
        let reason = keys.iter().find_map(|key| self.useless.get(key)).cloned();
        keys.retain(|key| !self.useless.contains_key(key));
        match reason {
            // As long as others are missing it may have looked there for no good reason.
            Some(reason) if keys.is_empty() && ranges.is_empty() => Handled::Poison(reason),
            _ => Handled::Needs(keys, ranges),
        }
    }

    fn seen(&self) -> Vec<(RowKey, u64)> {
        let row = |record: &RecordKey| RowKey { service: S::NAME, record: record.clone() };
        self.versions.iter().map(|(key, version)| (row(key), version.loaded)).collect()
    }

    fn take_writes(&mut self) -> Result<(Vec<Write>, Vec<Write>), String> {
        let write = |key: &RecordKey, record: &S::Record, before: u64, version: u64| {
            let body = codec::encode(record).map_err(|error| format!("{key:?}: {error}"))?;
            let columns = judged(|| record.columns());
            let columns = columns.map_err(|reason| format!("{key:?}: {reason}"))?;
            let key = RowKey { service: S::NAME, record: key.clone() };
            Ok::<_, String>(Write { key, version_before: before, version, body, columns })
        };
        let mut writes = vec![];
        for (key, version) in self.versions.iter().filter(|(_, version)| version.writes > 0) {
            if let Some(record) = self.records.peek(key) {
                writes.push(write(key, record, version.loaded, version.loaded + version.writes)?);
            }
        }
        let appends = self.appends.iter().map(|(key, record)| write(key, record, 0, 1));
        Ok((writes, appends.collect::<Result<_, _>>()?))
    }
}

/// The record in a row, if there is one.
fn decoded<R: Record>(key: &RecordKey, row: &Row) -> Result<Option<R>, String> {
    if row.schema > key.kind.schema {
        let (found, known) = (row.schema, key.kind.schema);
        return Err(format!("{key:?} has schema {found}, this program knows {known}: upgrade it"));
    }
    if row.version == 0 {
        return Ok(None);
    }
    let record = codec::decode(&row.body);
    record.map(Some).map_err(|error| format!("{key:?} can't be read: {error}"))
}

/// What a service's own code makes of it. A defect there must not take the store's thread with it.
fn judged<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    caught(work).map_err(|what| format!("the rule panicked: {what}"))
}
