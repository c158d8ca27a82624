//! Bringing the tables of a database up to date: those of the engine and those of each service that
//! works on it, each with migrations of their own. All of them are one transaction.

use crate::connect::{Place, Purpose, connect};
use crate::error::{OpenError, SERVER_MIN};
use crate::moving;
use contracts::ServiceName;
use service::RecordKind;
use std::fmt;
use tokio_postgres::{Client, Error, GenericClient, Transaction};

/// Whose migrations; the engine's come first.
const ENGINE: &str = "engine";

/// The migrations of the engine, in order.
const ENGINE_MIGRATIONS: &[&str] = &[include_str!("../migrations/engine/0001_initial.sql")];

/// The migrations of a service, in order.
const fn service_migrations(service: ServiceName) -> &'static [&'static str] {
    match service {
        ServiceName::Orders => &[include_str!("../migrations/orders/0001_initial.sql")],
        ServiceName::Payments => &[include_str!("../migrations/payments/0001_initial.sql")],
        ServiceName::Inventory => &[include_str!("../migrations/inventory/0001_initial.sql")],
        ServiceName::Orchestrator => &[include_str!("../migrations/orchestrator/0001_initial.sql")],
    }
}

/// Migrations of several owners: the engine, and the services that work on a database.
#[derive(Clone, Debug)]
pub struct Migrations(Vec<(String, Vec<String>)>);

impl Migrations {
    /// Those of the engine and of the services of these kinds.
    pub fn of_the_house(kinds: &[(ServiceName, &'static RecordKind)]) -> Self {
        let services =
            ServiceName::ALL.into_iter().filter(|it| kinds.iter().any(|(of, _)| of == it));
        Self::of_services(services.map(|service| {
            (service, service_migrations(service).iter().map(|sql| (*sql).into()).collect())
        }))
    }

    /// Those of the engine and these.
    pub fn of_services(services: impl IntoIterator<Item = (ServiceName, Vec<String>)>) -> Self {
        let engine = ENGINE_MIGRATIONS.iter().map(|sql| (*sql).into()).collect();
        let mut all = vec![(ENGINE.to_string(), engine)];
        all.extend(services.into_iter().map(|(service, sqls)| (service.to_string(), sqls)));
        Self(all)
    }

    fn owners(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(owner, _)| owner.as_str())
    }

    /// The services, for people.
    fn services(&self) -> String {
        self.owners().filter(|owner| *owner != ENGINE).collect::<Vec<_>>().join(", ")
    }
}

/// How far the tables of an owner are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The engine, or a service.
    pub owner: String,
    /// How many migrations the database has seen.
    pub found: i32,
    /// How many this program knows.
    pub known: i32,
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, found, known } = self;
        write!(formatter, "{owner}: version {found} of {known}")
    }
}

/// Host, port and database of a URL: what may be shown of it.
///
/// # Errors
/// It is none.
pub fn shown(url: &str) -> Result<String, OpenError> {
    Place::of(url, Purpose::Reading).map(|place| place.name)
}

/// Brings a database up to date. What was done, by owner, as it was before.
///
/// # Errors
/// As of [`crate::PostgresStore::open`].
pub async fn migrate(url: &str, migrations: &Migrations) -> Result<Vec<Version>, OpenError> {
    let place = Place::of(url, Purpose::Serving)?;
    let migrating = async { up(&mut connect(&place).await?, &place, migrations).await };
    place.opened(migrating).await
}

/// How far a database is; it is not changed.
///
/// # Errors
/// It can't be reached, belongs to others, or is newer than this program.
pub async fn status(url: &str, migrations: &Migrations) -> Result<Vec<Version>, OpenError> {
    let place = Place::of(url, Purpose::Reading)?;
    place.opened(async { found(&connect(&place).await?, &place, migrations).await }).await
}

pub(crate) async fn found(
    client: &Client,
    place: &Place,
    migrations: &Migrations,
) -> Result<Vec<Version>, OpenError> {
    let versions = versions(client, migrations).await;
    let versions = versions.map_err(|error| OpenError::from_postgres(&place.name, &error))?;
    judge(place, migrations, &versions).map(|()| versions)
}

