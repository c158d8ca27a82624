//! Which services there are, and the adapters of the embedded hosting.

use crate::telemetry::Observer;
use contracts::{ServiceName, Timestamp};
use engine::{Clock, Hosted, Hosting, NoBus, ObservedRound, Ports, Routing};
use payment_fake::FakeProvider;
use service::Service;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store_sqlite::SqliteStore;

/// All four services in this process; nothing leaves it.
pub fn all_services() -> Hosting {
    let services: Vec<Arc<dyn Hosted>> = vec![
        Arc::new(orders::Orders),
        Arc::new(payments::Payments),
        Arc::new(inventory::Inventory),
        Arc::new(orchestrator::Orchestrator),
    ];
    Hosting::new(services, routing(), false)
}

/// Who reads what, over the whole house.
fn routing() -> Routing {
    fn of<S: Service>(_: &S) -> (ServiceName, &'static [contracts::MessageType]) {
        (S::NAME, S::accepts())
    }
    Routing::new(vec![
        of(&orders::Orders),
        of(&payments::Payments),
        of(&inventory::Inventory),
        of(&orchestrator::Orchestrator),
    ])
}

/// SQLite, the built-in provider, the process clock, and no bus.
pub struct Embedded {
    /// The store.
    pub store: SqliteStore,
    /// The provider.
    pub provider: FakeProvider,
    /// Who is told of committed rounds.
    pub observer: Observer,
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

    fn observe(&self, round: &ObservedRound<'_>) {
        self.observer.round(round);
    }
}

/// The clock of this machine.
pub struct SystemClock;

/// The time by the clock of this machine.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(0) + since
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
