//! Everything in a file, piece by piece, for another store.

use crate::deliveries::{effect_of, hop_of, message_of, service_of, text_of};
use crate::queries::{Kinds, dead_letter_of};
use crate::scan::value;
use crate::tallies::tallied;
use contracts::{MessageId, Source, Timestamp};
use engine::{
    Carried, CarriedLog, CarriedRecord, DeadLetter, InboxRow, LotKey, ParkedRow, Row, TallyKey,
    TimerKey, TimerRow, UnitOfWork,
};
use rusqlite::types::Type;
use rusqlite::{Connection, Row as SqlRow};
use service::RecordKind;
use std::error::Error;
use std::sync::Arc;

/// Rows in one piece.
const ROWS_MAX: usize = 1_000;

/// Hands out everything, until somebody wants no more.
pub(crate) fn export(
    connection: &Connection,
    kinds: &Kinds,
    give: &mut impl FnMut(Carried) -> bool,
) -> rusqlite::Result<()> {
    let sql = "SELECT id, name FROM names ORDER BY id";
    let named = |row: &SqlRow<'_>| Ok((text_of(row, 1)?, row.get(0)?));
    pieces(connection, sql, named, |rows| give(Carried::Names(rows)))?;
    for (service, kind) in kinds.iter() {
        let read = |row: &SqlRow<'_>| record(kind, row);
        pieces(connection, &records_sql(kind), read, |rows| {
            give(Carried::Records(*service, kind, rows))
        })?;
    }
    export_waiting(connection, give)?;
    export_dead(connection, give)?;
    let sql = "SELECT key, service, fingerprint, reply, at FROM inbox ORDER BY position";
    pieces(connection, sql, handled, |rows| give(Carried::Inbox(rows)))?;
    let sql = "SELECT position, subject, at, messages FROM log ORDER BY position";
    pieces(connection, sql, logged, |rows| give(Carried::Log(rows)))
}

/// Messages that were sent here and that nobody has handled.
pub(crate) fn unhandled(connection: &Connection) -> rusqlite::Result<Vec<MessageId>> {
    let mut ids = vec![];
    for sql in ["SELECT message FROM hops", "SELECT message FROM parked"] {
        let id = |row: &SqlRow<'_>| message_of(row, 0).map(|message| message.id);
        pieces(connection, sql, id, |found| {
            ids.extend(found);
            true
        })?;
    }
    let id = |row: &SqlRow<'_>| row.get(0).map(MessageId::from_bytes);
    pieces(connection, "SELECT id FROM dead_letters", id, |found| {
        ids.extend(found);
        true
    })?;
    Ok(ids)
}

/// Reads rows and hands them out, as long as they are wanted.
fn pieces<T>(
    connection: &Connection,
    sql: &str,
    read: impl Fn(&SqlRow<'_>) -> rusqlite::Result<T>,
    mut give: impl FnMut(Vec<T>) -> bool,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let (mut rows, mut piece) = (statement.query([])?, vec![]);
    while let Some(row) = rows.next()? {
        piece.push(read(row)?);
        if piece.len() == ROWS_MAX && !give(std::mem::take(&mut piece)) {
            return Ok(());
        }
    }
    if !piece.is_empty() {
        give(piece);
    }
    Ok(())
}

/// What waits. Of messages that leave, those that wait longest come first.
fn export_waiting(
    connection: &Connection,
    give: &mut impl FnMut(Carried) -> bool,
) -> rusqlite::Result<()> {
    let mut rest = |unit: UnitOfWork| give(Carried::Rest(Box::new(unit)));
    let sql = "SELECT n.name, t.service, t.label, t.at, t.message
               FROM timers t JOIN names n ON n.id = t.subject ORDER BY t.subject";
    pieces(connection, sql, timer, |timers| rest(UnitOfWork { timers, ..UnitOfWork::default() }))?;
    let sql = "SELECT id, service, destination, request FROM effects ORDER BY id";
    pieces(connection, sql, effect_of, |effects| {
        rest(UnitOfWork { effects, ..UnitOfWork::default() })
    })?;
    let sql = "SELECT message FROM outbox ORDER BY position";
    let sent = |row: &SqlRow<'_>| message_of(row, 0).map(Arc::new);
    pieces(connection, sql, sent, |outbox| rest(UnitOfWork { outbox, ..UnitOfWork::default() }))?;
    let sql = "SELECT to_service, message FROM hops ORDER BY position";
    let hop = |row: &SqlRow<'_>| hop_of(row, 0);
    pieces(connection, sql, hop, |hops| rest(UnitOfWork { hops, ..UnitOfWork::default() }))?;
    let sql = "SELECT service, name, unit, plus, minus FROM tallies";
    let tally = |row: &SqlRow<'_>| {
        let service = service_of(row, 0)?;
        let key = TallyKey { service, name: text_of(row, 1)?, unit: text_of(row, 2)? };
        Ok((key.clone(), tallied(row, 3, &key)?))
    };
    pieces(connection, sql, tally, |tallies| rest(UnitOfWork { tallies, ..UnitOfWork::default() }))
}

