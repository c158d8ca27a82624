//! Stores on real files in a folder that is thrown away.
#![allow(dead_code, reason = "each test file uses a part of it")]

use conformance::{Opening, Site};
use std::path::PathBuf;
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

/// The store of the toys in a file.
pub fn open_file(path: PathBuf, opening: Opening) -> Result<SqliteStore, OpenError> {
    let migration = first_migration(&opening.kinds);
    let Opening { kinds, clock } = opening;
    let settings = Settings { path, durability: Durability::Full, kinds, clock };
    SqliteStore::open_with(settings, &[&migration])
}
