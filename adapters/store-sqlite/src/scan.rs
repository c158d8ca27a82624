//! Reading everything, a slice at a time: what tools need that look at the whole of a store.

use crate::deliveries::{service_of, text_of};
use crate::names::row_key;
use contracts::Subject;
use engine::{Backlog, Row, Scan, ScanRequest, Scanned, ScannedSubject, TimerKey};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use rustc_hash::FxHashMap;
use service::{NUMBER_MAX, RecordKey, RecordKind, Value};

/// The next subjects in the order of their names' integers, all at one moment.
pub(crate) fn scan(connection: &Connection, request: &ScanRequest) -> rusqlite::Result<Scan> {
    let moment = connection.unchecked_transaction()?;
    let names = names_after(&moment, request)?;
    let Some(((first, _), (last, _))) = names.first().zip(names.last()) else {
        return Ok(Scan::default());
    };
    let subjects: FxHashMap<i64, Subject> = names.iter().cloned().collect();
    let mut records: FxHashMap<i64, Vec<Scanned>> = FxHashMap::default();
    for kind in &request.kinds {
        for (name, scanned) in rows(&moment, kind, *first, *last, &subjects)? {
            records.entry(name).or_default().push(scanned);
        }
    }
    let mut waiting: FxHashMap<i64, Vec<TimerKey>> = FxHashMap::default();
    for (name, timer) in timers(&moment, *first, *last, &subjects)? {
        waiting.entry(name).or_default().push(timer);
    }
    let is_full = names.len() == request.subjects_max;
    let next = is_full.then(|| u64::try_from(*last).unwrap_or(0));
    let subjects = names.into_iter().filter_map(|(id, subject)| {
        let timers = waiting.remove(&id).unwrap_or_default();
        Some(ScannedSubject { subject, records: records.remove(&id)?, timers })
    });
    Ok(Scan { subjects: subjects.collect(), next })
}

fn names_after(
    connection: &Connection,
    request: &ScanRequest,
) -> rusqlite::Result<Vec<(i64, Subject)>> {
    let after = request.after.map_or(-1, |id| i64::try_from(id).unwrap_or(i64::MAX));
    let limit = i64::try_from(request.subjects_max).unwrap_or(i64::MAX);
    let mut statement = connection
        .prepare_cached("SELECT id, name FROM names WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let rows = statement.query_map([after, limit], |row| Ok((row.get(0)?, text_of(row, 1)?)))?;
    rows.collect()
}

fn rows(
    connection: &Connection,
    kind: &'static RecordKind,
    first: i64,
    last: i64,
    subjects: &FxHashMap<i64, Subject>,
) -> rusqlite::Result<Vec<(i64, Scanned)>> {
    let columns: String = kind.columns.iter().map(|column| format!(", {}", column.name)).collect();
    let sql = format!(
        "SELECT key, version, schema, body{columns} FROM {} WHERE key BETWEEN ?1 AND ?2
         ORDER BY key",
        kind.name
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = vec![];
    let mut rows = statement.query([row_key(first, 0), row_key(last, NUMBER_MAX)])?;
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        let name = key >> crate::schema::NUMBER_BITS;
        let number = u32::try_from(key & i64::from(NUMBER_MAX)).unwrap_or(0);
        let Some(subject) = subjects.get(&name).cloned() else { continue };
        let columns = (0..kind.columns.len()).map(|index| value(row.get_ref(4 + index)?));
        let scanned = Scanned {
            key: RecordKey { kind, subject, number },
            row: Row { version: row.get(1)?, schema: row.get(2)?, body: row.get(3)? },
            columns: columns.collect::<rusqlite::Result<_>>()?,
        };
        found.push((name, scanned));
    }
    Ok(found)
}

pub(crate) fn value(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Text(_) => Value::Text(value.as_str()?.into()),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
    })
}

fn timers(
    connection: &Connection,
    first: i64,
    last: i64,
    subjects: &FxHashMap<i64, Subject>,
) -> rusqlite::Result<Vec<(i64, TimerKey)>> {
    let mut statement = connection.prepare_cached(
        "SELECT subject, service, label FROM timers WHERE subject BETWEEN ?1 AND ?2
         ORDER BY subject, service, label",
    )?;
    let mut rows = statement.query([first, last])?;
    let mut found = vec![];
    while let Some(row) = rows.next()? {
        let name: i64 = row.get(0)?;
        let Some(subject) = subjects.get(&name).cloned() else { continue };
        let (service, label) = (service_of(row, 1)?, text_of(row, 2)?);
        found.push((name, TimerKey { service, subject, label }));
    }
    Ok(found)
}

pub(crate) fn backlog(connection: &Connection) -> rusqlite::Result<Backlog> {
    let sql = "SELECT (SELECT count(*) FROM timers), (SELECT count(*) FROM pending),
                 (SELECT count(*) FROM effects), (SELECT count(*) FROM parked),
                 (SELECT count(*) FROM dead_letters)";
    connection.prepare_cached(sql)?.query_row([], |row| {
        Ok(Backlog {
            timers: row.get(0)?,
            pending: row.get(1)?,
            effects: row.get(2)?,
            parked: row.get(3)?,
            dead_letters: row.get(4)?,
        })
    })
}
