//! `orderweaver migrate`: the tables of PostgreSQL databases. A SQLite file is brought up to date
//! by whoever opens it.

use crate::cli::MigrateCommand;
use crate::configuration::{Configuration, StoreAddress};
use crate::serve::runtime;
use crate::stores::{databases, refused};
use ::cli::Globals;
use serde_json::{Value, json};
use std::process::ExitCode;
use store_postgres::{Migrations, Version, migrate, status};
use terminal::{Column, Exit, Failure, Outcome, Shown, column};

const COLUMNS: &[Column] = &[
    column("TABLES OF", "/tables_of", Shown::Text),
    column("FOUND", "/found", Shown::Text),
    column("KNOWN", "/known", Shown::Text),
    column("STATE", "/state", Shown::Text),
];

/// Prints a line for each owner of tables. The exit code of `status` is 1 where some are not up to
/// date.
pub fn run(
    command: MigrateCommand,
    configuration: &Configuration,
    globals: &Globals,
) -> Outcome<ExitCode> {
    let StoreAddress::Postgres(url) = &configuration.store else {
        let what = "only PostgreSQL databases are migrated by command: a SQLite file is brought up \
                    to date by whoever opens it";
        return Err(Failure::usage(what, "orderweaver migrate up --store postgres://...").into());
    };
    let (mut list, mut is_behind) = (globals.output().list(COLUMNS), false);
    for (url, services) in databases(url) {
        let hosting = hosting::of(&services, engine::Publishing::Nothing);
        let migrations = Migrations::of_the_house(&hosting.record_kinds().collect::<Vec<_>>());
        let versions = runtime()?.block_on(async {
            match command {
                MigrateCommand::Up => migrate(&url, &migrations).await,
                MigrateCommand::Status => status(&url, &migrations).await,
            }
        });
        let versions = versions.map_err(|error| refused(&error))?;
        is_behind |= versions.iter().any(|version| version.found < version.known);
        list.push(&versions.iter().map(|version| row(command, version)).collect::<Vec<_>>())?;
    }
    list.end()?;
    let is_failure = matches!(command, MigrateCommand::Status) && is_behind;
    Ok(if is_failure { Exit::Failed.into() } else { ExitCode::SUCCESS })
}

fn row(command: MigrateCommand, version: &Version) -> Value {
    let Version { owner, found, known } = version;
    let state = match command {
        _ if found == known => "up to date",
        MigrateCommand::Up => "brought up to date",
        MigrateCommand::Status => "behind",
    };
    json!({ "tables_of": owner, "found": found, "known": known, "state": state })
}
