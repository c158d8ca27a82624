//! Opening the store that the settings name, and what to try next where that fails.

use crate::configuration::{Configuration, Role, StoreAddress};
use contracts::ServiceName;
use engine::{Clock, Hosting, Publishing};
use hosting::SystemClock;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store_postgres::{OpenError, PostgresStore};
use store_sqlite::{Durability, SqliteReader, SqliteStore};
use terminal::{Failure, again_with, quoted};

/// Where the store of a data folder is.
pub fn store_path(data: &Path) -> PathBuf {
    data.join("orderweaver.db")
}

/// Where the books of the built-in provider are.
pub fn books_path(data: &Path) -> PathBuf {
    data.join("provider-fake.db")
}

/// The store in a data folder.
pub fn sqlite(
    data: &Path,
    durability: Durability,
    hosting: &Hosting,
) -> Result<SqliteStore, Failure> {
    let settings = store_sqlite::Settings {
        path: store_path(data),
        durability,
        kinds: hosting.record_kinds().collect(),
        clock: Arc::new(|| SystemClock.now()),
    };
    SqliteStore::open(settings).map_err(|error| match error {
        store_sqlite::OpenError::Moved(_) => Failure::usage(error, "orderweaver serve --store URL"),
        _ => Failure::failed(error, elsewhere(data)),
    })
}

/// The store in a data folder, to be read.
pub fn sqlite_to_read(data: &Path, next_command: &str) -> Result<SqliteReader, Failure> {
    let kinds = hosting::together().record_kinds().collect();
    SqliteReader::open(&store_path(data), kinds).map_err(|error| match error {
        store_sqlite::OpenError::Missing(_) => Failure::not_found(error, next_command),
        _ => Failure::failed(error, next_command),
    })
}

/// The store in a database.
pub async fn postgres(url: &str, hosting: &Hosting) -> Result<PostgresStore, Failure> {
    let opened = PostgresStore::open(settings(url, hosting)).await;
    opened.map_err(|error| refused(&error))
}

/// The store in a database of these services, to be read.
pub async fn postgres_to_read(
    url: &str,
    services: &[ServiceName],
) -> Result<PostgresStore, Failure> {
    let settings = settings(url, &hosting::of(services, Publishing::Nothing));
    PostgresStore::open_to_read(settings).await.map_err(|error| match error {
        OpenError::Missing(_) => Failure::not_found(error, "orderweaver migrate up --store URL"),
        _ => refused(&error),
    })
}

/// The store in an empty database of these services, to be filled with a shop from there.
pub async fn postgres_to_fill(
    url: &str,
    services: &[ServiceName],
    from: &str,
) -> Result<PostgresStore, Failure> {
    let settings = settings(url, &hosting::of(services, Publishing::Nothing));
    PostgresStore::open_to_fill(settings, from).await.map_err(|error| refused_target(&error))
}

fn settings(url: &str, hosting: &Hosting) -> store_postgres::Settings {
    store_postgres::Settings {
        url: url.into(),
        kinds: hosting.record_kinds().collect(),
        time: store_postgres::Time::Database,
    }
}

/// A database that can't be used as it was named: that is a fault of the settings.
pub fn refused(error: &OpenError) -> Failure {
    refused_as("--store", error, "orderweaver config explain")
}

/// The same of a database that was named as the target of a move.
pub fn refused_target(error: &OpenError) -> Failure {
    refused_as("--to", error, "orderweaver move --help")
}

/// The flag is the one that names the database.
fn refused_as(flag: &str, error: &OpenError, otherwise: &str) -> Failure {
    let next = match error {
        OpenError::Older { .. } | OpenError::Missing(_) => "orderweaver migrate up --store URL",
        OpenError::Unfinished { .. } => "orderweaver move --help",
        _ => otherwise,
    };
    Failure::usage(error.to_string().replace("--store", flag), next)
}

/// The command that was typed, in a folder beside the one that can't be used.
pub fn elsewhere(data: &Path) -> String {
    again_with("--data", &format!("{}-2", data.display()))
}

/// The command that says what is wrong with a store.
pub fn check_of(configuration: &Configuration) -> String {
    match &configuration.store {
        StoreAddress::Folder => check_in(&configuration.data),
        // Its URL may hold a password.
        StoreAddress::Postgres(_) => "orderweaver check --store URL".into(),
    }
}

/// The same for the store in a folder.
pub fn check_in(data: &Path) -> String {
    format!("orderweaver check --data {}", quoted(&data.display().to_string()))
}

/// The database of a process with that role.
pub fn url_of(url: &str, role: Role) -> Result<String, Failure> {
    match role.services()[..] {
        [service] => Ok(url.replace(ROLE, service.as_str())),
        _ if url.contains(ROLE) => {
            let what =
                format!("all services in one process work on one database: leave {ROLE} out");
            Err(Failure::usage(what, "orderweaver config explain"))
        }
        _ => Ok(url.into()),
    }
}

/// The services that work on one database: `{role}` in its URL stands for the name of one.
pub const ROLE: &str = "{role}";

/// The databases of a URL, each with the services that work on it.
pub fn databases(url: &str) -> Vec<(String, Vec<ServiceName>)> {
    if !url.contains(ROLE) {
        return vec![(url.into(), ServiceName::ALL.into())];
    }
    let of = |service: ServiceName| (url.replace(ROLE, service.as_str()), vec![service]);
    ServiceName::ALL.map(of).into()
}
