//! Taking over everything of another store, as `orderweaver move` does. While that is under way the
//! database bears a mark, with which nobody works on it: an owner of migrations that is none.

use crate::commit::{self, Destination, Placed};
use crate::connect::{Place, Purpose, connect};
use crate::error::OpenError;
use crate::flight::{Flight, parameters};
use crate::migrate::{self, Migrations};
use crate::names::RoundNames;
use crate::presence;
use crate::session::Session;
use crate::store::{PostgresStore, Settings};
use crate::tables::Tables;
use engine::{Carried, CarriedLog, CarriedRecord, StoreError, UnitOfWork};
use service::RecordKind;
use tokio_postgres::{Client, Error};

/// How the owner begins that stands among those of migrations while a move is under way; the place
/// that the shop comes from is the rest.
const MARK: &str = "move from ";

/// Where the shop comes from that is being moved to a database with this owner of migrations.
pub(crate) fn source(owner: &str) -> Option<&str> {
    owner.strip_prefix(MARK)
}

/// A move that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// Where the shop comes from.
    pub from: String,
    /// Whether everything is there and was checked, as in all databases of the move. If not, it is
    /// being filled, or was until something broke that off.
    pub is_checked: bool,
}

/// As the version of an owner that is none.
const FILLING: i32 = 1;
const CHECKED: i32 = 2;

/// Tables of the engine with a row for each of something; a new database has none.
const ENGINE_ROWS: [&str; 11] = [
    "names",
    "inbox",
    "log",
    "outbox",
    "hops",
    "timers",
    "effects",
    "tallies",
    "dead_letters",
    "lots",
    "parked",
];

/// The move to the database that is under way, if any.
///
/// # Errors
/// It can't be reached.
pub async fn moving(url: &str) -> Result<Option<Moving>, OpenError> {
    let place = Place::of(url, Purpose::Reading)?;
    let postgres = |error: Error| OpenError::from_postgres(&place.name, &error);
    place.opened(async { mark(&connect(&place).await?).await.map_err(postgres) }).await
}

/// The move to the database is over: whoever serves it may begin.
///
/// # Errors
/// It can't be reached.
pub async fn end_move(url: &str) -> Result<(), OpenError> {
    let place = Place::of(url, Purpose::Serving)?;
    let postgres = |error: Error| OpenError::from_postgres(&place.name, &error);
    let ending = async { connect(&place).await?.batch_execute(UNMARK).await.map_err(postgres) };
    place.opened(ending).await
}

impl PostgresStore {
    /// Opens a database that everything of another store is to be carried to: an empty one, or one
    /// to which a move was broken off, which is emptied. `from` says where the shop comes from.
    ///
    /// # Errors
    /// As [`PostgresStore::open`]; it is not empty, or a process works on it.
    pub async fn open_to_fill(settings: Settings, from: &str) -> Result<Self, OpenError> {
        let place = Place::of(&settings.url, Purpose::Serving)?;
        place.opened(Self::open_empty(settings, &place, from)).await
    }

    async fn open_empty(settings: Settings, place: &Place, from: &str) -> Result<Self, OpenError> {
        let mut client = connect(place).await?;
        let postgres = |error: Error| OpenError::from_postgres(&place.name, &error);
        let tables = rows_of(&Tables::new(&settings.kinds));
        if mark(&client).await.map_err(postgres)?.is_some() {
            client.batch_execute(&emptying(&tables)).await.map_err(postgres)?;
        }
        migrate::up(&mut client, place, &Migrations::of_the_house(&settings.kinds)).await?;
        let transaction = client.transaction().await.map_err(postgres)?;
        transaction.batch_execute(migrate::LOCK).await.map_err(postgres)?;
        let sql = format!("SELECT EXISTS {}", presence::alive());
        if transaction
            .query_one(&sql, &[])
            .await
            .and_then(|row| row.try_get(0))
            .map_err(postgres)?
        {
            return Err(OpenError::AtWork(place.name.clone()));
        }
        for table in &tables {
            let sql = format!("SELECT EXISTS (SELECT FROM {table})");
            let found = transaction.query_one(&sql, &[]).await.and_then(|row| row.try_get(0));
            if found.map_err(postgres)? {
                let (place, table) = (place.name.clone(), table.clone());
                return Err(OpenError::NotEmpty { place, table });
            }
        }
        let sql = "INSERT INTO orderweaver.migrations (owner, version) VALUES ($1, $2)";
        transaction.execute(sql, &[&format!("{MARK}{from}"), &FILLING]).await.map_err(postgres)?;
        transaction.commit().await.map_err(postgres)?;
        let tables = Tables::new(&settings.kinds);
        Self::at_work(place, &client, tables, settings.time).await
    }

