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
mod deliveries;
mod error;
mod log;
mod names;
mod open;
mod queries;
mod schema;
mod transaction;
mod writer;

pub use error::OpenError;
pub use open::{Durability, Settings};
pub use schema::first_migration;

use engine::StoreError;
use queries::Readers;
use rusqlite::Connection;
use std::sync::Arc;
use writer::Writer;

/// A store on one file. Cheap to clone; the file is closed when the last clone is gone.
#[derive(Clone)]
pub struct SqliteStore {
    writer: Arc<writer::Handle>,
    readers: Arc<Readers>,
}

impl SqliteStore {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// It is in use, not ours, newer than this program, or can't be written.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let opened = open::open(&settings)?;
        let readers = Readers::new(opened.path.clone(), opened.kinds.clone());
        let writer = writer::start(opened)?;
        Ok(Self { writer: Arc::new(writer), readers: Arc::new(readers) })
    }

    /// Runs on the writer's thread, between two rounds.
    async fn on_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.call(work).await
    }

    /// Runs on a connection of its own that only reads, for tools that ask their own questions.
    ///
    /// # Errors
    /// SQLite says no.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(work).await
    }
}
