//! The provider's books: one SQLite file, one thread, one transaction for all requests at hand.

use crate::rules::{Entry, Verdict, judge};
use contracts::messages::{OperationKind, ProviderRequest};
use contracts::{Currency, Money, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

/// Requests in one transaction.
const BATCH_MAX: usize = 256;

const TABLES: &str = "\
CREATE TABLE IF NOT EXISTS operations (
  operation_id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  decided INTEGER NOT NULL, -- 0 not yet, 1 succeeded, 2 failed
  code TEXT NOT NULL
) STRICT, WITHOUT ROWID;";

/// Marks a SQLite file as such books: the letters `OWPF`.
const APPLICATION_ID: i32 = 0x4F57_5046;
/// Of the tables.
const VERSION: i32 = 1;

/// Whether the file is ours, or still empty, and not newer than this program.
pub(crate) fn identify(connection: &Connection, path: &Path) -> Result<(), BooksError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(tables, [], |row| row.get(0))?;
    let is_new = application == 0 && tables == 0;
    if application != APPLICATION_ID && !is_new {
        let path = path.display();
        return Err(BooksError(format!("{path} is none: choose another folder with --data")));
    }
    if version > VERSION {
        let what = format!(
            "{} was written by a newer version ({version}, this program knows {VERSION}): upgrade",
            path.display()
        );
        return Err(BooksError(what));
    }
    Ok(())
}

/// Why the books could not be opened or written.
#[derive(Debug)]
pub struct BooksError(String);

impl fmt::Display for BooksError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the books of the fake provider: {}", self.0)
    }
}

impl std::error::Error for BooksError {}

impl From<rusqlite::Error> for BooksError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

type Answer = Result<Verdict, BooksError>;

struct Asked {
    request: ProviderRequest,
    now: Timestamp,
    answer: oneshot::Sender<Answer>,
}

/// The provider's books. What is answered is on disk first. Dropping them closes the file.
pub struct Books {
    /// Nothing only while they are closed.
    asked: Option<Sender<Asked>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Books {
    /// Waits until the last request is on disk and SQLite has folded its log into the file.
    fn drop(&mut self) {
        drop(self.asked.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there was told already
        }
    }
}

impl Books {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// It can't be written, or is no such file: then it stays as it is.
    pub fn open(path: &Path) -> Result<Self, BooksError> {
        let connection = Connection::open(path)?;
        identify(&connection, path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(TABLES)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", VERSION)?;
        let (asked, requests) = channel();
        let run = move || run(&connection, &requests);
        let started = thread::Builder::new().name("payment-fake".into()).spawn(run);
        let thread = started.map_err(|error| BooksError(error.to_string()))?;
        Ok(Self { asked: Some(asked), thread: Some(thread) })
    }

    /// Handles one request.
    ///
    /// # Errors
    /// The books can't be written; nothing was done.
    pub async fn handle(&self, request: ProviderRequest, now: Timestamp) -> Answer {
        let gone = || BooksError("they are closed".into());
        let (answer, answered) = oneshot::channel();
        let asked = self.asked.as_ref().ok_or_else(gone)?;
        asked.send(Asked { request, now, answer }).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn run(connection: &Connection, requests: &Receiver<Asked>) {
    while let Ok(first) = requests.recv() {
        let mut batch = vec![first];
        batch.extend(requests.try_iter().take(BATCH_MAX - 1));
        let verdicts = handle(connection, &batch);
        match verdicts {
            Ok(verdicts) => {
                for (asked, verdict) in batch.into_iter().zip(verdicts) {
                    let _ = asked.answer.send(Ok(verdict)); // whoever asked may have gone
                }
            }
            Err(error) => {
                let _ = connection.execute_batch("ROLLBACK"); // there may be none to roll back
                for asked in batch {
                    let _ = asked.answer.send(Err(BooksError(error.to_string())));
                }
            }
        }
    }
}

fn handle(connection: &Connection, batch: &[Asked]) -> rusqlite::Result<Vec<Verdict>> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut verdicts = vec![];
    for Asked { request, now, .. } in batch {
        let known = read(connection, &request.operation_id)?;
        let (verdict, entry) = judge(request, known, *now);
        if let Some(entry) = entry {
            write(connection, &request.operation_id, &entry)?;
        }
        verdicts.push(verdict);
    }
    connection.execute_batch("COMMIT")?;
    Ok(verdicts)
}

pub(crate) const COLUMNS: &str =
    "order_id, kind, amount, currency, first_seen, attempts, decided, code";

fn read(connection: &Connection, operation_id: &str) -> rusqlite::Result<Option<Entry>> {
    let sql = format!("SELECT {COLUMNS} FROM operations WHERE operation_id = ?1");
    connection.prepare_cached(&sql)?.query_row([operation_id], entry).optional()
}

pub(crate) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let currency = row.get_ref(3)?.as_str()?.parse::<Currency>();
    let currency = currency.map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(error))
    })?;
    let code: String = row.get(7)?;
    Ok(Entry {
        order_id: row.get(0)?,
        kind: OperationKind::try_from(row.get::<_, i32>(1)?).unwrap_or_default(),
        amount: Money::new(row.get(2)?, currency),
        first_seen: Timestamp(row.get(4)?),
        attempts: row.get(5)?,
        decided: match row.get::<_, i64>(6)? {
            0 => None,
            1 => Some(Ok(())),
            _ => Some(Err(code)),
        },
    })
}

fn write(connection: &Connection, operation_id: &str, entry: &Entry) -> rusqlite::Result<()> {
    let (decided, code) = match &entry.decided {
        None => (0, ""),
        Some(Ok(())) => (1, ""),
        Some(Err(code)) => (2, code.as_str()),
    };
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO operations (operation_id, order_id, kind, amount, currency,
           first_seen, attempts, decided, code)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    statement.execute(params![
        operation_id,
        entry.order_id,
        i32::from(entry.kind),
        entry.amount.minor_units(),
        entry.amount.currency().code(),
        entry.first_seen.micros(),
        entry.attempts,
        decided,
        code
    ])?;
    Ok(())
}
