//! The provider's statement: its books as readers have them, to be reconciled against.

use crate::books::{BooksError, COLUMNS, entry, identify};
use crate::rules::Entry;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The page cache of a reader in KiB: it looks for one operation after the other.
const CACHE_KIB: i64 = 32 * 1024;
/// Readers that are kept with nothing to do.
const IDLE_MAX: usize = 8;

/// The books as they are read: by as many at once as ask.
pub struct Statement {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Statement {
    /// Opens books that must be there, and changes nothing.
    ///
    /// # Errors
    /// They are not there, or no such file.
    pub fn open(path: &Path) -> Result<Self, BooksError> {
        let idle = Mutex::new(vec![reader(path)?]);
        Ok(Self { path: path.into(), idle })
    }

    /// The operations as far as they were done. All at one moment: a lock for each of them costs as
    /// much as the looking up.
    ///
    /// # Errors
    /// The books can't be read.
    pub fn done(&self, operation_ids: &[&str]) -> Result<Vec<Option<Entry>>, BooksError> {
        let sql =
            format!("SELECT {COLUMNS} FROM operations WHERE operation_id = ?1 AND decided = 1");
        self.ask(|books| {
            let moment = books.unchecked_transaction()?;
            let mut statement = moment.prepare_cached(&sql)?;
            let mut find = |id: &&str| statement.query_row([id], entry).optional();
            operation_ids.iter().map(&mut find).collect()
        })
    }

    /// How many operations were done.
    ///
    /// # Errors
    /// The books can't be read.
    pub fn succeeded(&self) -> Result<u64, BooksError> {
        let sql = "SELECT count(*) FROM operations WHERE decided = 1";
        self.ask(|books| books.query_row(sql, [], |row| row.get(0)))
    }

    /// The next operations that were done, in the order of their ids, each with its id.
    ///
    /// # Errors
    /// The books can't be read.
    pub fn page(&self, after: &str, rows_max: usize) -> Result<Vec<(String, Entry)>, BooksError> {
        let sql = format!(
            "SELECT {COLUMNS}, operation_id FROM operations
             WHERE operation_id > ?1 AND decided = 1 ORDER BY operation_id LIMIT ?2"
        );
        let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
        self.ask(|books| {
            let mut statement = books.prepare_cached(&sql)?;
            let read = |row: &rusqlite::Row<'_>| Ok((row.get("operation_id")?, entry(row)?));
            statement.query_map(params![after, limit], read)?.collect()
        })
    }

    fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, BooksError> {
        let pooled = self.idle().pop();
        let books = pooled.map_or_else(|| reader(&self.path), Ok)?;
        let answer = question(&books)?;
        let mut idle = self.idle();
        if idle.len() < IDLE_MAX {
            idle.push(books);
        }
        Ok(answer)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reader(path: &Path) -> Result<Connection, BooksError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    identify(&connection, path)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}
