//! Writing a unit of work. Its transaction is already open; rows go in the order of their keys, so
//! that neighbours land on the same page.

use crate::error::store_error;
use crate::names::Names;
use crate::tallies;
use crate::transaction::{ROWS_PER_INSERT, Table, place};
use crate::writer::Writer;
use contracts::Message;
use engine::{
    Consumed, DeadLetter, EffectRow, HopRow, InboxRow, LotKey, ParkedRow, StoreError, TimerKey,
    TimerRow, UnitOfWork, Write, log_row,
};
use rusqlite::types::{ToSqlOutput, Value as Sql, ValueRef};
use rusqlite::{Connection, ToSql, params, params_from_iter};
use rustc_hash::FxHashMap;
use service::{NUMBER_MAX, Value};
use std::sync::Arc;

type Done = rusqlite::Result<()>;

/// Nothing of it is durable before the `COMMIT` that follows.
pub(crate) fn commit(
    writer: &mut Writer,
    names: &mut Names,
    unit: &UnitOfWork,
) -> Result<(), StoreError> {
    write_records(writer, names, unit)?;
    write_rest(writer, names, unit).map_err(store_error)
}

fn write_rest(writer: &mut Writer, names: &mut Names, unit: &UnitOfWork) -> Done {
    let now = unit.now.micros();
    let connection = &writer.connection;
    consume(connection, names, &unit.consumed)?;
    change_timers(connection, names, &unit.timers)?;
    unit.effects.iter().try_for_each(|effect| request(connection, effect))?;
    unit.inbox.iter().try_for_each(|row| remember(connection, row, now))?;
    unit.dead.iter().try_for_each(|letter| bury(connection, letter, now))?;
    unit.new_lots.iter().try_for_each(|lot| block(connection, lot))?;
    unit.parked.iter().try_for_each(|row| park(connection, row))?;
    tallies::add(connection, &unit.tallies)?;
    delete_published(connection, unit.published)?;
    writer.has_lots |= !unit.new_lots.is_empty();
    put_off(writer, &unit.hops)?;
    append_outbox(writer, &unit.outbox)?;
    append_log(writer, names, &unit.log, now)
}

/// A row on its way to its table.
struct Placed<'a> {
    key: i64,
    write: &'a Write,
}

fn write_records(writer: &Writer, names: &mut Names, unit: &UnitOfWork) -> Result<(), StoreError> {
    let mut by_table: FxHashMap<&str, Vec<Placed<'_>>> = FxHashMap::default();
    let mut order = vec![];
    for write in unit.writes.iter().chain(&unit.appends) {
        if write.key.record.number > NUMBER_MAX {
            let what = format!("{:?} has a number beyond {NUMBER_MAX}", write.key.record);
            return Err(StoreError::Rejected(what)); // it would be a row of another subject
        }
        let key = place(names, &writer.connection, &write.key).map_err(store_error)?;
        let table = write.key.record.kind.name;
        by_table.entry(table).or_insert_with(|| {
            order.push(table);
            vec![]
        });
        by_table.entry(table).or_default().push(Placed { key, write });
    }
    for name in order {
        let unknown = || StoreError::Rejected(format!("this store has no table {name}"));
        let table = writer.tables.get(name).ok_or_else(unknown)?;
        let mut rows = by_table.remove(name).unwrap_or_default();
        rows.sort_by_key(|row| row.key);
        let (new, changed): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.write.version_before == 0);
        for rows in new.chunks(ROWS_PER_INSERT) {
            insert(&writer.connection, table, rows).map_err(store_error)?;
        }
        for row in changed {
            update(&writer.connection, table, &row)?;
        }
    }
    Ok(())
}

fn insert(connection: &Connection, table: &Table, rows: &[Placed<'_>]) -> Done {
    if rows.len() == ROWS_PER_INSERT {
        let values = rows.iter().flat_map(|row| values(table, row));
        connection.prepare_cached(&table.insert_many)?.execute(params_from_iter(values))?;
        return Ok(());
    }
    let mut statement = connection.prepare_cached(&table.insert)?;
    for row in rows {
        statement.execute(params_from_iter(values(table, row)))?;
    }
    Ok(())
}

fn values<'a>(table: &Table, row: &Placed<'a>) -> Vec<Cell<'a>> {
    let mut values = vec![
        Cell::integer(row.key),
        Cell::integer(i64::try_from(row.write.version).unwrap_or(i64::MAX)),
        Cell::integer(i64::from(table.kind.schema)),
        Cell(ToSqlOutput::Borrowed(ValueRef::Blob(&row.write.body))),
    ];
    values.extend(row.write.columns.iter().map(Cell::column));
    values
}

/// The version is compared once more, although nobody else writes: it costs nothing.
fn update(connection: &Connection, table: &Table, row: &Placed<'_>) -> Result<(), StoreError> {
    let mut values = values(table, row);
    values.rotate_left(1); // the key comes behind what is set
    let version = i64::try_from(row.write.version_before).unwrap_or(i64::MAX);
    values.push(Cell::integer(version));
    let update = || connection.prepare_cached(&table.update)?.execute(params_from_iter(values));
    match update().map_err(store_error)? {
        1 => Ok(()),
        _ => Err(StoreError::Fatal(format!(
            "{:?} had not version {version}: somebody else writes to this file",
            row.write.key.record
        ))),
    }
}

/// A value of a column, as SQLite takes it.
pub(crate) struct Cell<'a>(ToSqlOutput<'a>);

impl<'a> Cell<'a> {
    fn integer(value: i64) -> Self {
        Self(ToSqlOutput::Owned(Sql::Integer(value)))
    }

