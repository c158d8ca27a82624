//! The adapters of one process.

use crate::stores::{books_path, elsewhere};
use crate::telemetry::Observer;
use contracts::messages::ProviderAnswered;
use contracts::{Body, Message, ServiceName};
use engine::{
    Bus, Deliveries, Effects, Hosting, NoBus, ObservedRound, Ports, Queries, Transactions,
};
use hosting::SystemClock;
use payment_fake::{Books, FakeProvider};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use terminal::Failure;

/// A store, maybe a bus, the built-in provider and the process clock.
pub struct Adapters<S, B = NoBus> {
    /// The store.
    pub store: S,
    /// The bus; none where all services are hosted together and nothing leaves.
    pub bus: Option<B>,
    /// The provider.
    pub provider: Provider,
    /// Who is told of committed rounds.
    pub observer: Observer,
}

/// The built-in provider, in a process that hosts payments; nobody else asks it for anything.
pub struct Provider(Option<FakeProvider<SystemClock>>);

impl Provider {
    /// With the books in the data folder.
    ///
    /// # Errors
    /// They can't be opened.
    pub fn open(data: &Path, hosting: &Hosting) -> Result<Self, Failure> {
        if hosting.names().all(|service| service != ServiceName::Payments) {
            return Ok(Self(None));
        }
        let failed = |error: String| Failure::failed(error, elsewhere(data));
        fs::create_dir_all(data).map_err(|error| failed(format!("{}: {error}", data.display())))?;
        let books = Books::open(&books_path(data)).map_err(|error| failed(error.to_string()))?;
        Ok(Self(Some(FakeProvider::new(books, SystemClock))))
    }
}

impl Effects for Provider {
    async fn perform(&self, request: Arc<Message>) -> Body {
        match (&self.0, &request.body) {
            (Some(provider), _) => provider.perform(request).await,
            (None, Body::ProviderRequest(request)) => payment_fake::no_answer(request).into(),
            (None, _) => ProviderAnswered::default().into(),
        }
    }
}

/// What a process asks of its store.
pub trait Store: Transactions + Deliveries + Queries {}

impl<S: Transactions + Deliveries + Queries> Store for S {}

impl<S: Store, B: Bus> Ports for Adapters<S, B> {
    type Store = S;
    type Bus = B;
    type Effects = Provider;
    type Clock = SystemClock;

    fn store(&self) -> &S {
        &self.store
    }

    fn bus(&self) -> Option<&B> {
        self.bus.as_ref()
    }

    fn effects(&self) -> &Provider {
        &self.provider
    }

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }

    fn observe(&self, round: &ObservedRound<'_>) {
        self.observer.round(round);
    }
}
