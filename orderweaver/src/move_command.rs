//! `orderweaver move`: carries a stopped embedded shop to one PostgreSQL database, or to one for
//! each service.

use crate::check_statement::statement;
use crate::configuration::{Configuration, StoreAddress};
use crate::progress::bar;
use crate::serve::runtime;
use crate::stores::{self, ROLE, databases, postgres_to_fill, refused_target};
use ::cli::Globals;
use check::{Counts, Part, Plan, Report, Statement};
use contracts::ServiceName;
use engine::{Backlog, Carried, Parting, Queries, StoreError};
use indicatif::ProgressBar;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use store_postgres::{PostgresStore, end_move, moving};
use store_sqlite::SqliteReader;
use terminal::{Column, Failure, Outcome, Shown, column, note, quoted};
use tokio::sync::mpsc;

const COLUMNS: &[Column] =
    &[column("ROWS OF", "/rows_of", Shown::Text), column("CARRIED", "/carried", Shown::Text)];

/// The line that tells how far it is.
const LINE: &str = "{spinner} {msg}: {human_pos} rows, {per_sec}";
/// Pieces that are read ahead.
const PIECES_MAX: usize = 4;

/// Prints how many rows of what were carried.
pub fn run(configuration: &Configuration, globals: &Globals) -> Outcome<ExitCode> {
    let from = &configuration.data;
    let url = target(configuration)?;
    let next = again(from);
    let statement = statement(configuration, &next)?;
    let bar = bar(globals.quiet, LINE);
    let runtime = runtime()?;
    let carried = runtime.block_on(async {
        let reader = source(from)?;
        let place = place(from)?;
        let carried = match is_there(&place, &url).await? {
            true => Carrying::new(),
            false => carry(&reader, statement, &place, &url, &bar).await?,
        };
        end(&reader, &url, &next).await.map(|()| carried)
    });
    runtime.shutdown_background();
    bar.finish_and_clear();
    let carried = carried?;
    let rows: Vec<_> =
        carried.iter().map(|(what, rows)| json!({ "rows_of": what, "carried": rows })).collect();
    let mut list = globals.output().list(COLUMNS);
    list.push(&rows)?;
    list.end()?;
    let role = if url.contains(ROLE) { "ROLE --bus kafka://HOST:9092" } else { "all" };
    let data = quoted(&from.display().to_string());
    note(format!(
        "Everything is there, and was checked. It goes on with: orderweaver serve --role {role} \
         --store URL --data {data}"
    ));
    Ok(ExitCode::SUCCESS)
}

/// Where it goes: `--to`, which is the store of the settings.
fn target(configuration: &Configuration) -> Result<String, Failure> {
    match &configuration.store {
        StoreAddress::Postgres(url) => Ok(url.clone()),
        StoreAddress::Folder => {
            let what = "a shop is moved to PostgreSQL, and no database is named";
            Err(Failure::usage(what, "orderweaver move --from DIR --to postgres://..."))
        }
    }
}

fn again(from: &Path) -> String {
    format!("orderweaver move --from {} --to URL", quoted(&from.display().to_string()))
}

/// The folder by its whole path, which also a later move knows it by.
fn place(from: &Path) -> Result<String, Failure> {
    let whole = from.canonicalize().map_err(|error| Failure::failed(error, again(from)))?;
    Ok(whole.display().to_string())
}

/// The source, which nobody can work on as long as it is open here.
fn source(from: &Path) -> Result<SqliteReader, Failure> {
    let next = format!("ls -l {}", quoted(&from.display().to_string()));
    let reader = stores::sqlite_to_read(from, &next)?;
    if reader.is_live() {
        let what = format!("a process works on the shop in {}: stop it", from.display());
        return Err(Failure::usage(what, again(from)));
    }
    Ok(reader)
}

/// Whether everything is there already, and only the end of an earlier move was broken off.
async fn is_there(from: &str, url: &str) -> Result<bool, Failure> {
    let mut is_there = false;
    for (url, _) in databases(url) {
        let moving = moving(&url).await.map_err(|error| refused_target(&error))?;
        let Some(moving) = moving.filter(|moving| moving.is_checked) else { continue };
        if moving.from != from {
            let what = format!("a move from {} to it was not ended: end that first", moving.from);
            return Err(Failure::usage(what, again(Path::new(&moving.from))));
        }
        is_there = true;
    }
    Ok(is_there)
}

