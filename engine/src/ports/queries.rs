//! Reading outside of rounds: what http and tools ask of a store. Nothing here holds up a round.

use crate::ports::StoreError;
use crate::unit::{DeadLetter, LogRow, Row, Tallied, TallyKey, TimerKey};
use contracts::{Message, ServiceName, Subject};
use service::{Index, RecordKey, RecordKind, Value};
use std::fmt;
use std::future::Future;
use std::ops::AddAssign;
use std::str::FromStr;

/// A record as it is read outside of rounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Which.
    pub key: RecordKey,
    /// How many decisions have written it.
    pub version: u64,
    /// What the codec made of it.
    pub body: Vec<u8>,
}

/// Which records of a kind to list, newest first.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The table.
    pub kind: &'static RecordKind,
    /// Only rows whose columns have these values. For each there must be an index over that column
    /// and, where [`Newest::ByColumn`] is asked for, the column of the order behind it.
    pub equal: Vec<(&'static str, Value)>,
    /// What makes a row the newer one.
    pub newest: Newest,
    /// Begin after the last row of the page before.
    pub after: Option<PagePlace>,
    /// At most so many.
    pub rows_max: usize,
}

impl PageRequest {
    /// # Errors
    /// Rejected: no declared index leads there.
    pub fn check(&self) -> Result<(), StoreError> {
        let order = match self.newest {
            Newest::ByKey => None,
            Newest::ByColumn { column, .. } => Some(column),
        };
        let filters = self.equal.iter().map(|(column, _)| vec![*column]);
        let bare = self.equal.is_empty().then(Vec::new);
        for mut needed in filters.chain(bare) {
            needed.extend(order);
            let leads = |index: &Index| index.only.is_none() && index.columns == needed;
            if !needed.is_empty() && !self.kind.indexes.iter().any(leads) {
                let what = format!("{} has no index over {}", self.kind.name, needed.join(", "));
                return Err(StoreError::Rejected(what));
            }
        }
        Ok(())
    }
}

/// What makes one row newer than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newest {
    /// Its subject was heard of later; of one subject's rows, the higher number.
    ByKey,
    /// A column of integers that never changes, with an index of its own; then its key.
    ByColumn {
        /// The column.
        column: &'static str,
        /// Only rows with this value or more.
        at_least: Option<i64>,
    },
}

/// Where a page ended. Its text is what clients hand back; they can't break anything with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagePlace {
    /// What the order's column holds; 0 for [`Newest::ByKey`].
    pub value: i64,
    /// The row's key in its store.
    pub key: i64,
}

impl fmt::Display for PagePlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.value, self.key)
    }
}

impl FromStr for PagePlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no place in a list");
        let (value, key) = text.split_once('.').ok_or_else(wrong)?;
        let number = |text: &str| text.parse().map_err(|_| wrong());
        Ok(Self { value: number(value)?, key: number(key)? })
    }
}

/// Records, and where the next page begins.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Newest first. They may be fewer than asked for, even none, though there are more: a store
    /// looks at a bounded number of rows for one page.
    pub records: Vec<Stored>,
    /// To be given as `after`; none at the end.
    pub next: Option<PagePlace>,
}

/// What to read whole.
#[derive(Clone, Debug)]
pub struct ScanRequest {
    /// The tables.
    pub kinds: Vec<&'static RecordKind>,
    /// About whom.
    pub subjects: Subjects,
}

/// Subjects to be read whole.
#[derive(Clone, Debug)]
pub enum Subjects {
    /// A run of them. A store counts its subjects as it hears of them, from 1, so slices don't
    /// depend on each other.
    Run {
        /// The number of the first.
        first: u64,
        /// At most so many.
        subjects_max: u64,
    },
    /// These, as far as the store has heard of them.
    Named(Vec<Subject>),
}

/// Subjects with everything about them, as it was at one moment.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// In the order of their numbers.
    pub subjects: Vec<ScannedSubject>,
    /// Rows that belong to no subject, each told by one run. Only the first are told.
    pub strays: Vec<Stray>,
    /// About how many more subjects there are behind the run.
    pub left: u64,
    /// The number of the first subject behind the run; none at the end.
    pub next: Option<u64>,
}

/// A row that belongs to no subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    /// In which table.
    pub table: &'static str,
    /// Its key there.
    pub key: i64,
}

/// Everything that is kept about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedSubject {
    /// Which.
    pub subject: Subject,
    /// Its records of the kinds that were asked for.
    pub records: Vec<Scanned>,
    /// The timers that wait.
    pub timers: Vec<TimerKey>,
    /// What the log says about it, oldest first.
    pub log: Vec<LogRow>,
    /// Whether that is all. A store gives no more rows of one table than a slice can bear.
    pub is_whole: bool,
}

/// A record with everything that the store keeps of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// Which.
    pub key: RecordKey,
    /// Version, schema and body.
    pub row: Row,
    /// What its columns hold, in the order of its kind.
    pub columns: Vec<Value>,
}