    pub fn column(value: &'a Value) -> Self {
        Self(match value {
            Value::Null => ToSqlOutput::Owned(Sql::Null),
            Value::Integer(value) => ToSqlOutput::Owned(Sql::Integer(*value)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.clone())
    }
}

fn consume(connection: &Connection, names: &mut Names, rows: &[Consumed]) -> Done {
    for row in rows {
        match row {
            Consumed::Timer { key, at } => {
                let Some(subject) = names.find(connection, &key.subject)? else { continue };
                connection
                    .prepare_cached(
                        "DELETE FROM timers
                         WHERE subject = ?1 AND service = ?2 AND label = ?3 AND at = ?4",
                    )?
                    .execute(params![
                        subject,
                        key.service.number(),
                        key.label.as_str(),
                        at.micros()
                    ])?
            }
            Consumed::Effect { service, id } => connection
                .prepare_cached("DELETE FROM effects WHERE id = ?1 AND service = ?2")?
                .execute(params![id.as_str(), service.number()])?,
            Consumed::Hop { position } => connection
                .prepare_cached("DELETE FROM hops WHERE position = ?1")?
                .execute([i64::try_from(*position).unwrap_or(i64::MAX)])?,
        };
    }
    Ok(())
}

fn change_timers(
    connection: &Connection,
    names: &mut Names,
    timers: &[(TimerKey, Option<TimerRow>)],
) -> Done {
    for (key, row) in timers {
        let (service, label) = (key.service.number(), key.label.as_str());
        if let Some(row) = row {
            let subject = names.find_or_add(connection, &key.subject)?;
            connection
                .prepare_cached(
                    "INSERT INTO timers (subject, service, label, at, message)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (subject, service, label)
                     DO UPDATE SET at = excluded.at, message = excluded.message",
                )?
                .execute(params![subject, service, label, row.at.micros(), row.message.encode()])?;
        } else if let Some(subject) = names.find(connection, &key.subject)? {
            connection
                .prepare_cached(
                    "DELETE FROM timers WHERE subject = ?1 AND service = ?2 AND label = ?3",
                )?
                .execute(params![subject, service, label])?;
        }
    }
    Ok(())
}

fn request(connection: &Connection, effect: &EffectRow) -> Done {
    let epoch = i64::try_from(effect.claimed_by).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO effects
               (id, service, destination, request, claimed_until, claimed_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            effect.id.as_str(),
            effect.service.number(),
            effect.destination,
            effect.request.encode(),
            effect.claimed_until.micros(),
            epoch
        ])?;
    Ok(())
}

fn remember(connection: &Connection, row: &InboxRow, now: i64) -> Done {
    let reply = row.reply.as_ref().map(serde_json::to_string).transpose();
    let reply = reply.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection
        .prepare_cached(
            "INSERT INTO inbox (key, service, fingerprint, reply, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![row.key.to_bytes(), row.service.number(), row.fingerprint, reply, now])?;
    Ok(())
}

fn bury(connection: &Connection, letter: &DeadLetter, now: i64) -> Done {
    let service = letter.service.number();
    let source = letter.source.map(|source| source.as_str());
    let (id, subject) = (letter.id.to_bytes(), letter.subject.as_str());
    connection.execute(
        "INSERT INTO dead_letters (id, service, source, subject, reason, at, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, service, source, subject, letter.reason, now, letter.bytes],
    )?;
    Ok(())
}

fn block(connection: &Connection, lot: &LotKey) -> Done {
    connection.execute(
        "INSERT OR IGNORE INTO lots (service, source, subject) VALUES (?1, ?2, ?3)",
        params![lot.service.number(), lot.source.as_str(), lot.subject.as_str()],
    )?;
    Ok(())
}

fn park(connection: &Connection, row: &ParkedRow) -> Done {
    let ParkedRow { lot, message } = row;
    let (service, source) = (lot.service.number(), lot.source.as_str());
    connection.execute(
        "INSERT INTO parked (service, source, subject, message) VALUES (?1, ?2, ?3, ?4)",
        params![service, source, lot.subject.as_str(), message.encode()],
    )?;
    Ok(())
}

fn put_off(writer: &mut Writer, rows: &[HopRow]) -> Done {
    let sql = "INSERT INTO hops (position, to_service, message) VALUES (?1, ?2, ?3)";
    let mut statement = writer.connection.prepare_cached(sql)?;
    for HopRow { to, message } in rows {
        statement.execute(params![writer.next.hop, to.number(), message.encode()])?;
        writer.next.hop += 1;
    }
    Ok(())
}

fn delete_published(connection: &Connection, published: Option<(u64, u64)>) -> Done {
    let Some((after, to)) = published else { return Ok(()) };
    let sql = "DELETE FROM outbox WHERE position > ?1 AND position <= ?2";
    let position = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
    connection.prepare_cached(sql)?.execute([position(after), position(to)])?;
    Ok(())
}

fn append_outbox(writer: &mut Writer, messages: &[Arc<Message>]) -> Done {
    let sql = "INSERT INTO outbox (position, message) VALUES (?1, ?2)";
    let mut statement = writer.connection.prepare_cached(sql)?;
    for message in messages {
        statement.execute(params![writer.next.outbox, message.encode()])?;
        writer.next.outbox += 1;
    }
    Ok(())
}

/// One row per subject: few rows, and a timeline is read in one go.
fn append_log(writer: &mut Writer, names: &mut Names, log: &[Arc<Message>], now: i64) -> Done {
    let mut statement = writer.connection.prepare_cached(
        "INSERT INTO log (position, subject, at, messages) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (subject, row) in log_row::rows(log) {
        let name = names.find_or_add(&writer.connection, subject)?;
        statement.execute(params![writer.next.log, name, now, row])?;
        writer.next.log += 1;
    }
    Ok(())
}
