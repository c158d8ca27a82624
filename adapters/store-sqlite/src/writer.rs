//! The thread that owns the only connection that writes.

use crate::checkpoint::{self, Checkpoints};
use crate::error::{OpenError, store_error};
use crate::open::Opened;
use crate::transaction::{self, Tables};
use contracts::Timestamp;
use engine::StoreError;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;
use std::fs::File;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce(&mut Writer) + Send>;

/// What rounds and the engine's housekeeping work on.
pub(crate) struct Writer {
    pub connection: Connection,
    pub tables: Tables,
    /// The numbers of the services hosted here, as a list in SQL. A file may also hold timers of
    /// services that were hosted on it once; nobody here could handle them.
    pub hosted: String,
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// The time of the last round: time never goes back, not over a restart either.
    pub last_now: Timestamp,
    pub next: Positions,
    /// Whether there are any lots: nearly never, and then nobody has to look.
    pub has_lots: bool,
    pub checkpoints: Checkpoints,
    _lock: File,
}

/// The next positions in the tables that only grow at their end.
#[derive(Clone, Copy)]
pub(crate) struct Positions {
    pub log: i64,
    pub hop: i64,
    pub outbox: i64,
}

impl Writer {
    /// The store's time.
    pub fn now(&mut self) -> Timestamp {
        self.last_now = self.last_now.max((self.clock)());
        self.last_now
    }

    /// Runs inside one transaction.
    pub fn in_transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(store_error)?;
        let positions = self.next;
        let done = work(self).and_then(|done| {
            self.connection.execute_batch("COMMIT").map_err(store_error)?;
            Ok(done)
        });
        if done.is_err() {
            // A gap in the log would look like a loss.
            self.next = positions;
            if !self.connection.is_autocommit() {
                // It was broken off by an error already known; that one is told.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
        }
        done
    }
}

/// The way to the writer's thread.
pub(crate) struct Handle {
    work: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Runs on the writer's thread, after what was sent before.
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, outcome) = oneshot::channel();
        let work: Work = Box::new(move |writer| {
            let _ = done.send(work(writer)); // whoever asked may have gone
        });
        let gone = || StoreError::Fatal("the writer's thread has ended".into());
        let sender = self.work.as_ref().ok_or_else(gone)?;
        sender.send(work).map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())?
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there has been told by the hook
        }
    }
}

pub(crate) fn start(opened: Opened) -> Result<Handle, OpenError> {
    let path = opened.path.clone();
    let sqlite = |error| OpenError::from_sqlite(&path, error);
    let checkpoints = checkpoint::start(&path).map_err(sqlite)?;
    let mut writer = prepare(opened, checkpoints).map_err(sqlite)?;
    let (sender, receiver) = mpsc::channel::<Work>();
    let run = move || {
        while let Ok(work) = receiver.recv() {
            work(&mut writer);
            writer.checkpoints.after_work(&writer.connection);
        }
    };
    let thread = thread::Builder::new().name("sqlite-writer".into()).spawn(run);
    let thread = thread.map_err(|error| OpenError::Io(path.clone(), error))?;
    Ok(Handle { work: Some(sender), thread: Some(thread) })
}

fn prepare(opened: Opened, checkpoints: Checkpoints) -> rusqlite::Result<Writer> {
    let Opened { connection, kinds, clock, lock, path: _ } = opened;
    let last = |sql: &str| {
        let found = connection.query_row(sql, [], |row| row.get::<_, i64>(0)).optional();
        found.map(|last| last.unwrap_or(0))
    };
    let last_now = Timestamp(last("SELECT at FROM log ORDER BY position DESC LIMIT 1")?);
    let next = |table: &str| {
        let sql = format!("SELECT position FROM {table} ORDER BY position DESC LIMIT 1");
        last(&sql).map(|last| last + 1)
    };
    let next = Positions { log: next("log")?, hop: next("hops")?, outbox: next("outbox")? };
    let has_lots = last("SELECT count(*) FROM lots")? > 0;
    let tables = transaction::tables(&kinds);
    let numbers: BTreeSet<_> = kinds.iter().map(|(service, _)| service.number()).collect();
    let numbers: Vec<String> = numbers.into_iter().map(|it| it.to_string()).collect();
    let hosted = numbers.join(", ");
    checkpoint::count_frames(&connection);
    Ok(Writer {
        connection,
        tables,
        hosted,
        clock,
        last_now,
        next,
        has_lots,
        checkpoints,
        _lock: lock,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Durability, Settings, SqliteStore, first_migration};
    use engine::Deliveries;

    #[test]
    fn a_panic_on_the_writer_s_thread_is_fatal_to_whoever_asked_and_to_all_who_come_later() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            path: folder.path().join("store.db"),
            durability: Durability::Full,
            kinds: vec![],
            clock: Arc::new(|| Timestamp(0)),
        };
        let store = SqliteStore::open_with(settings, &[&first_migration(&[])]).expect("a store");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let gone = StoreError::Fatal("the writer's thread has ended".into());
            let broken = store.on_writer(|_| -> Result<(), _> { panic!("a defect") }).await;
            assert_eq!(broken, Err(gone.clone()));
            assert_eq!(store.waiting(1, 0).await, Err(gone));
        });
    }
}