/// Rows of a kind that have the same values in the columns of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The values, in the order of the index.
    pub values: Vec<Value>,
    /// How many rows have them.
    pub rows: u64,
}

/// Which tallies to read, by name and unit.
#[derive(Clone, Debug)]
pub struct TallyRequest {
    /// Whose.
    pub service: ServiceName,
    /// Only those of this name; nothing: all.
    pub name: Option<Subject>,
    /// Begin after this name and unit.
    pub after: Option<(Subject, Subject)>,
    /// At most so many.
    pub rows_max: usize,
}

/// A tally, with everything that was committed by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Which.
    pub key: TallyKey,
    /// Its sums.
    pub tallied: Tallied,
}

/// A row, or a whole store, that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The table, and where it can be said, which row of it.
    pub row: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.row, self.what)
    }
}

/// How much waits in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Timers that have not fired.
    pub timers: u64,
    /// Messages to be published.
    pub outbox: u64,
    /// Hops that wait for the next round.
    pub hops: u64,
    /// Requests whose answer was not handled.
    pub effects: u64,
    /// Messages that wait behind a dead letter.
    pub parked: u64,
    /// Messages that could not be handled.
    pub dead_letters: u64,
}

impl AddAssign for Backlog {
    fn add_assign(&mut self, other: Self) {
        self.timers += other.timers;
        self.outbox += other.outbox;
        self.hops += other.hops;
        self.effects += other.effects;
        self.parked += other.parked;
        self.dead_letters += other.dead_letters;
    }
}

impl Backlog {
    /// Whether no message between services is on its way or held up.
    pub const fn is_settled(&self) -> bool {
        self.outbox == 0 && self.hops == 0 && self.parked == 0
    }
}

/// Where a message stands in the log: the order in which everything was handled or sent, which for
/// one subject is the order of its commits. Its text is `position-index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPlace {
    /// Its round's place.
    pub position: u64,
    /// Its own among the messages of that place.
    pub index: u32,
}

impl LogPlace {
    /// Before everything.
    pub const BEGIN: Self = Self { position: 0, index: 0 };
    /// After everything, whatever comes.
    pub const END: Self = Self { position: u64::MAX, index: u32::MAX };
}

impl fmt::Display for LogPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.position, self.index)
    }
}

impl FromStr for LogPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no place in the log: it looks like 17-0");
        let (position, index) = text.split_once('-').ok_or_else(wrong)?;
        let (position, index) = (position.parse(), index.parse());
        Ok(Self { position: position.map_err(|_| wrong())?, index: index.map_err(|_| wrong())? })
    }
}

/// A message of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedMessage {
    /// Where it stands.
    pub place: LogPlace,
    /// The message.
    pub message: Message,
}

/// Which messages of the log to read, oldest first.
#[derive(Clone, Debug)]
pub struct LogRequest {
    /// Only those about this subject; nothing: about all.
    pub about: Option<Subject>,
    /// Begin after the message at this place. After [`LogPlace::END`] there is none, but the
    /// answer tells where the log ends now.
    pub after: LogPlace,
    /// At most so many.
    pub messages_max: usize,
}

/// A run of the log.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// In order.
    pub messages: Vec<LoggedMessage>,
    /// To be given as `after`: the place of the last message; without any, what was given, or the
    /// end of the log if that comes first.
    pub next: LogPlace,
}

/// What http and tools read.
pub trait Queries: Send + Sync + 'static {
    /// One record.
    fn record(
        &self,
        key: RecordKey,
    ) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// All records of a subject of one kind, by number, at most so many.
    fn records_of(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        rows_max: usize,
    ) -> impl Future<Output = Result<Vec<Stored>, StoreError>> + Send;

    /// A page of the records of a kind. Rejected if no declared index leads there.
    fn page(&self, request: PageRequest) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// How many records there are for each set of values in the columns of a declared index; at
    /// most so many sets. It goes through the whole index.
    fn count(
        &self,
        kind: &'static RecordKind,
        index: &'static Index,
        groups_max: usize,
    ) -> impl Future<Output = Result<Vec<Group>, StoreError>> + Send;

    /// A run of the log.
    fn log(&self, request: LogRequest) -> impl Future<Output = Result<LogPage, StoreError>> + Send;

    /// Tallies, by name and unit.
    fn tallies(
        &self,
        request: TallyRequest,
    ) -> impl Future<Output = Result<Vec<Tally>, StoreError>> + Send;

    /// Dead letters, oldest first.
    fn dead_letters(
        &self,
        rows_max: usize,
    ) -> impl Future<Output = Result<Vec<DeadLetter>, StoreError>> + Send;

    /// Everything about a run of subjects, at one moment: for tools that look at the whole store, a
    /// slice at a time. It is large, so it is judged by the thread that has read it.
    fn scan<T: Send + 'static>(
        &self,
        request: ScanRequest,
        judge: impl FnOnce(Scan) -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// How much waits.
    fn backlog(&self) -> impl Future<Output = Result<Backlog, StoreError>> + Send;

    /// Whether it can be read.
    fn ping(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}
