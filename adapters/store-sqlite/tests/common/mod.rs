//! Stores on real files in a folder that is thrown away.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod namespace;

use conformance::{Opening, START, Site, toys};
use engine::Publishing;
use std::path::PathBuf;
use std::sync::Arc;
use store_sqlite::{Durability, OpenError, Settings, SqliteStore, first_migration};
use tempfile::TempDir;

/// A file of its own for every test.
pub struct OneFile {
    folder: TempDir,
}

impl OneFile {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }
}

impl Site for OneFile {
    type Store = SqliteStore;

    async fn open(&self, opening: Opening) -> SqliteStore {
        open_file(self.path(), opening).expect("a store")
    }
}

/// A file in a folder of the test's.
pub struct InFolder(pub PathBuf);

impl Site for InFolder {
    type Store = SqliteStore;

    async fn open(&self, opening: Opening) -> SqliteStore {
        open_file(self.0.join("store.db"), opening).expect("a store")
    }
}

/// For the toys, at a time that stands still.
pub fn opening() -> Opening {
    let kinds = toys(false, Publishing::Nothing).record_kinds().collect();
    Opening { kinds, clock: Arc::new(|| START) }
}

/// The store of the toys in a file.
pub fn open_file(path: PathBuf, opening: Opening) -> Result<SqliteStore, OpenError> {
    let migration = first_migration(&opening.kinds);
    let Opening { kinds, clock } = opening;
    let settings = Settings { path, durability: Durability::Full, kinds, clock };
    SqliteStore::open_with(settings, &[&migration])
}
