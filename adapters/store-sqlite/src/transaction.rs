//! Driving a round inside one transaction: what is known, and what is to be loaded.

use crate::SqliteStore;
use crate::commit::commit;
use crate::error::store_error;
use crate::names::{Names, record_key};
use crate::writer::Writer;
use contracts::{MessageId, ServiceName};
use engine::{
    Committed, Consumed, Failed, Known, Loaded, LoadedRange, Next, Recognised, Round, Row, RowKey,
    StoreError, Transactions, UnitOfWork, Wanted, row_key,
};
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;
use service::{RecordKey, RecordKind};

/// The statements of one record table.
pub(crate) struct Table {
    pub kind: &'static RecordKind,
    pub select: String,
    pub insert: String,
    pub insert_many: String,
    pub update: String,
}

/// By the name of the kind.
pub(crate) type Tables = FxHashMap<&'static str, Table>;

/// How many rows one INSERT takes: eight cost little more than one.
pub(crate) const ROWS_PER_INSERT: usize = 8;

pub(crate) fn tables(kinds: &[(ServiceName, &'static RecordKind)]) -> Tables {
    kinds.iter().map(|(_, kind)| (kind.name, table(kind))).collect()
}

fn table(kind: &'static RecordKind) -> Table {
    let extra: String = kind.columns.iter().map(|column| format!(", {}", column.name)).collect();
    let count = 4 + kind.columns.len();
    let row = format!("({})", vec!["?"; count].join(", "));
    // After a failure the whole transaction goes, so SQLite needs no journal of the statement.
    let into = format!("INSERT OR FAIL INTO {} (key, version, schema, body{extra})", kind.name);
    let insert = into + " VALUES ";
    let set: String = kind.columns.iter().map(|column| format!(", {} = ?", column.name)).collect();
    Table {
        kind,
        select: format!("SELECT version, schema, body FROM {} WHERE key = ?1", kind.name),
        insert_many: format!("{insert}{}", [row.as_str(); ROWS_PER_INSERT].join(", ")),
        insert: insert + &row,
        update: format!(
            "UPDATE {} SET version = ?, schema = ?, body = ?{set} WHERE key = ? AND version = ?",
            kind.name
        ),
    }
}

impl Transactions for SqliteStore {
    async fn transact(&self, round: Round) -> Result<Committed, Failed> {
        let outcome = self.on_writer(move |writer| Ok(transact(writer, round))).await;
        outcome.unwrap_or_else(|error| Err(Failed { error, deliveries: vec![] }))
    }
}

fn transact(writer: &mut Writer, mut round: Round) -> Result<Committed, Failed> {
    let first = u64::try_from(writer.next.outbox).unwrap_or(0);
    match writer.in_transaction(|writer| drive(writer, &mut round)) {
        Ok(unit) => Ok(Committed::new(round.take_replies(), unit, first..)),
        Err(error) => Err(Failed { error, deliveries: round.into_deliveries() }),
    }
}

/// The loop is all a store knows of the engine. There are no conflicts: nobody else writes.
fn drive(writer: &mut Writer, round: &mut Round) -> Result<UnitOfWork, StoreError> {
    let mut names = Names::default();
    round.restart();
    loop {
        match round.next().map_err(StoreError::Rejected)? {
            Next::Recognise { inbox, consumed } => {
                let now = writer.now();
                let known = known(&writer.connection, &inbox).map_err(store_error)?;
                let gone = gone(&writer.connection, &mut names, consumed).map_err(store_error)?;
                round.recognised(Recognised { now, known, gone });
            }
            Next::Load(wanted) => {
                let loaded = load(writer, &mut names, wanted).map_err(store_error)?;
                round.loaded(loaded);
            }
            Next::Commit(unit) => {
                commit(writer, &mut names, &unit)?;
                return Ok(*unit);
            }
        }
    }
}

fn known(
    connection: &Connection,
    keys: &[(ServiceName, MessageId)],
) -> rusqlite::Result<Vec<Known>> {
    let mut statement = connection
        .prepare_cached("SELECT fingerprint, reply FROM inbox WHERE key = ?1 AND service = ?2")?;
    let mut found = vec![];
    for (service, key) in keys {
        let row = statement.query_row(params![key.to_bytes(), service.number()], |row| {
            let reply: Option<String> = row.get(1)?;
            Ok((row.get(0)?, reply.and_then(|json| serde_json::from_str(&json).ok())))
        });
        if let Some((fingerprint, reply)) = row.optional()? {
            found.push(Known { service: *service, key: *key, fingerprint, reply });
        }
    }
    Ok(found)
}

fn gone(
    connection: &Connection,
    names: &mut Names,
    consumed: Vec<Consumed>,
) -> rusqlite::Result<Vec<Consumed>> {
    let mut gone = vec![];
    for row in consumed {
        let is_there = match &row {
            Consumed::Timer { key, at } => match names.find(connection, &key.subject)? {
                Some(subject) => connection
                    .prepare_cached(
                        "SELECT 1 FROM timers
                         WHERE subject = ?1 AND service = ?2 AND label = ?3 AND at = ?4",
                    )?
                    .exists(params![
                        subject,
                        key.service.number(),
                        key.label.as_str(),
                        at.micros()
                    ])?,
                None => false,
            },
            Consumed::Effect { service, id } => connection
                .prepare_cached("SELECT 1 FROM effects WHERE id = ?1 AND service = ?2")?
                .exists(params![id.as_str(), service.number()])?,
            Consumed::Hop { position } => connection
                .prepare_cached("SELECT 1 FROM hops WHERE position = ?1")?
                .exists([i64::try_from(*position).unwrap_or(i64::MAX)])?,
        };
        if !is_there {
            gone.push(row);
        }
    }
    Ok(gone)
}

fn load(writer: &Writer, names: &mut Names, wanted: Wanted) -> rusqlite::Result<Loaded> {
    let connection = &writer.connection;
    let mut loaded = Loaded::default();
    for key in wanted.rows {
        let row = match names.find(connection, &key.record.subject)? {
            Some(name) => row(writer, &key.record, name)?,
            None => Row::ABSENT,
        };
        loaded.rows.push((key, row));
    }
    for (service, range) in wanted.ranges {
        let Some(table) = writer.tables.get(range.kind) else { continue };
        let rows = rows_of(connection, table, &range)?;
        loaded.ranges.push(LoadedRange { service, range, rows });
    }
    for lot in wanted.lots {
        let is_there = writer.has_lots
            && connection
                .prepare_cached(
                    "SELECT 1 FROM lots WHERE service = ?1 AND source = ?2 AND subject = ?3",
                )?
                .exists(params![lot.service.number(), lot.source.as_str(), lot.subject.as_str()])?;
        loaded.lots.push((lot, is_there));
    }
    Ok(loaded)
}

fn row(writer: &Writer, key: &RecordKey, name: i64) -> rusqlite::Result<Row> {
    let Some(table) = writer.tables.get(key.kind.name) else { return Ok(Row::ABSENT) };
    let mut statement = writer.connection.prepare_cached(&table.select)?;
    let row = statement.query_row([row_key(name, key.number)], |row| Ok(record_in(row, 0)));
    Ok(row.optional()?.unwrap_or(Row::ABSENT))
}

/// Its version, schema and body, from that column on. A damaged record is the affair of those who
/// need it; the rest of the store may be as it was written.
fn record_in(row: &rusqlite::Row<'_>, first: usize) -> Row {
    let read = || {
        let (version, schema, body) = (row.get(first)?, row.get(first + 1)?, row.get(first + 2)?);
        Ok::<_, rusqlite::Error>(Row { version, schema, body })
    };
    read().ok().filter(|row| row.version > 0).unwrap_or(Row::UNREADABLE)
}

fn rows_of(
    connection: &Connection,
    table: &Table,
    range: &service::Range,
) -> rusqlite::Result<Vec<(RecordKey, Row)>> {
    let Some(index) = table.kind.indexes.iter().find(|index| index.name == range.index) else {
        return Ok(vec![]);
    };
    let column = index.columns.last().copied().unwrap_or("key");
    let only = index.only.map_or_else(String::new, |only| format!("({only}) AND "));
    let sql = format!(
        "SELECT key, version, schema, body FROM {} WHERE {only}{column} <= ?1
         ORDER BY {column}, key LIMIT ?2",
        table.kind.name
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![range.up_to, range.rows_max])?;
    let mut found = vec![];
    while let Some(row) = rows.next()? {
        let key = record_key(connection, table.kind, row.get(0)?)?;
        found.push((key, record_in(row, 1)));
    }
    Ok(found)
}

/// A record's place in its table, for those that know the name already.
pub(crate) fn place(
    names: &mut Names,
    connection: &Connection,
    key: &RowKey,
) -> rusqlite::Result<i64> {
    let name = names.find_or_add(connection, &key.record.subject)?;
    Ok(row_key(name, key.record.number))
}
