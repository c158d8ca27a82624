//! An open store.

use crate::connect::{Connections, Place, connect};
use crate::error::OpenError;
use crate::migrate::{self, Migrations};
use crate::names::Names;
use crate::presence::Presence;
use crate::tables::Tables;
use crate::time::{StoreTime, Time};
use contracts::{ServiceName, Timestamp};
use service::RecordKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How to open a store.
#[derive(Clone)]
pub struct Settings {
    /// `postgres://user:password@host:port/database`, as libpq reads it.
    pub url: String,
    /// Every table of the services hosted on it.
    pub kinds: Vec<(ServiceName, &'static RecordKind)>,
    /// Where the time comes from.
    pub time: Time,
}

/// A store on one database. Cheap to clone. Any number of processes may work on the same.
#[derive(Clone)]
pub struct PostgresStore(pub(crate) Arc<Shared>);

/// What the clones share.
pub(crate) struct Shared {
    pub connections: Connections,
    pub tables: Tables,
    pub names: Names,
    pub time: StoreTime,
    pub conflicts: Conflicts,
    pub presence: Presence,
}

/// How often a round was decided again.
#[derive(Default)]
pub(crate) struct Conflicts(AtomicU64);

impl Conflicts {
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl PostgresStore {
    /// Opens the database; makes its tables, or brings them up to date.
    ///
    /// # Errors
    /// It can't be reached, belongs to others, is newer than this program, or its tables are older
    /// and may not be changed.
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let migrations = Migrations::of_the_house(&settings.kinds);
        Self::open_with(settings, &migrations).await
    }

    /// As `open`, for services that aren't of the house: these migrations make their tables.
    ///
    /// # Errors
    /// As `open`.
    pub async fn open_with(settings: Settings, migrations: &Migrations) -> Result<Self, OpenError> {
        let place = Place::of(&settings.url)?;
        let mut client = connect(&place).await?;
        migrate::up(&mut client, &place, migrations).await?;
        Self::at_work(&place, &client, settings).await
    }

    async fn at_work(
        place: &Place,
        client: &tokio_postgres::Client,
        settings: Settings,
    ) -> Result<Self, OpenError> {
        let sql = "SELECT at FROM orderweaver.log ORDER BY position DESC LIMIT 1";
        let last = client.query_opt(sql, &[]).await;
        let last = last.map_err(|error| OpenError::from_postgres(&place.name, &error))?;
        let latest = Timestamp(last.and_then(|row| row.try_get(0).ok()).unwrap_or(0));
        Ok(Self(Arc::new(Shared {
            connections: Connections::new(place),
            tables: Tables::new(&settings.kinds),
            names: Names::default(),
            time: StoreTime::new(settings.time, latest),
            conflicts: Conflicts::default(),
            presence: Presence::new(place.clone()),
        })))
    }

    /// How often a round was decided again, because another process had changed what it rests on.
    pub fn conflicts(&self) -> u64 {
        self.0.conflicts.0.load(Ordering::Relaxed)
    }
}
