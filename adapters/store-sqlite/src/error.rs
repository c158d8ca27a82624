//! What an error of SQLite means for a round.

use engine::StoreError;
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_CHECK, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_IOERR_SHMSIZE};
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a file can't be opened as a store. The sentences are shown to users and end with a remedy.
#[derive(Debug)]
pub enum OpenError {
    /// Another process works on it.
    InUse(PathBuf),
    /// It is a SQLite file, or none at all, but not one of ours.
    NotOurs(PathBuf),
    /// It was written by a newer version.
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its tables.
        found: i32,
        /// The version that this program knows.
        known: i32,
    },
    /// There is no such file.
    Missing(PathBuf),
    /// Its shop was moved to a database, and goes on there.
    Moved(PathBuf),
    /// It can't be written.
    ReadOnly(PathBuf),
    /// No room is left for it.
    Full(PathBuf),
    /// Its bytes are not as SQLite wrote them.
    Damaged(PathBuf),
    /// The file system says no.
    Io(PathBuf, std::io::Error),
    /// SQLite says no.
    Sqlite(PathBuf, rusqlite::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(
                formatter,
                "{} is in use by another process: stop it, or choose another folder with --data",
                path.display()
            ),
            Self::NotOurs(path) => write!(
                formatter,
                "{} is no OrderWeaver store: choose another folder with --data",
                path.display()
            ),
            Self::Newer { path, found, known } => write!(
                formatter,
                "{} was written by a newer version (its tables have version {found}, this program \
                 knows {known}): upgrade orderweaver",
                path.display()
            ),
            Self::Missing(path) => write!(
                formatter,
                "there is no store at {}: name the folder of one with --data",
                path.display()
            ),
            Self::Moved(path) => write!(
                formatter,
                "the shop in {} was moved to a database: name that with --store, or choose another \
                 folder with --data",
                path.display()
            ),
            Self::ReadOnly(path) => write!(
                formatter,
                "{} can't be written: check the permissions of the file and its folder",
                path.display()
            ),
            Self::Full(path) => write!(
                formatter,
                "no room is left on the disk of {}: make room, then start again",
                path.display()
            ),
            Self::Damaged(path) => write!(
                formatter,
                "{} is damaged: put a backup in its place, or choose another folder with --data",
                path.display()
            ),
            Self::Io(path, error) => {
                write!(formatter, "{}: {error}: choose another folder with --data", path.display())
            }
            Self::Sqlite(path, error) => write!(
                formatter,
                "{} can't be opened: {error}: choose another folder with --data",
                path.display()
            ),
        }
    }
}

impl std::error::Error for OpenError {}

impl OpenError {
    /// Of the file itself, or of a file or folder that it needs.
    pub(crate) fn from_io(path: &Path, needed: &Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly(path.into())
            }
            ErrorKind::StorageFull => Self::Full(path.into()),
            _ => Self::Io(needed.into(), error),
        }
    }

    pub(crate) fn from_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse(path.into()),
            Some(ErrorCode::DiskFull) => Self::Full(path.into()),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(path.into()),
            Some(ErrorCode::NotADatabase) => Self::NotOurs(path.into()),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly(path.into())
            }
            _ => Self::Sqlite(path.into(), error),
        }
    }
}

/// What must happen next decides which it is.
pub(crate) fn store_error(error: rusqlite::Error) -> StoreError {
    use rusqlite::Error;
    let text = error.to_string();
    let Some(sqlite) = error.sqlite_error() else {
        return match error {
            // A value that was to be written.
            Error::ToSqlConversionFailure(_) | Error::InvalidParameterCount(..) => {
                StoreError::Rejected(text)
            }
            // A row that is not as it was written; nothing that was asked for is to blame.
            _ => StoreError::Fatal(text),
        };
    };
    match sqlite.code {
        ErrorCode::DiskFull => StoreError::StorageFull(text),
        // The index of the log could not grow.
        _ if sqlite.extended_code == SQLITE_IOERR_SHMSIZE => StoreError::StorageFull(text),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory => {
            StoreError::Unavailable(text)
        }
        ErrorCode::TooBig | ErrorCode::TypeMismatch => StoreError::Rejected(text),
        ErrorCode::ConstraintViolation => {
            let expected = [SQLITE_CONSTRAINT_CHECK, SQLITE_CONSTRAINT_PRIMARYKEY];
            let what = if expected.contains(&sqlite.extended_code) { "" } else { "unexpected: " };
            StoreError::Rejected(format!("{what}{text}"))
        }
        // A failed write or fsync: what the page cache says afterwards can't be trusted.
        _ => StoreError::Fatal(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;
    use rusqlite::types::Type;

    fn kind(error: rusqlite::Error) -> &'static str {
        match store_error(error) {
            StoreError::Unavailable(_) => "unavailable",
            StoreError::StorageFull(_) => "full",
            StoreError::Rejected(_) => "rejected",
            StoreError::Fatal(_) => "fatal",
        }
    }

    fn check(code: i32, expected: &str) {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        assert_eq!(kind(error), expected, "{code}");
    }

    #[test]
    fn an_error_of_sqlite_means_what_has_to_happen_next() {
        check(ffi::SQLITE_BUSY, "unavailable");
        check(ffi::SQLITE_LOCKED, "unavailable");
        check(ffi::SQLITE_NOMEM, "unavailable");
        check(ffi::SQLITE_FULL, "full");
        check(ffi::SQLITE_IOERR_SHMSIZE, "full");
        check(ffi::SQLITE_TOOBIG, "rejected");
        check(ffi::SQLITE_CONSTRAINT_CHECK, "rejected");
        check(ffi::SQLITE_CONSTRAINT_PRIMARYKEY, "rejected");
        check(ffi::SQLITE_IOERR_FSYNC, "fatal");
        check(ffi::SQLITE_IOERR_WRITE, "fatal");
        check(ffi::SQLITE_IOERR_READ, "fatal");
        check(ffi::SQLITE_CORRUPT, "fatal");
        check(ffi::SQLITE_READONLY, "fatal");
        check(ffi::SQLITE_ERROR, "fatal");
    }

    #[test]
    fn what_can_t_be_written_is_rejected_and_a_row_that_can_t_be_read_is_fatal() {
        use rusqlite::Error;
        assert_eq!(kind(Error::ToSqlConversionFailure("x".into())), "rejected");
        assert_eq!(kind(Error::InvalidParameterCount(4, 5)), "rejected");
        assert_eq!(kind(Error::IntegralValueOutOfRange(0, -1)), "fatal");
        assert_eq!(kind(Error::FromSqlConversionFailure(0, Type::Blob, "x".into())), "fatal");
        assert_eq!(kind(Error::QueryReturnedNoRows), "fatal");
    }
}
