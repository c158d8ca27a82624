//! The adapters of the tests: a real store on a file, the built-in provider, and no bus.

use engine::{Clock, Hosting, NoBus, Ports};
use hosting::SystemClock;
use payment_fake::{Books, FakeProvider};
use std::path::Path;
use std::sync::Arc;
use store_sqlite::{Durability, Settings, SqliteStore};

pub struct Embedded {
    store: SqliteStore,
    provider: FakeProvider<SystemClock>,
}

impl Embedded {
    pub fn open(folder: &Path, hosting: &Hosting) -> Self {
        let settings = Settings {
            path: folder.join("orderweaver.db"),
            durability: Durability::Ephemeral,
            kinds: hosting.record_kinds().collect(),
            clock: Arc::new(|| SystemClock.now()),
        };
        let store = SqliteStore::open(settings).expect("a store");
        let books = Books::open(&folder.join("books.db")).expect("books");
        Self { store, provider: FakeProvider::new(books, SystemClock) }
    }
}

impl Ports for Embedded {
    type Store = SqliteStore;
    type Bus = NoBus;
    type Effects = FakeProvider<SystemClock>;
    type Clock = SystemClock;

    fn store(&self) -> &SqliteStore {
        &self.store
    }

    fn bus(&self) -> Option<&NoBus> {
        None
    }

    fn effects(&self) -> &FakeProvider<SystemClock> {
        &self.provider
    }

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}
