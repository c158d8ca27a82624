//! An open store.

use crate::connect::{Connections, Place, Purpose, connect};
use crate::error::{OpenError, store_error};
use crate::migrate::{self, Migrations};
use crate::names::Names;
use crate::presence::{self, Presence};
use crate::read::get;
use crate::rights;
use crate::tables::Tables;
use crate::time::{StoreTime, Time};
use crate::transaction::Commits;
use contracts::{ServiceName, Timestamp};
use engine::StoreError;
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
    pub names: Arc<Names>,
    pub time: StoreTime,
    pub conflicts: Conflicts,
    pub commits: Commits,
    pub presence: Presence,
}

/// How often a round was decided again.
#[derive(Default)]
pub(crate) struct Conflicts(AtomicU64);

impl Conflicts {
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn counted(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl PostgresStore {
    /// Opens the database; makes its tables, or brings them up to date.
    ///
    /// # Errors
    /// It can't be reached, belongs to others, is newer than this program, its tables are older and
    /// may not be changed, or its user has not all rights that are needed.
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let migrations = Migrations::of_the_house(&settings.kinds);
        Self::open_with(settings, &migrations).await
    }

    /// As `open`, for services that aren't of the house: these migrations make their tables.
    ///
    /// # Errors
    /// As `open`.
    pub async fn open_with(settings: Settings, migrations: &Migrations) -> Result<Self, OpenError> {
        let place = Place::of(&settings.url, Purpose::Serving)?;
        let opening = async {
            let mut client = connect(&place).await?;
            let tables = Tables::new(&settings.kinds);
            rights::check(&client, &place, &tables, Purpose::Serving).await?;
            migrate::up(&mut client, &place, migrations).await?;
            Self::at_work(&place, &client, tables, settings.time).await
        };
        place.opened(opening).await
    }

    /// Opens a database to read it; it stays as it is.
    ///
    /// # Errors
    /// It can't be reached, may not be read, is no store, or has not the tables that this program
    /// knows.
    pub async fn open_to_read(settings: Settings) -> Result<Self, OpenError> {
        let place = Place::of(&settings.url, Purpose::Reading)?;
        place.opened(Self::open_as_it_is(settings, &place)).await
    }

    async fn open_as_it_is(settings: Settings, place: &Place) -> Result<Self, OpenError> {
        let migrations = Migrations::of_the_house(&settings.kinds);
        let client = connect(place).await?;
        let tables = Tables::new(&settings.kinds);
        rights::check(&client, place, &tables, Purpose::Reading).await?;
        let versions = migrate::found(&client, place, &migrations).await?;
        if versions.iter().all(|version| version.found == 0) {
            return Err(OpenError::Missing(place.name.clone()));
        }
        if let Some(older) = versions.iter().find(|version| version.found < version.known) {
            let (place, what) = (place.name.clone(), older.to_string());
            return Err(OpenError::Older { place, what });
        }
        Self::at_work(place, &client, tables, settings.time).await
    }

    pub(crate) async fn at_work(
        place: &Place,
        client: &tokio_postgres::Client,
        tables: Tables,
        time: Time,
    ) -> Result<Self, OpenError> {
        let sql = "SELECT at FROM orderweaver.log ORDER BY position DESC LIMIT 1";
        let last = client.query_opt(sql, &[]).await;
        let last = last.map_err(|error| OpenError::from_postgres(&place.name, &error))?;
        let latest = Timestamp(last.and_then(|row| row.try_get(0).ok()).unwrap_or(0));
        let names = Arc::<Names>::default();
        Ok(Self(Arc::new(Shared {
            connections: Connections::new(place, &names),
            tables,
            names,
            time: StoreTime::new(time, latest),
            conflicts: Conflicts::default(),
            commits: Commits::default(),
            presence: Presence::new(place.clone()),
        })))
    }

    /// Whether a process works on the database, or may: a standby doesn't have the locks of its
    /// primary, by which that is told.
    ///
    /// # Errors
    /// The database can't be read.
    pub async fn is_live(&self) -> Result<bool, StoreError> {
        let client = self.0.connections.reader().await?;
        let sql = format!("SELECT pg_is_in_recovery() OR EXISTS {}", presence::alive());
        let row = client.heard(client.query_one(&sql, &[])).await?;
        get(&row.map_err(|error| store_error(&error))?, 0)
    }
}
