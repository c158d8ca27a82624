//! Reading everything, a slice at a time: what tools need that look at the whole of a store.

use crate::deliveries::{service_of, text_of};
use crate::schema::NUMBER_BITS;
use contracts::Subject;
use engine::{
    Backlog, LogRow, Row, Scan, ScanRequest, Scanned, ScannedSubject, Stray, TimerKey, log_row,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row as SqlRow};
use service::{NUMBER_MAX, RecordKey, RecordKind, Value};
use std::ops::RangeInclusive;

/// Rows of one table about one subject: what a slice can bear.
const ROWS_MAX: usize = 100_000;
/// Rows without a name that a slice tells of.
const STRAYS_MAX: usize = 100;
/// The integers that can stand for a name, if somebody has put them there by hand.
const NAMES: RangeInclusive<i64> = i64::MIN >> NUMBER_BITS..=i64::MAX >> NUMBER_BITS;

const TIMERS: &str = "SELECT subject, service, label FROM timers WHERE subject BETWEEN ?1 AND ?2
                      ORDER BY subject, service, label";
const LOG: &str = "SELECT subject, position, messages FROM log WHERE subject BETWEEN ?1 AND ?2
                   ORDER BY subject, position";

/// Subjects in the order of their names' integers, all at one moment.
pub(crate) fn scan(connection: &Connection, request: &ScanRequest) -> rusqlite::Result<Scan> {
    let moment = connection.unchecked_transaction()?;
    let mut slice = Slice::open(&moment, request)?;
    for kind in &request.kinds {
        slice.read(&moment, kind.name, &records_sql(kind), NUMBER_BITS, |scanned, row| {
            scanned.records.push(record(kind, &scanned.subject, row)?);
            Ok(())
        })?;
    }
    slice.read(&moment, "timers", TIMERS, 0, |scanned, row| {
        let (service, label) = (service_of(row, 1)?, text_of(row, 2)?);
        scanned.timers.push(TimerKey { service, subject: scanned.subject.clone(), label });
        Ok(())
    })?;
    slice.read(&moment, "log", LOG, 0, |scanned, row| {
        let messages = log_row::attributes(row.get_ref(2)?.as_blob()?);
        scanned.log.push(LogRow { position: row.get(1)?, messages });
        Ok(())
    })?;
    Ok(slice.scan)
}

/// What is between two names; nothing, where the first comes behind the last.
struct Slice {
    first: i64,
    last: i64,
    /// The integers that stand for the subjects of the scan.
    names: Vec<i64>,
    scan: Scan,
}

impl Slice {
    /// A key belongs to the slice of the last name before it, so no row is between two slices.
    fn open(connection: &Connection, request: &ScanRequest) -> rusqlite::Result<Self> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let first = if request.first <= 1 { *NAMES.start() } else { number(request.first) };
        let end = number(request.first.saturating_add(request.subjects_max));
        let (newest, next): (Option<i64>, Option<i64>) = connection
            .prepare_cached(
                "SELECT (SELECT max(id) FROM names), (SELECT min(id) FROM names WHERE id >= ?1)",
            )?
            .query_row([end], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let left = next.map_or(0, |next| newest.unwrap_or(next).saturating_sub(next) + 1);
        let mut scan = Scan {
            left: u64::try_from(left).unwrap_or(0),
            next: next.and_then(|next| u64::try_from(next).ok()),
            ..Scan::default()
        };
        let mut statement = connection
            .prepare_cached("SELECT id, name FROM names WHERE id >= ?1 AND id < ?2 ORDER BY id")?;
        let (mut rows, mut names) = (statement.query([first, end])?, vec![]);
        while let Some(row) = rows.next()? {
            names.push(row.get(0)?);
            scan.subjects.push(ScannedSubject {
                subject: text_of(row, 1)?,
                records: vec![],
                timers: vec![],
                log: vec![],
                is_whole: true,
            });
        }
        let last = next.map_or(*NAMES.end(), |next| next - 1);
        let (first, last) = match names.first() {
            _ if request.first <= 1 => (first, last),
            Some(name) => (*name, last),
            None => (end, end - 1), // nothing: the rows here belong to another slice
        };
        Ok(Self { first, last, names, scan })
    }

    /// Reads a table whose first column holds a name, above so many bits of something else.
    fn read(
        &mut self,
        connection: &Connection,
        table: &'static str,
        sql: &str,
        bits: u32,
        add: impl Fn(&mut ScannedSubject, &SqlRow<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut from = self.first;
        'next_subject: while from <= self.last {
            let mut rows = statement.query([from << bits, (self.last << bits) | low(bits)])?;
            let mut count = (from, 0);
            while let Some(row) = rows.next()? {
                let key: i64 = row.get(0)?;
                let name = key >> bits;
                count = if count.0 == name { (name, count.1 + 1) } else { (name, 1) };
                let Ok(index) = self.names.binary_search(&name) else {
                    if self.scan.strays.len() < STRAYS_MAX {
                        self.scan.strays.push(Stray { table, key });
                    }
                    continue;
                };
                let scanned = &mut self.scan.subjects[index];
                if count.1 > ROWS_MAX {
                    scanned.is_whole = false;
                    from = name + 1;
                    continue 'next_subject;
                }
                add(scanned, row)?;
            }
            break;
        }
        Ok(())
    }
}

/// So many low bits, all set.
const fn low(bits: u32) -> i64 {
    (1 << bits) - 1
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
    let number = u32::try_from(key & i64::from(NUMBER_MAX)).unwrap_or(0);
    Ok(Scanned {
        key: RecordKey { kind, subject: subject.clone(), number },
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
