//! Reading everything, a slice at a time: what tools need that look at the whole of a store.

use crate::deliveries::{find_name, service_of, text_of};
use contracts::Subject;
use engine::{
    Backlog, Belongs, LogRow, Row, Scan, ScanRequest, Scanned, ScannedSubject, Slice, Subjects,
    TimerKey, log_row, number_in,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row as SqlRow};
use service::{NUMBER_BITS, RecordKey, RecordKind, Value};
use std::collections::BTreeMap;

const TIMERS: &str = "SELECT subject, service, label FROM timers WHERE subject BETWEEN ?1 AND ?2
                      ORDER BY subject, service, label";
const LOG: &str = "SELECT subject, position, messages FROM log WHERE subject BETWEEN ?1 AND ?2
                   ORDER BY subject, position";

/// Subjects in the order of their names' integers, all at one moment.
pub(crate) fn scan(connection: &Connection, request: &ScanRequest) -> rusqlite::Result<Scan> {
    let moment = connection.unchecked_transaction()?;
    let mut slice = match &request.subjects {
        Subjects::Run { first, subjects_max } => run(&moment, *first, *subjects_max)?,
        Subjects::Named(subjects) => Slice::named(named(&moment, subjects)?),
    };
    for kind in &request.kinds {
        read(&mut slice, &moment, kind.name, &records_sql(kind), NUMBER_BITS, |scanned, row| {
            scanned.records.push(record(kind, &scanned.subject, row)?);
            Ok(())
        })?;
    }
    read(&mut slice, &moment, "timers", TIMERS, 0, |scanned, row| {
        let (service, label) = (service_of(row, 1)?, text_of(row, 2)?);
        scanned.timers.push(TimerKey { service, subject: scanned.subject.clone(), label });
        Ok(())
    })?;
    read(&mut slice, &moment, "log", LOG, 0, |scanned, row| {
        let messages = log_row::attributes(row.get_ref(2)?.as_blob()?);
        scanned.log.push(LogRow { position: row.get(1)?, messages });
        Ok(())
    })?;
    Ok(slice.into_scan())
}

fn named(connection: &Connection, subjects: &[Subject]) -> rusqlite::Result<Vec<(i64, Subject)>> {
    let mut named = BTreeMap::new();
    for subject in subjects {
        if let Some(id) = find_name(connection, subject)? {
            named.insert(id, subject.clone());
        }
    }
    Ok(named.into_iter().collect())
}

fn run(connection: &Connection, first: u64, subjects_max: u64) -> rusqlite::Result<Slice> {
    let (begin, end) = Slice::names(first, subjects_max);
    let (newest, next) = connection
        .prepare_cached(
            "SELECT (SELECT max(id) FROM names), (SELECT min(id) FROM names WHERE id >= ?1)",
        )?
        .query_row([end], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut statement = connection
        .prepare_cached("SELECT id, name FROM names WHERE id >= ?1 AND id < ?2 ORDER BY id")?;
    let named = statement.query_map([begin, end], |row| Ok((row.get(0)?, text_of(row, 1)?)))?;
    Ok(Slice::run(first, named.collect::<rusqlite::Result<_>>()?, next, newest))
}

/// Reads a table whose first column holds a name, above so many bits of something else.
fn read(
    slice: &mut Slice,
    connection: &Connection,
    table: &'static str,
    sql: &str,
    bits: u32,
    add: impl Fn(&mut ScannedSubject, &SqlRow<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut reading = slice.read(table, bits);
    'again: while let Some((low, high)) = slice.keys(&mut reading) {
        let mut rows = statement.query([low, high])?;
        while let Some(row) = rows.next()? {
            match slice.take(&mut reading, row.get(0)?) {
                Belongs::To(scanned) => add(scanned, row)?,
                Belongs::Nobody => {}
                Belongs::TooMany => continue 'again,
            }
        }
        slice.goes_on(&mut reading);
    }
    Ok(())
}

fn records_sql(kind: &RecordKind) -> String {
    let columns: String = kind.columns.iter().map(|column| format!(", {}", column.name)).collect();
    format!(
        "SELECT key, version, schema, body{columns} FROM {} WHERE key BETWEEN ?1 AND ?2
         ORDER BY key",
        kind.name
    )
}

/// Numbers that can't be are zero, or beyond every number that is known: both are noticed.
fn record(
    kind: &'static RecordKind,
    subject: &Subject,
    row: &SqlRow<'_>,
) -> rusqlite::Result<Scanned> {
    let (key, version, schema): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let columns = (0..kind.columns.len()).map(|index| value(row.get_ref(4 + index)?));
    Ok(Scanned {
        key: RecordKey { kind, subject: subject.clone(), number: number_in(key) },
        row: Row {
            version: u64::try_from(version).unwrap_or(0),
            schema: u32::try_from(schema).unwrap_or(u32::MAX),
            body: row.get(3)?,
        },
        columns: columns.collect::<rusqlite::Result<_>>()?,
    })
}

pub(crate) fn value(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Text(_) => Value::Text(value.as_str()?.into()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
    })
}

pub(crate) fn backlog(connection: &Connection) -> rusqlite::Result<Backlog> {
    let sql = "SELECT (SELECT count(*) FROM timers), (SELECT count(*) FROM outbox),
                 (SELECT count(*) FROM hops),
                 (SELECT count(*) FROM effects), (SELECT count(*) FROM parked),
                 (SELECT count(*) FROM dead_letters)";
    connection.prepare_cached(sql)?.query_row([], |row| {
        Ok(Backlog {
            timers: row.get(0)?,
            outbox: row.get(1)?,
            hops: row.get(2)?,
            effects: row.get(3)?,
            parked: row.get(4)?,
            dead_letters: row.get(5)?,
        })
    })
}
