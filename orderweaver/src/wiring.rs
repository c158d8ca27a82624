//! The adapters of one process.

use crate::configuration::{Configuration, ProviderAddress};
use crate::stores::{books_path, elsewhere};
use crate::telemetry::Observer;
use contracts::messages::ProviderAnswered;
use contracts::{Body, Message, ServiceName};
use engine::{
    Bus, Deliveries, Effects, Hosting, NoBus, ObservedRound, Ports, Queries, Transactions,
};
use hosting::SystemClock;
use payment_fake::{Books, FakeProvider};
use payment_http::HttpProvider;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use terminal::Failure;

/// A store, maybe a bus, a payment provider and the process clock.
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

/// Whom payments asks.
pub enum Provider {
    /// Nobody: payments is not hosted here.
    Absent,
    /// The built-in provider, in this process.
    Inside(FakeProvider<SystemClock>),
    /// A server.
    Elsewhere(HttpProvider),
}

impl Provider {
    /// As the settings have it. One that is elsewhere may be away: it is waited for.
    ///
    /// # Errors
    /// The books of the built-in one can't be opened.
    pub fn open(configuration: &Configuration, hosting: &Hosting) -> Result<Self, Failure> {
        if hosting.names().all(|service| service != ServiceName::Payments) {
            return Ok(Self::Absent);
        }
        match &configuration.provider {
            ProviderAddress::Inside => Ok(Self::Inside(built_in(&configuration.data)?)),
            ProviderAddress::Elsewhere(address) => {
                Ok(Self::Elsewhere(HttpProvider::new(address.clone())))
            }
        }
    }
}

/// The built-in provider with the books in the data folder.
///
/// # Errors
/// They can't be opened.
pub fn built_in(data: &Path) -> Result<FakeProvider<SystemClock>, Failure> {
    let failed = |error: String| Failure::failed(error, elsewhere(data));
    fs::create_dir_all(data).map_err(|error| failed(format!("{}: {error}", data.display())))?;
    let books = Books::open(&books_path(data)).map_err(|error| failed(error.to_string()))?;
    Ok(FakeProvider::new(books, SystemClock))
}

impl Effects for Provider {
    async fn perform(&self, request: Arc<Message>) -> Body {
        match (self, &request.body) {
            (Self::Inside(provider), _) => provider.perform(request).await,
            (Self::Elsewhere(provider), _) => provider.perform(request).await,
            (Self::Absent, Body::ProviderRequest(request)) => {
                payment_fake::no_answer(request).into()
            }
            (Self::Absent, _) => ProviderAnswered::default().into(),
        }
    }

    async fn status(&self) -> Option<Result<(), String>> {
        match self {
            Self::Absent | Self::Inside(_) => None,
            Self::Elsewhere(provider) => provider.status().await,
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