    /// Takes some rows over.
    ///
    /// # Errors
    /// They can't be written.
    pub async fn take(&self, rows: &Carried) -> Result<(), StoreError> {
        if rows.counts().iter().all(|(_, rows)| *rows == 0) {
            return Ok(());
        }
        let mut session = Session::new(self.0.connections.worker().await?);
        let mut names = RoundNames::new(&self.0.names);
        let nothing = UnitOfWork::default();
        let unit = if let Carried::Rest(unit) = rows { unit } else { &nothing };
        names.name_all(session.client(), commit::subjects(unit).into_iter()).await?;
        session.begin(Flight::default()).await?;
        let place = Destination { tables: &self.0.tables, names: &names, turn: FIRST_TURN };
        let mut flight = commit::writes(&place, unit)?;
        match rows {
            Carried::Names(rows) => commit::add_names(rows, &mut flight),
            Carried::Records(_, kind, rows) => {
                take_records(&self.0.tables, kind, rows, &mut flight)?
            }
            Carried::Log(rows) => take_log(rows, &mut flight),
            Carried::Inbox(rows) => {
                let rows: Vec<_> = rows.iter().map(|(row, at)| (row, at.micros())).collect();
                commit::remember(&rows, FIRST_TURN, &mut flight)?;
            }
            Carried::Rest(_) => {}
        }
        session.commit(flight).await?;
        names.are_committed();
        Ok(())
    }

    /// Everything was taken over: numbers that are given from now on come behind those that are
    /// there.
    ///
    /// # Errors
    /// The database says no.
    pub async fn has_everything(&self) -> Result<(), StoreError> {
        let mut session = Session::new(self.0.connections.worker().await?);
        session.begin(Flight::default()).await?;
        let mut flight = Flight::default();
        flight.add(
            "SELECT setval('orderweaver.name_ids', max(id) + 1, false) FROM orderweaver.names
             HAVING max(id) IS NOT NULL",
            vec![],
        );
        flight.add(
            "SELECT setval(pg_get_serial_sequence('orderweaver.log', 'position'), max(position))
             FROM orderweaver.log HAVING max(position) IS NOT NULL",
            vec![],
        );
        Ok(session.commit(flight).await?)
    }

    /// Everything is there, and all databases of the move were checked.
    ///
    /// # Errors
    /// The database says no.
    pub async fn was_checked(&self) -> Result<(), StoreError> {
        let mut session = Session::new(self.0.connections.worker().await?);
        session.begin(Flight::default()).await?;
        let mut flight = Flight::default();
        let sql = "UPDATE orderweaver.migrations SET version = $1 WHERE owner LIKE 'move from %'";
        flight.add(sql, parameters![CHECKED]);
        Ok(session.commit(flight).await?)
    }
}

/// The partition of the inbox that a new database begins with.
const FIRST_TURN: i16 = 0;

const UNMARK: &str = "DELETE FROM orderweaver.migrations WHERE owner LIKE 'move from %'";

async fn mark(client: &Client) -> Result<Option<Moving>, Error> {
    let sql = "SELECT to_regclass('orderweaver.migrations') IS NOT NULL";
    if !client.query_one(sql, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let sql = "SELECT owner, version FROM orderweaver.migrations WHERE owner LIKE 'move from %'";
    let Some(row) = client.query_opt(sql, &[]).await? else { return Ok(None) };
    let (owner, version): (String, i32) = (row.try_get(0)?, row.try_get(1)?);
    let from = source(&owner).unwrap_or_default().into();
    Ok(Some(Moving { from, is_checked: version == CHECKED }))
}

/// The tables that are filled.
fn rows_of(tables: &Tables) -> Vec<String> {
    let engine = ENGINE_ROWS.iter().map(|table| format!("orderweaver.{table}"));
    engine.chain(tables.names().map(Into::into)).collect()
}

fn emptying(tables: &[String]) -> String {
    format!(
        "BEGIN; TRUNCATE {} RESTART IDENTITY;
         {UNMARK}; COMMIT",
        tables.join(", ")
    )
}

fn take_records<'a>(
    tables: &'a Tables,
    kind: &RecordKind,
    rows: &'a [CarriedRecord],
    flight: &mut Flight<'a>,
) -> Result<(), StoreError> {
    let table = tables.get(kind.name)?;
    let placed = rows.iter().map(|CarriedRecord { key, row, columns }| Placed {
        key: *key,
        version: row.version,
        schema: row.schema,
        body: &row.body,
        columns,
    });
    let placed: Vec<_> = placed.collect();
    if !placed.is_empty() {
        flight.add(&table.insert, commit::columns(table, &placed)?);
    }
    Ok(())
}

fn take_log<'a>(rows: &'a [CarriedLog], flight: &mut Flight<'a>) {
    let position = |row: &CarriedLog| i64::try_from(row.position).unwrap_or(i64::MAX);
    flight.add(
        "INSERT INTO orderweaver.log (position, subject, at, messages) OVERRIDING SYSTEM VALUE
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])",
        parameters![
            rows.iter().map(position).collect::<Vec<_>>(),
            rows.iter().map(|row| row.subject).collect::<Vec<_>>(),
            rows.iter().map(|row| row.at.micros()).collect::<Vec<_>>(),
            rows.iter().map(|row| &row.messages[..]).collect::<Vec<_>>(),
        ],
    );
}
