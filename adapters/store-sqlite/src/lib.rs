//! The store on one SQLite file.
//!
//! One thread owns the only connection that writes; rounds are driven on it, each inside one
//! transaction (`BEGIN IMMEDIATE` .. `COMMIT`, WAL, `synchronous=FULL`), so nothing that a round
//! has read can change before its commit. Readers have connections of their own. Checkpoints run
//! on a third connection, because one on the writer decides the latency of all others.
//!
//! Invariant: the meaning of a record is not read here, and no SQL is written per service.

mod checkpoint;
mod commit;
mod damage;
mod deliveries;
mod error;
mod export;
mod log;
mod names;
mod open;
mod page;
mod queries;
mod scan;
mod schema;
mod tallies;
mod transaction;
mod writer;

pub use error::OpenError;
pub use open::{Durability, Settings};
pub use queries::SqliteReader;
pub use schema::first_migration;

use contracts::Subject;
use engine::{
    Backlog, DeadLetter, Group, LogPage, LogRequest, Page, PageRequest, Queries, Scan, ScanRequest,
    StoreError, Stored, Tally, TallyRequest,
};
use service::{Index, RecordKey, RecordKind};
use std::sync::Arc;
use writer::Writer;

/// The version of SQLite that is built in.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// A store on one file. Cheap to clone; the file is closed when the last clone is gone.
#[derive(Clone)]
pub struct SqliteStore {
    // Closed first: only a last connection that writes carries the log over and removes it.
    reader: SqliteReader,
    writer: Arc<writer::Handle>,
}

impl SqliteStore {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// It is in use, not ours, newer than this program, or can't be written.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        Self::open_with(settings, open::MIGRATIONS)
    }

    /// As `open`, for services that aren't of the house: these migrations make their tables.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_with(settings: Settings, migrations: &[&str]) -> Result<Self, OpenError> {
        let opened = open::open(&settings, migrations)?;
        let reader = SqliteReader::beside_writer(opened.path.clone(), opened.kinds.clone());
        let writer = writer::start(opened)?;
        Ok(Self { reader, writer: Arc::new(writer) })
    }

    /// Runs on the writer's thread, between two rounds.
    async fn on_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.call(work).await
    }
}

impl Queries for SqliteStore {
    async fn record(&self, key: RecordKey) -> Result<Option<Stored>, StoreError> {
        self.reader.record(key).await
    }

    async fn records_of(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        rows_max: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.reader.records_of(kind, subject, rows_max).await
    }

    async fn page(&self, request: PageRequest) -> Result<Page, StoreError> {
        self.reader.page(request).await
    }

    async fn count(
        &self,
        kind: &'static RecordKind,
        index: &'static Index,
        groups_max: usize,
    ) -> Result<Vec<Group>, StoreError> {
        self.reader.count(kind, index, groups_max).await
    }

    async fn log(&self, request: LogRequest) -> Result<LogPage, StoreError> {
        self.reader.log(request).await
    }

    async fn tallies(&self, request: TallyRequest) -> Result<Vec<Tally>, StoreError> {
        self.reader.tallies(request).await
    }

    async fn dead_letters(&self, rows_max: usize) -> Result<Vec<DeadLetter>, StoreError> {
        self.reader.dead_letters(rows_max).await
    }

    async fn scan<T: Send + 'static>(
        &self,
        request: ScanRequest,
        judge: impl FnOnce(Scan) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        self.reader.scan(request, judge).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.reader.backlog().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.reader.ping().await
    }
}
