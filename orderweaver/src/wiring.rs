//! The adapters of the embedded hosting.

use crate::telemetry::Observer;
use engine::{NoBus, ObservedRound, Ports};
use hosting::SystemClock;
use payment_fake::FakeProvider;
use store_sqlite::SqliteStore;

/// SQLite, the built-in provider, the process clock, and no bus.
pub struct Embedded {
    /// The store.
    pub store: SqliteStore,
    /// The provider.
    pub provider: FakeProvider<SystemClock>,
    /// Who is told of committed rounds.
    pub observer: Observer,
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

    fn observe(&self, round: &ObservedRound<'_>) {
        self.observer.round(round);
    }
}
