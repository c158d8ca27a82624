//! `orderweaver migrate`: the tables of PostgreSQL databases. A SQLite file is brought up to date
//! by whoever opens it.

use crate::cli::MigrateCommand;
use crate::configuration::{Configuration, StoreAddress};
use crate::serve::runtime;
use crate::stores::{databases, refused};
use ::cli::Globals;
use contracts::ServiceName;
use serde_json::{Value, json};
use store_postgres::{Migrations, OpenError, Version, migrate, shown, status};
use terminal::{Column, Failure, Outcome, Shown, column};

const COLUMNS: &[Column] = &[
    column("DATABASE", "/database", Shown::Text),
    column("TABLES OF", "/tables_of", Shown::Text),
    column("FOUND", "/found", Shown::Text),
    column("KNOWN", "/known", Shown::Text),
    column("STATE", "/state", Shown::Text),
];

/// Prints a line for each owner of tables. The exit code of `status` is 1 where some are not up to
/// date.
pub fn run(command: MigrateCommand, configuration: &Configuration, globals: &Globals) -> Outcome {
    let StoreAddress::Postgres(url) = &configuration.store else {
        let what = "only PostgreSQL databases are migrated by command: a SQLite file is brought up \
                    to date by whoever opens it";
        return Err(Failure::usage(what, "orderweaver migrate up --store postgres://...").into());
    };
    let (mut rows, mut is_behind, mut done) = (vec![], false, Ok(()));
    for (url, services) in databases(url) {
        let looked = runtime()?.block_on(look(command, &url, &services));
        let (database, versions) = match looked {
            Ok(looked) => looked,
            Err(error) => {
                done = Err(refused(&error));
                break;
            }
        };
        is_behind |= versions.iter().any(|version| version.found < version.known);
        rows.extend(versions.iter().map(|version| row(command, &database, version)));
    }
    let mut list = globals.output().list(COLUMNS);
    list.push(&rows)?;
    list.end()?;
    done?; // what was done before is told
    match command {
        MigrateCommand::Status if is_behind => {
            let what = "some tables are older than this program";
            Err(Failure::failed(what, "orderweaver migrate up --store URL").into())
        }
        MigrateCommand::Status | MigrateCommand::Up => Ok(()),
    }
}

/// What may be shown of the database, and how far its tables are, or were before.
async fn look(
    command: MigrateCommand,
    url: &str,
    services: &[ServiceName],
) -> Result<(String, Vec<Version>), OpenError> {
    let hosting = hosting::of(services, engine::Publishing::Nothing);
    let migrations = Migrations::of_the_house(&hosting.record_kinds().collect::<Vec<_>>());
    let versions = match command {
        MigrateCommand::Up => migrate(url, &migrations).await?,
        MigrateCommand::Status => status(url, &migrations).await?,
    };
    Ok((shown(url)?, versions))
}

fn row(command: MigrateCommand, database: &str, version: &Version) -> Value {
    let Version { owner, found, known } = version;
    let state = match command {
        _ if found == known => "up to date",
        MigrateCommand::Up => "brought up to date",
        MigrateCommand::Status => "behind",
    };
    json!({
        "database": database, "tables_of": owner, "found": found, "known": known,
        "state": state,
    })
}