/// Dead letters, each with its time, and what waits behind them.
fn export_dead(
    connection: &Connection,
    give: &mut impl FnMut(Carried) -> bool,
) -> rusqlite::Result<()> {
    let mut rest = |unit: UnitOfWork| give(Carried::Rest(Box::new(unit)));
    let sql = "SELECT id, service, source, subject, reason, bytes, at FROM dead_letters
               ORDER BY position";
    pieces(connection, sql, dead, |letters| {
        letters.into_iter().all(|(letter, now)| {
            rest(UnitOfWork { now, dead: vec![letter], ..UnitOfWork::default() })
        })
    })?;
    let sql = "SELECT service, source, subject FROM lots";
    pieces(connection, sql, lot, |new_lots| {
        rest(UnitOfWork { new_lots, ..UnitOfWork::default() })
    })?;
    let sql = "SELECT service, source, subject, message FROM parked ORDER BY position";
    let waiting =
        |row: &SqlRow<'_>| Ok(ParkedRow { lot: lot(row)?, message: Arc::new(message_of(row, 3)?) });
    pieces(connection, sql, waiting, |parked| rest(UnitOfWork { parked, ..UnitOfWork::default() }))
}

fn records_sql(kind: &RecordKind) -> String {
    let columns: String = kind.columns.iter().map(|column| format!(", {}", column.name)).collect();
    format!("SELECT key, version, schema, body{columns} FROM {} ORDER BY key", kind.name)
}

fn record(kind: &RecordKind, row: &SqlRow<'_>) -> rusqlite::Result<CarriedRecord> {
    let columns = (0..kind.columns.len()).map(|index| value(row.get_ref(4 + index)?));
    let columns = columns.collect::<rusqlite::Result<_>>()?;
    let row_of = Row { version: row.get(1)?, schema: row.get(2)?, body: row.get(3)? };
    Ok(CarriedRecord { key: row.get(0)?, row: row_of, columns })
}

fn timer(row: &SqlRow<'_>) -> rusqlite::Result<(TimerKey, Option<TimerRow>)> {
    let (subject, service, label) = (text_of(row, 0)?, service_of(row, 1)?, text_of(row, 2)?);
    let key = TimerKey { service, subject, label };
    let (at, message) = (Timestamp(row.get(3)?), message_of(row, 4)?);
    Ok((key.clone(), Some(TimerRow { key, at, message })))
}

fn dead(row: &SqlRow<'_>) -> rusqlite::Result<(DeadLetter, Timestamp)> {
    Ok((dead_letter_of(row)?, Timestamp(row.get(6)?)))
}

fn lot(row: &SqlRow<'_>) -> rusqlite::Result<LotKey> {
    let source: String = row.get(1)?;
    let source: Source = source.parse().map_err(|error| wrong(1, error))?;
    Ok(LotKey { service: service_of(row, 0)?, source, subject: text_of(row, 2)? })
}

fn handled(row: &SqlRow<'_>) -> rusqlite::Result<(InboxRow, Timestamp)> {
    let reply: Option<String> = row.get(3)?;
    let reply = reply.map(|json| serde_json::from_str(&json)).transpose();
    let row_of = InboxRow {
        service: service_of(row, 1)?,
        key: MessageId::from_bytes(row.get(0)?),
        fingerprint: row.get(2)?,
        reply: reply.map_err(|error| wrong(3, error))?,
    };
    Ok((row_of, Timestamp(row.get(4)?)))
}

fn logged(row: &SqlRow<'_>) -> rusqlite::Result<CarriedLog> {
    let (position, subject) = (row.get(0)?, row.get(1)?);
    Ok(CarriedLog { position, subject, at: Timestamp(row.get(2)?), messages: row.get(3)? })
}

fn wrong(column: usize, error: impl Into<Box<dyn Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}
