//! What a database server says of its work for some of its databases.

use crate::databases::Databases;
use std::time::Duration;
use terminal::Failure;
use tokio::time::sleep;

/// A connection of the server tells of its work this much later, and when it has been idle for
/// [`TOLD_AFTER_MAX`].
const TOLD_AFTER: Duration = Duration::from_millis(1_100);
/// Then every connection has told of all of its work.
pub const TOLD_AFTER_MAX: Duration = Duration::from_secs(11);
/// Looks until nothing more is told.
const LOOKS_MAX: usize = 10;

/// Counts since the databases were made; of the write-ahead log, since the server was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Bytes of the write-ahead log of the whole server.
    pub wal_bytes: f64,
    /// How often that was synced.
    pub syncs: f64,
    /// Transactions that were committed, those included that only read.
    pub transactions: f64,
    /// Rows that were inserted.
    pub inserted: f64,
    /// Rows that were updated.
    pub updated: f64,
    /// Rows that were deleted.
    pub deleted: f64,
    /// Statements, those included that begin and end transactions; none without the extension
    /// `pg_stat_statements`.
    pub statements: Option<f64>,
}

impl Statistics {
    /// As they are told now.
    ///
    /// # Errors
    /// The server doesn't tell.
    pub async fn read(databases: &Databases) -> Result<Self, Failure> {
        let (server, names) = (databases.server(), databases.names());
        let statement = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8, \
                         sum(xact_commit)::float8, sum(tup_inserted)::float8, \
                         sum(tup_updated)::float8, sum(tup_deleted)::float8 \
                         FROM pg_stat_database WHERE datname = ANY($1)";
        let [wal_bytes, transactions, inserted, updated, deleted] =
            server.numbers(statement, &[&names]).await?;
        let syncs = match server.has_wal_in_io() {
            true => "SELECT sum(fsyncs)::float8 FROM pg_stat_io WHERE object = 'wal'",
            false => "SELECT wal_sync::float8 FROM pg_stat_wal",
        };
        let [syncs] = server.numbers(syncs, &[]).await?;
        let statements = match server.has_statements() {
            true => {
                let statement = "SELECT coalesce(sum(calls), 0)::float8 FROM pg_stat_statements \
                                 JOIN pg_database ON pg_database.oid = dbid \
                                 WHERE datname = ANY($1)";
                let [statements] = server.numbers(statement, &[&names]).await?;
                Some(statements)
            }
            false => None,
        };
        Ok(Self { wal_bytes, syncs, transactions, inserted, updated, deleted, statements })
    }

    /// Once nothing more is told of what was done before.
    ///
    /// # Errors
    /// The server doesn't tell.
    pub async fn at_rest(databases: &Databases) -> Result<Self, Failure> {
        let mut told = Self::read(databases).await?;
        for _ in 0..LOOKS_MAX {
            sleep(TOLD_AFTER).await;
            let before = std::mem::replace(&mut told, Self::read(databases).await?);
            if before.inserted >= told.inserted {
                break;
            }
        }
        Ok(told)
    }

    /// What was done since an earlier moment.
    pub fn since(&self, earlier: &Self) -> Self {
        let both = |now: Option<f64>, then: Option<f64>| Some(now? - then?);
        Self {
            wal_bytes: self.wal_bytes - earlier.wal_bytes,
            syncs: self.syncs - earlier.syncs,
            transactions: self.transactions - earlier.transactions,
            inserted: self.inserted - earlier.inserted,
            updated: self.updated - earlier.updated,
            deleted: self.deleted - earlier.deleted,
            statements: both(self.statements, earlier.statements),
        }
    }
}
