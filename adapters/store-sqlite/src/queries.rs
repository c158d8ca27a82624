//! Reading outside of rounds, on connections of their own.

use crate::damage;
use crate::deliveries::{find_name, service_of, text_of};
use crate::error::store_error;
use crate::log;
use crate::open::{READER_CACHE_KIB, WHOLE_FILE_CACHE_KIB, connect_reader, open_to_read};
use crate::page::Plan;
use crate::tallies;
use crate::{OpenError, export, open, scan};
use contracts::{MessageId, ServiceName, Subject};
use engine::{
    Backlog, Carried, Damage, DeadLetter, Group, LogPage, LogRequest, Page, PageRequest, Queries,
    Scan, ScanRequest, StoreError, Stored, Tally, TallyRequest, number_in, row_key,
};
use rusqlite::{Connection, Row, params};
use service::{Index, NUMBER_MAX, RecordKey, RecordKind};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Reads at once.
const READERS_MAX: usize = 4;

/// The tables of a file, and whose they are.
pub(crate) type Kinds = Arc<Vec<(ServiceName, &'static RecordKind)>>;

/// A store that is only read, over connections of its own. Cheap to clone.
#[derive(Clone)]
pub struct SqliteReader(Arc<Readers>);

struct Readers {
    path: PathBuf,
    /// The page cache of each connection in KiB.
    cache_kib: i64,
    kinds: Kinds,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Semaphore,
    /// Keeps writers away, where nobody writes.
    lock: Option<File>,
}

impl SqliteReader {
    /// Opens a file of which no store is open in this process. It stays as it is, and if no other
    /// process works on it, none can begin to before the last clone is gone.
    ///
    /// # Errors
    /// It is not there, not ours, or newer than this program.
    pub fn open(
        path: &Path,
        kinds: Vec<(ServiceName, &'static RecordKind)>,
    ) -> Result<Self, OpenError> {
        let opened = open_to_read(path)?;
        let idle = Arc::new(Mutex::new(vec![opened.connection]));
        Ok(Self(Arc::new(Readers {
            path: path.into(),
            cache_kib: WHOLE_FILE_CACHE_KIB,
            kinds: Arc::new(kinds),
            idle,
            permits: Semaphore::new(READERS_MAX),
            lock: opened.lock,
        })))
    }

    /// Beside the writer of this process.
    pub(crate) fn beside_writer(path: PathBuf, kinds: Kinds) -> Self {
        Self(Arc::new(Readers {
            path,
            cache_kib: READER_CACHE_KIB,
            kinds,
            idle: Arc::default(),
            permits: Semaphore::new(READERS_MAX),
            lock: None,
        }))
    }

    /// Whether somebody may write to the file meanwhile.
    pub fn is_live(&self) -> bool {
        self.0.lock.is_none()
    }

    /// What is wrong with the file, whatever its records say: messages that wait and can't be read,
    /// lots without a dead letter, gaps in the log.
    ///
    /// # Errors
    /// The file can't be read.
    pub async fn damage(&self) -> Result<Vec<Damage>, StoreError> {
        self.read(damage::damage).await
    }

    /// What SQLite itself finds: torn pages, rows that no index knows. It takes seconds for each
    /// gigabyte, all at one moment, so nobody should write meanwhile.
    ///
    /// # Errors
    /// The file can't be read.
    pub async fn integrity(&self) -> Result<Vec<Damage>, StoreError> {
        self.read(damage::integrity).await
    }

    /// Hands out everything that the file keeps, piece by piece, until somebody wants no more. The
    /// log comes last, and of messages that leave those first that wait longest.
    ///
    /// # Errors
    /// The file can't be read, or holds what nobody wrote.
    pub async fn carry(
        &self,
        mut give: impl FnMut(Carried) -> bool + Send + 'static,
    ) -> Result<(), StoreError> {
        let kinds = self.0.kinds.clone();
        self.read(move |connection| export::export(connection, &kinds, &mut give)).await
    }

    /// Messages that stand in the log, because they were sent, and that nobody has handled: they
    /// wait for the next round, or behind a dead letter, or are dead.
    ///
    /// # Errors
    /// As of `carry`.
    pub async fn unhandled(&self) -> Result<Vec<MessageId>, StoreError> {
        self.read(export::unhandled).await
    }

    /// From now on the shop is in another place, and nobody works on this file any more.
    ///
    /// # Errors
    /// The file can't be written, or somebody works on it.
    pub async fn was_moved(&self) -> Result<(), StoreError> {
        if self.is_live() {
            return Err(StoreError::Unavailable("a process works on the file".into()));
        }
        let path = self.0.path.clone();
        let marking = tokio::task::spawn_blocking(move || open::mark_moved(&path));
        let marked = marking.await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        marked.map_err(store_error)
    }

    /// Runs on a connection that only reads, for tools that ask their own questions.
    ///
    /// # Errors
    /// SQLite says no.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let closed = |_| StoreError::Unavailable("the store is being closed".into());
        let _permit = self.0.permits.acquire().await.map_err(closed)?;
        let (path, cache_kib, idle) = (self.0.path.clone(), self.0.cache_kib, self.0.idle.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            // No more file descriptors, most likely: that passes.
            let opened = pooled.map_or_else(|| connect_reader(&path, cache_kib), Ok);
            let connection = opened.map_err(|it| StoreError::Unavailable(it.to_string()))?;
            let done = work(&connection).map_err(store_error)?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(done)
        });
        reading.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// The kind as this store knows it, for a name that came from outside.
    fn knows(&self, kind: &'static RecordKind) -> Result<(), StoreError> {
        let found = self.0.kinds.iter().any(|(_, known)| known.name == kind.name);
        let unknown = || StoreError::Rejected(format!("this store has no table {}", kind.name));
        found.then_some(()).ok_or_else(unknown)
    }
}

impl Queries for SqliteReader {
    async fn record(&self, key: RecordKey) -> Result<Option<Stored>, StoreError> {
        let (kind, number) = (key.kind, key.number);
        let found = self.rows(kind, key.subject, number, number, 1).await?;
        Ok(found.into_iter().next())
    }

    async fn records_of(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        rows_max: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.rows(kind, subject, 0, NUMBER_MAX, rows_max).await
    }

    async fn page(&self, request: PageRequest) -> Result<Page, StoreError> {
        self.knows(request.kind)?;
        let plan = Plan::of(&request)?;
        self.read(move |connection| plan.page(connection, &request)).await
    }

    async fn count(
        &self,
        kind: &'static RecordKind,
        index: &'static Index,
        groups_max: usize,
    ) -> Result<Vec<Group>, StoreError> {
        self.knows(kind)?;
        self.read(move |connection| count(connection, kind, index, groups_max)).await
    }

    async fn log(&self, request: LogRequest) -> Result<LogPage, StoreError> {
        self.read(move |connection| log::page(connection, &request)).await
    }

    async fn tallies(&self, request: TallyRequest) -> Result<Vec<Tally>, StoreError> {
        self.read(move |connection| tallies::tallies(connection, &request)).await
    }

    async fn dead_letters(&self, rows_max: usize) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, service, source, subject, reason, bytes FROM dead_letters
                 ORDER BY position LIMIT ?1",
            )?;
            let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
            let rows = statement.query_map([limit], dead_letter_of)?;
            rows.collect()
        })
        .await
    }

    async fn scan<T: Send + 'static>(
        &self,
        request: ScanRequest,
        judge: impl FnOnce(Scan) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        request.kinds.iter().try_for_each(|kind| self.knows(kind))?;
        self.read(move |connection| scan::scan(connection, &request).map(judge)).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.read(scan::backlog).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(|connection| connection.query_row("SELECT 1", [], |_| Ok(()))).await
    }
}