/// Without anything to do it needs no right to change tables, and no lock.
pub(crate) async fn up(
    client: &mut Client,
    place: &Place,
    migrations: &Migrations,
) -> Result<Vec<Version>, OpenError> {
    let postgres = |error: Error| OpenError::from_postgres(&place.name, &error);
    supported(client, place).await?;
    let found = versions(client, migrations).await.map_err(postgres)?;
    judge(place, migrations, &found)?;
    if found.iter().all(|version| version.found == version.known) {
        return Ok(found);
    }
    let transaction = client.transaction().await.map_err(postgres)?;
    // Several processes may start at once: one of them does it.
    transaction.batch_execute(LOCK).await.map_err(postgres)?;
    let found = versions(&transaction, migrations).await.map_err(postgres)?;
    judge(place, migrations, &found)?;
    for ((owner, sqls), version) in migrations.0.iter().zip(&found) {
        let seen = usize::try_from(version.found).unwrap_or(0);
        apply(&transaction, owner, sqls, seen).await.map_err(postgres)?;
    }
    transaction.commit().await.map_err(postgres)?;
    Ok(found)
}

pub(crate) const LOCK: &str = "SELECT pg_advisory_xact_lock(x'4F574D494752'::bigint);
    CREATE SCHEMA IF NOT EXISTS orderweaver;
    CREATE TABLE IF NOT EXISTS orderweaver.migrations (
      owner text NOT NULL,
      version integer NOT NULL,
      at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (owner, version)
    )";

async fn supported(client: &Client, place: &Place) -> Result<(), OpenError> {
    let row = client.query_one("SHOW server_version", &[]).await;
    let row = row.map_err(|error| OpenError::from_postgres(&place.name, &error))?;
    let found: String = row.try_get(0).unwrap_or_default();
    let major = found.split(['.', ' ']).next().and_then(|major| major.parse::<i32>().ok());
    if major.is_some_and(|major| major < SERVER_MIN) {
        return Err(OpenError::TooOld { place: place.name.clone(), found });
    }
    Ok(())
}

async fn apply(
    transaction: &Transaction<'_>,
    owner: &str,
    sqls: &[String],
    seen: usize,
) -> Result<(), Error> {
    for (sql, version) in sqls.iter().zip(1_i32..).skip(seen) {
        if owner != ENGINE {
            transaction.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {owner}")).await?;
        }
        transaction.batch_execute(sql).await?;
        let sql = "INSERT INTO orderweaver.migrations (owner, version) VALUES ($1, $2)";
        transaction.execute(sql, &[&owner, &version]).await?;
    }
    Ok(())
}

/// One for each owner of the migrations, in their order; then those of others that are there.
async fn versions(
    client: &impl GenericClient,
    migrations: &Migrations,
) -> Result<Vec<Version>, Error> {
    let sql = "SELECT to_regclass('orderweaver.migrations') IS NOT NULL";
    let is_there: bool = client.query_one(sql, &[]).await?.try_get(0)?;
    let mut there: Vec<(String, i32)> = vec![];
    if is_there {
        let sql = "SELECT owner, max(version) FROM orderweaver.migrations
                   GROUP BY owner ORDER BY owner";
        for row in client.query(sql, &[]).await? {
            there.push((row.try_get(0)?, row.try_get(1)?));
        }
    }
    let known = |sqls: &[String]| i32::try_from(sqls.len()).unwrap_or(i32::MAX);
    let mut versions: Vec<Version> = vec![];
    for (owner, sqls) in &migrations.0 {
        let found = there.iter().find(|(it, _)| it == owner).map_or(0, |(_, version)| *version);
        versions.push(Version { owner: owner.clone(), found, known: known(sqls) });
    }
    let others = there.into_iter().filter(|(owner, _)| migrations.owners().all(|it| it != owner));
    versions.extend(others.map(|(owner, found)| Version { owner, found, known: 0 }));
    Ok(versions)
}

/// A database belongs to the services that it was made for: those of other services would share
/// their outbox and their timers.
fn judge(place: &Place, migrations: &Migrations, versions: &[Version]) -> Result<(), OpenError> {
    let place = place.name.clone();
    if let Some(from) = versions.iter().find_map(|version| moving::source(&version.owner)) {
        return Err(OpenError::Unfinished { place, from: from.into() });
    }
    let theirs = versions.iter().filter(|version| version.found > 0 && version.owner != ENGINE);
    let theirs: Vec<&str> = theirs.map(|version| version.owner.as_str()).collect();
    let is_ours = |owner: &str| theirs.contains(&owner) || owner == ENGINE;
    if !theirs.is_empty()
        && (!migrations.owners().all(is_ours) || versions.len() > migrations.0.len())
    {
        let (theirs, ours) = (theirs.join(", "), migrations.services());
        return Err(OpenError::OfOthers { place, theirs, ours });
    }
    for Version { owner, found, known } in versions {
        if found > known {
            let (owner, found, known) = (owner.clone(), *found, *known);
            return Err(OpenError::Newer { place, owner, found, known });
        }
    }
    Ok(())
}
