//! Stores in databases that are dropped in the end.
#![allow(dead_code, reason = "each test file uses a part of it")]

use conformance::{Opening, Site, toys};
use contracts::{ServiceName, Timestamp};
use engine::Publishing;
use servers::{Database, Template};
use service::RecordKind;
use std::sync::{Arc, LazyLock};
use store_postgres::{Migrations, PostgresStore, Settings, Time, migrate, service_migration};

/// A database of its own for every test, with the tables of the toys.
pub struct OneDatabase {
    database: Database,
}

impl OneDatabase {
    pub fn new() -> Self {
        static TOYS: LazyLock<Template> = LazyLock::new(|| {
            Template::new(|url| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let migrations = migrations(&kinds());
                let done = runtime.expect("a runtime").block_on(migrate(url, &migrations));
                done.expect("tables");
            })
        });
        Self { database: TOYS.database() }
    }

    pub fn url(&self) -> String {
        self.database.url()
    }
}

impl Site for OneDatabase {
    type Store = PostgresStore;

    async fn open(&self, opening: Opening) -> PostgresStore {
        open(&self.url(), opening).await
    }
}

pub async fn open(url: &str, Opening { kinds, clock }: Opening) -> PostgresStore {
    let migrations = migrations(&kinds);
    let settings = Settings { url: url.into(), kinds, time: Time::Given(clock) };
    PostgresStore::open_with(settings, &migrations).await.expect("a store")
}

pub fn kinds() -> Vec<(ServiceName, &'static RecordKind)> {
    toys(false, Publishing::Nothing).record_kinds().collect()
}

/// For the toys, at a time that stands still.
pub fn opening() -> Opening {
    Opening { kinds: kinds(), clock: Arc::new(|| Timestamp(conformance::START.micros())) }
}

pub fn migrations(kinds: &[(ServiceName, &'static RecordKind)]) -> Migrations {
    let of = |service| {
        let own: Vec<_> =
            kinds.iter().filter(|(of, _)| *of == service).map(|(_, it)| *it).collect();
        (!own.is_empty()).then(|| (service, vec![service_migration(service, &own)]))
    };
    Migrations::of_services(ServiceName::ALL.into_iter().filter_map(of))
}