/// From now on the databases are the shop, and the folder is not.
async fn end(reader: &SqliteReader, url: &str, next: &str) -> Result<(), Failure> {
    reader.was_moved().await.map_err(|error| Failure::failed(error, next))?;
    for (url, _) in databases(url) {
        end_move(&url).await.map_err(|error| refused_target(&error))?;
    }
    Ok(())
}

/// The provider's statement, if there is one.
type Books = Option<Arc<dyn Statement>>;

/// How many rows of what.
type Carrying = Vec<(&'static str, usize)>;

/// Carries everything over, with a check before and after.
async fn carry(
    reader: &SqliteReader,
    statement: Books,
    place: &str,
    url: &str,
    bar: &ProgressBar,
) -> Result<Carrying, Failure> {
    let (from, next) = (Path::new(place), &*again(Path::new(place)));
    let failed = |error: StoreError| Failure::failed(error, next);
    let all = [Part { store: reader.clone(), services: ServiceName::ALL.into() }];
    bar.set_message("the check of the folder");
    let before = checked(&all, statement.clone(), next).await?;
    let damage = reader.damage().await.map_err(failed)?.len() as u64;
    sound(before.findings.count + damage, &from.display().to_string(), &stores::check_in(from))?;
    let mut targets = vec![];
    for (url, services) in databases(url) {
        let store = postgres_to_fill(&url, &services, place).await?;
        targets.push(Part { store, services: services.into_iter().collect() });
    }
    bar.set_message("carrying");
    let carried = fill(reader, &targets, bar).await.map_err(failed)?;
    bar.set_message("the check of what was carried");
    let after = checked(&targets, statement, next).await?;
    sound(after.findings.count, "what was carried", next)?;
    are_the_same(&before, &after, next)?;
    for target in &targets {
        target.store.was_checked().await.map_err(failed)?;
    }
    Ok(carried)
}

fn sound(broken: u64, what: &str, next: &str) -> Result<(), Failure> {
    match broken {
        0 => Ok(()),
        _ => Err(Failure::failed(format!("{what} is broken in {broken} places"), next)),
    }
}

async fn checked<S: Queries + Clone>(
    parts: &[Part<S>],
    statement: Books,
    next: &str,
) -> Result<Report, Failure> {
    let plan = Plan {
        is_live: false,
        is_settled: false,
        statement,
        is_stopped: Arc::default(),
        progress: Arc::new(|_| ()),
    };
    check::run(parts, plan).await.map_err(|error| Failure::failed(error, next))
}

/// As much as before of everything. Of messages between services each of two databases has its own
/// copy, and a hop has become one that leaves.
fn are_the_same(before: &Report, after: &Report, next: &str) -> Result<(), Failure> {
    let seen = |report: &Report| {
        let counts = Counts { messages: 0, under_way: 0, ..report.counts };
        let Backlog { outbox, hops, .. } = report.backlog;
        (counts, Backlog { outbox: outbox + hops, hops: 0, ..report.backlog })
    };
    let (before, after) = (seen(before), seen(after));
    if before == after {
        return Ok(());
    }
    let what = format!("there were {before:?}, and after the move there are {after:?}");
    Err(Failure::failed(what, next))
}

/// Reads ahead by some pieces while others are written.
async fn fill(
    reader: &SqliteReader,
    targets: &[Part<PostgresStore>],
    bar: &ProgressBar,
) -> Result<Carrying, StoreError> {
    let parting = Parting::new(hosting::routing(), reader.unhandled().await?);
    let (give, mut pieces) = mpsc::channel::<Carried>(PIECES_MAX);
    let reading = reader.carry(move |piece| give.blocking_send(piece).is_ok());
    let writing = async {
        let mut carried = Carrying::new();
        while let Some(piece) = pieces.recv().await {
            take(&piece, &parting, targets).await?;
            for (what, rows) in piece.counts() {
                bar.inc(rows as u64);
                match carried.iter_mut().find(|(known, _)| *known == what) {
                    Some((_, count)) => *count += rows,
                    None => carried.push((what, rows)),
                }
            }
        }
        for target in targets {
            target.store.has_everything().await?;
        }
        Ok(carried)
    };
    let ((), carried) = tokio::try_join!(reading, writing)?;
    Ok(carried)
}

async fn take(
    piece: &Carried,
    parting: &Parting,
    targets: &[Part<PostgresStore>],
) -> Result<(), StoreError> {
    for target in targets {
        match target.database() {
            None => target.store.take(piece).await?,
            Some(service) => {
                let parted = parting.part(piece, service);
                let parted = parted.map_err(|error| StoreError::Fatal(error.to_string()))?;
                target.store.take(&parted).await?;
            }
        }
    }
    Ok(())
}
