//! The adapters of one process.

use crate::telemetry::Observer;
use engine::{Bus, Deliveries, NoBus, ObservedRound, Ports, Queries, Transactions};
use hosting::SystemClock;
use payment_fake::FakeProvider;

/// A store, maybe a bus, the built-in provider and the process clock.
pub struct Adapters<S, B = NoBus> {
    /// The store.
    pub store: S,
    /// The bus; none where all services are hosted together and nothing leaves.
    pub bus: Option<B>,
    /// The provider.
    pub provider: FakeProvider<SystemClock>,
    /// Who is told of committed rounds.
    pub observer: Observer,
}

/// What a process asks of its store.
pub trait Store: Transactions + Deliveries + Queries {}

impl<S: Transactions + Deliveries + Queries> Store for S {}

impl<S: Store, B: Bus> Ports for Adapters<S, B> {
    type Store = S;
    type Bus = B;
    type Effects = FakeProvider<SystemClock>;
    type Clock = SystemClock;

    fn store(&self) -> &S {
        &self.store
    }

    fn bus(&self) -> Option<&B> {
        self.bus.as_ref()
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
