//! The adapters of the tests: a real store on a file, the built-in provider, and no bus.

use contracts::{MessageType, ServiceName, Timestamp};
use engine::{Clock, Hosted, Hosting, NoBus, Ports, Routing};
use payment_fake::{Books, FakeProvider};
use service::Service;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store_sqlite::{Durability, Settings, SqliteStore};

pub struct Embedded {
    store: SqliteStore,
    provider: FakeProvider,
}

impl Embedded {
    pub fn open(folder: &Path, hosting: &Hosting) -> Self {
        let settings = Settings {
            path: folder.join("orderweaver.db"),
            durability: Durability::Ephemeral,
            kinds: hosting.record_kinds().collect(),
            clock: Arc::new(now),
        };
        let store = SqliteStore::open(settings).expect("a store");
        let books = Books::open(&folder.join("books.db")).expect("books");
        Self { store, provider: FakeProvider::new(books) }
    }
}

fn now() -> Timestamp {
    Timestamp(0) + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

pub fn all_services() -> Arc<Hosting> {
    fn of<S: Service>(_: &S) -> (ServiceName, &'static [MessageType]) {
        (S::NAME, S::accepts())
    }
    let services: Vec<Arc<dyn Hosted>> = vec![
        Arc::new(orders::Orders),
        Arc::new(payments::Payments),
        Arc::new(inventory::Inventory),
        Arc::new(orchestrator::Orchestrator),
    ];
    let routing = Routing::new(vec![
        of(&orders::Orders),
        of(&payments::Payments),
        of(&inventory::Inventory),
        of(&orchestrator::Orchestrator),
    ]);
    Arc::new(Hosting::new(services, routing, false))
}

impl Ports for Embedded {
    type Store = SqliteStore;
    type Bus = NoBus;
    type Effects = FakeProvider;
    type Clock = SystemClock;

    fn store(&self) -> &SqliteStore {
        &self.store
    }

    fn bus(&self) -> Option<&NoBus> {
        None
    }

    fn effects(&self) -> &FakeProvider {
        &self.provider
    }

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}

pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