impl SqliteReader {
    async fn rows(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        first: u32,
        last: u32,
        rows_max: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.knows(kind)?;
        self.read(move |connection| {
            let Some(name) = find_name(connection, &subject)? else { return Ok(vec![]) };
            let sql = format!(
                "SELECT key, version, body FROM {} WHERE key BETWEEN ?1 AND ?2
                 ORDER BY key LIMIT ?3",
                kind.name
            );
            let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
            let mut statement = connection.prepare_cached(&sql)?;
            let range = params![row_key(name, first), row_key(name, last), limit];
            let rows = statement.query_map(range, |row| {
                let number = number_in(row.get(0)?);
                let key = RecordKey { kind, subject: subject.clone(), number };
                Ok(Stored { key, version: row.get(1)?, body: row.get(2)? })
            })?;
            rows.collect()
        })
        .await
    }
}

/// Of the first columns.
pub(crate) fn dead_letter_of(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    let source: Option<String> = row.get(2)?;
    Ok(DeadLetter {
        service: service_of(row, 1)?,
        id: MessageId::from_bytes(row.get(0)?),
        source: source.and_then(|source| source.parse().ok()),
        subject: text_of(row, 3)?,
        reason: row.get(4)?,
        bytes: row.get(5)?,
    })
}

fn count(
    connection: &Connection,
    kind: &RecordKind,
    index: &Index,
    groups_max: usize,
) -> rusqlite::Result<Vec<Group>> {
    let (name, columns) = (kind.name, index.columns.join(", "));
    let only = index.only.map_or_else(String::new, |only| format!("WHERE {only} "));
    let sql = format!("SELECT {columns}, count(*) FROM {name} {only}GROUP BY {columns} LIMIT ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(groups_max).unwrap_or(i64::MAX);
    let width = index.columns.len();
    let groups = statement.query_map([limit], |row| {
        let values = (0..width).map(|column| scan::value(row.get_ref(column)?));
        Ok(Group { values: values.collect::<rusqlite::Result<_>>()?, rows: row.get(width)? })
    })?;
    groups.collect()
}
