//! A simulated process: the adapters that its engine works with.

use crate::bus::SimBus;
use crate::executor::Universe;
use crate::provider::SimProvider;
use crate::store::SimStore;
use contracts::Timestamp;
use engine::{Clock, Ports};
use std::time::Duration;

/// The adapters of one simulated process.
#[derive(Clone)]
pub struct SimPorts {
    /// Its way to the database.
    pub store: SimStore,
    /// Its way to the bus, if there is one.
    pub bus: Option<SimBus>,
    /// Its way to the provider.
    pub provider: SimProvider,
    /// Its clock.
    pub clock: SimClock,
}

/// The clock of one simulated process.
#[derive(Clone)]
pub struct SimClock(pub Universe);

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, span: Duration) {
        self.0.sleep(span).await;
    }
}

impl Ports for SimPorts {
    type Store = SimStore;
    type Bus = SimBus;
    type Effects = SimProvider;
    type Clock = SimClock;

    fn store(&self) -> &SimStore {
        &self.store
    }

    fn bus(&self) -> Option<&SimBus> {
        self.bus.as_ref()
    }

    fn effects(&self) -> &SimProvider {
        &self.provider
    }

    fn clock(&self) -> &SimClock {
        &self.clock
    }
}
