//! Reading outside of rounds, on connections of their own.

use crate::deliveries::{find_name, service_of, text_of, unreadable};
use crate::error::store_error;
use crate::log;
use crate::names::{record_key, row_key};
use crate::open::{connect_reader, open_to_read};
use crate::{OpenError, damage, scan};
use contracts::{MessageId, ServiceName, Subject};
use engine::{
    Backlog, DeadLetter, LoggedMessage, Page, PageRequest, Queries, Scan, ScanRequest, StoreError,
    Stored,
};
use rusqlite::{Connection, params, params_from_iter};
use service::{NUMBER_MAX, RecordKey, RecordKind, Value};
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
        Ok(Self::new(path.into(), Arc::new(kinds), vec![opened.connection], opened.lock))
    }

    /// Beside the writer of this process.
    pub(crate) fn beside_writer(path: PathBuf, kinds: Kinds) -> Self {
        Self::new(path, kinds, vec![], None)
    }

    fn new(path: PathBuf, kinds: Kinds, idle: Vec<Connection>, lock: Option<File>) -> Self {
        let (idle, permits) = (Arc::new(Mutex::new(idle)), Semaphore::new(READERS_MAX));
        Self(Arc::new(Readers { path, kinds, idle, permits, lock }))
    }

    /// Whether somebody may write to the file meanwhile.
    pub fn is_live(&self) -> bool {
        self.0.lock.is_none()
    }

    /// What is wrong with the file itself: torn pages, rows that no index knows, rows whose name is
    /// gone, messages that can't be read. Empty if nothing is.
    ///
    /// # Errors
    /// The file can't be read.
    pub async fn damage(&self) -> Result<Vec<String>, StoreError> {
        let tables: Vec<&str> = self.0.kinds.iter().map(|(_, kind)| kind.name).collect();
        self.read(move |connection| damage::damage(connection, &tables)).await
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
        let (path, idle) = (self.0.path.clone(), self.0.idle.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let pooled = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            // No more file descriptors, most likely: that passes.
            let opened = pooled.map_or_else(|| connect_reader(&path), Ok);
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
        self.read(move |connection| page(connection, &request)).await
    }

    async fn log_of(
        &self,
        subject: Subject,
        messages_max: usize,
    ) -> Result<Vec<LoggedMessage>, StoreError> {
        self.read(move |connection| log_of(connection, &subject, messages_max)).await
    }

    async fn dead_letters(&self, rows_max: usize) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, service, source, subject, reason, bytes FROM dead_letters
                 ORDER BY position LIMIT ?1",
            )?;
            let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
            let rows = statement.query_map([limit], |row| {
                let source: Option<String> = row.get(2)?;
                Ok(DeadLetter {
                    service: service_of(row, 1)?,
                    id: MessageId::from_bytes(row.get(0)?),
                    source: source.and_then(|source| source.parse().ok()),
                    subject: text_of(row, 3)?,
                    reason: row.get(4)?,
                    bytes: row.get(5)?,
                })
            })?;
            rows.collect()
        })
        .await
    }

    async fn scan(&self, request: ScanRequest) -> Result<Scan, StoreError> {
        request.kinds.iter().try_for_each(|kind| self.knows(kind))?;
        self.read(move |connection| scan::scan(connection, &request)).await
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
                let number = u32::try_from(row.get::<_, i64>(0)? & i64::from(NUMBER_MAX));
                let key = RecordKey { kind, subject: subject.clone(), number: number.unwrap_or(0) };
                Ok(Stored { key, version: row.get(1)?, body: row.get(2)? })
            })?;
            rows.collect()
        })
        .await
    }
}

/// Newest first: keys grow with time.
fn page(connection: &Connection, request: &PageRequest) -> rusqlite::Result<Page> {
    let kind = request.kind;
    let mut conditions = vec!["key < ?1".to_string()];
    let before = request.after.map_or(i64::MAX, |key| i64::try_from(key).unwrap_or(i64::MAX));
    let mut values = vec![Value::Integer(before)];
    for (column, value) in &request.equal {
        values.push(value.clone());
        conditions.push(format!("{column} IS ?{}", values.len())); // as `=`, and finds NULL
    }
    if let Some((column, value)) = request.at_least {
        values.push(Value::Integer(value));
        conditions.push(format!("{column} >= ?{}", values.len()));
    }
    let limit = i64::try_from(request.rows_max).unwrap_or(i64::MAX).saturating_add(1);
    let sql = format!(
        "SELECT key, version, body FROM {} WHERE {} ORDER BY key DESC LIMIT {limit}",
        kind.name,
        conditions.join(" AND "),
    );
    let values = values.into_iter().map(|value| match value {
        Value::Null => rusqlite::types::Value::Null,
        Value::Integer(value) => rusqlite::types::Value::Integer(value),
        Value::Text(text) => rusqlite::types::Value::Text(text),
    });
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut page = Page::default();
    let mut last = 0;
    while let Some(row) = rows.next()? {
        if page.records.len() == request.rows_max {
            page.next = Some(last);
            break;
        }
        last = row.get(0)?;
        let key = record_key(connection, kind, row.get(0)?)?;
        page.records.push(Stored { key, version: row.get(1)?, body: row.get(2)? });
    }
    Ok(page)
}

fn log_of(
    connection: &Connection,
    subject: &Subject,
    messages_max: usize,
) -> rusqlite::Result<Vec<LoggedMessage>> {
    let Some(name) = find_name(connection, subject)? else { return Ok(vec![]) };
    let mut statement = connection.prepare_cached(
        "SELECT position, messages FROM log WHERE subject = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([name])?;
    let mut found = vec![];
    while let Some(row) = rows.next()? {
        let position = row.get(0)?;
        let messages = log::read(row.get_ref(1)?.as_blob()?).map_err(unreadable)?;
        found.extend(messages.into_iter().map(|message| LoggedMessage { position, message }));
        if found.len() >= messages_max {
            found.truncate(messages_max);
            break;
        }
    }
    Ok(found)
}
