//! Opening a file: whose it is, whether it may be written, and bringing its tables up to date.

use crate::error::OpenError;
use crate::schema::APPLICATION_ID;
use contracts::{ServiceName, Timestamp};
use rusqlite::{Connection, MAIN_DB, OpenFlags};
use service::RecordKind;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The migrations, in order. The version of a file is how many of them it has seen.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_initial.sql")];

/// Statements kept prepared on the writer: a few per table.
const STATEMENTS_MAX: usize = 256;
/// Statements kept prepared on each reader: some for each kind and filter.
const READER_STATEMENTS_MAX: usize = 64;
/// The page cache of the writer in KiB.
const CACHE_KIB: i64 = 32 * 1024;
/// The page cache of a reader in KiB: it looks for single rows.
pub(crate) const READER_CACHE_KIB: i64 = 2 * 1024;
/// The same of one that goes through the whole file: it has room for the log about a run of
/// subjects, with all that lies between, so that no page is read twice.
pub(crate) const WHOLE_FILE_CACHE_KIB: i64 = 32 * 1024;
/// How long to wait for somebody else's lock. Nobody else should write; beyond this the engine
/// waits, which tells those at the door.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// What a commit promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It survives a loss of power: every commit is synced.
    Full,
    /// It survives a crash of the process only. For folders that are thrown away at the end.
    Ephemeral,
}

/// How to open a store.
#[derive(Clone)]
pub struct Settings {
    /// The file.
    pub path: PathBuf,
    /// What a commit promises.
    pub durability: Durability,
    /// Every table of the services hosted on it.
    pub kinds: Vec<(ServiceName, &'static RecordKind)>,
    /// The clock of the process.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// An open file: locked, ours, and up to date.
pub(crate) struct Opened {
    pub connection: Connection,
    pub path: PathBuf,
    pub kinds: Arc<Vec<(ServiceName, &'static RecordKind)>>,
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Refuses a second writer for as long as it is held.
    pub lock: File,
}

pub(crate) fn open(settings: &Settings, migrations: &[&str]) -> Result<Opened, OpenError> {
    let path = &settings.path;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| OpenError::from_io(path, folder, error))?;
    }
    if path.is_dir() {
        return Err(OpenError::NotOurs(path.into()));
    }
    let lock = lock(path)?;
    let sqlite = |error| OpenError::from_sqlite(path, error);
    let connection = connect(path).map_err(sqlite)?;
    let seen = identify(&connection, path)?;
    if is_moved(&connection).map_err(sqlite)? {
        return Err(OpenError::Moved(path.into()));
    }
    // Up to here nothing was changed: the file may be somebody else's.
    if connection.is_readonly(MAIN_DB).map_err(sqlite)? {
        return Err(OpenError::ReadOnly(path.into()));
    }
    tune(&connection, settings.durability).map_err(sqlite)?;
    migrate(&connection, seen, migrations).map_err(sqlite)?;
    let kinds = Arc::new(settings.kinds.clone());
    Ok(Opened { connection, path: path.clone(), kinds, clock: settings.clock.clone(), lock })
}

/// In a file whose shop has gone on elsewhere. It can be read; who wants to go on here drops it.
const MOVED: &str = "CREATE TABLE IF NOT EXISTS moved (id INTEGER PRIMARY KEY) STRICT";

fn is_moved(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'moved')";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Nobody else may be at work.
pub(crate) fn mark_moved(path: &Path) -> rusqlite::Result<()> {
    let connection = connect(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(MOVED)
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let lock_path = path.with_extension("lock");
    let options = File::options().create(true).truncate(false).write(true).open(&lock_path);
    let file = options.map_err(|error| OpenError::from_io(path, &lock_path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.into())),
        Err(TryLockError::Error(error)) => Err(OpenError::Io(lock_path, error)),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_query_value(None, "schema_version", |_| Ok(()))?; // reads the header
    Ok(connection)
}

fn tune(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Ephemeral => "OFF",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// A connection that only reads.
pub(crate) fn connect_reader(path: &Path, cache_kib: i64) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(READER_STATEMENTS_MAX);
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    Ok(connection)
}

/// The version of the file's tables; 0 for a file without any.
fn identify(connection: &Connection, path: &Path) -> Result<i32, OpenError> {
    let sqlite = |error| OpenError::from_sqlite(path, error);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let application = pragma("application_id").map_err(sqlite)?;
    let version = pragma("user_version").map_err(sqlite)?;
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_row(tables, [], |row| row.get(0)).map_err(sqlite)?;
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        return Err(OpenError::NotOurs(path.into()));
    }
    let known = i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX);
    if version > known {
        return Err(OpenError::Newer { path: path.into(), found: version, known });
    }
    Ok(version)
}

fn migrate(connection: &Connection, seen: i32, migrations: &[&str]) -> rusqlite::Result<()> {
    let seen = usize::try_from(seen).unwrap_or(0);
    for (index, migration) in migrations.iter().enumerate().skip(seen) {
        let script = format!(
            "BEGIN IMMEDIATE;\n{migration}\nPRAGMA application_id = {APPLICATION_ID};\n\
             PRAGMA user_version = {};\nCOMMIT;",
            index + 1
        );
        connection.execute_batch(&script)?;
    }
    Ok(())
}

/// What is needed to read a file that another process may write.
pub(crate) struct OpenedToRead {
    pub connection: Connection,
    /// Keeps writers away for as long as it is held; none where one is at work already.
    pub lock: Option<File>,
}

/// Opens a file that must be there, and changes nothing.
pub(crate) fn open_to_read(path: &Path) -> Result<OpenedToRead, OpenError> {
    if !path.is_file() {
        return Err(OpenError::Missing(path.into()));
    }
    let lock = match lock(path) {
        Ok(lock) => Some(lock),
        Err(OpenError::InUse(_) | OpenError::ReadOnly(_)) => None,
        Err(error) => return Err(error),
    };
    let sqlite = |error| OpenError::from_sqlite(path, error);
    let connection = connect_reader(path, WHOLE_FILE_CACHE_KIB).map_err(sqlite)?;
    match identify(&connection, path)? {
        0 => Err(OpenError::NotOurs(path.into())),
        _ => Ok(OpenedToRead { connection, lock }),
    }
}
