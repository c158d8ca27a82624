//! Reading everything, a slice at a time: what tools need that look at the whole of a store.

use crate::flight::{Flight, parameters};
use crate::names::number_in;
use crate::read::{get, service_in, text_in, value_in};
use crate::schema::NUMBER_BITS;
use crate::session::Session;
use crate::tables::Table;
use contracts::Subject;
use engine::{
    LogRow, Row, Scan, ScanRequest, Scanned, ScannedSubject, StoreError, Stray, TimerKey, log_row,
};
use futures_util::StreamExt;
use service::RecordKey;
use std::ops::RangeInclusive;
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::ToSql;

/// Rows of one table about one subject: what a slice can bear.
const ROWS_MAX: usize = 100_000;
/// Rows without a name that a slice tells of.
const STRAYS_MAX: usize = 100;
/// The integers that can stand for a name, if somebody has put them there by hand.
const NAMES: RangeInclusive<i64> = i64::MIN >> NUMBER_BITS..=i64::MAX >> NUMBER_BITS;

const TIMERS: &str = "SELECT subject, service, label FROM orderweaver.timers
                      WHERE subject BETWEEN $1 AND $2 ORDER BY subject, service, label";
const LOG: &str = "SELECT subject, position, messages FROM orderweaver.log
                   WHERE subject BETWEEN $1 AND $2 ORDER BY subject, position";

/// Subjects in the order of their names' integers, all at the moment of the session's transaction.
pub(crate) async fn scan(
    session: &Session,
    tables: &[&Table],
    request: &ScanRequest,
) -> Result<Scan, StoreError> {
    let mut slice = Slice::open(session, request).await?;
    for table in tables {
        slice
            .read(session, table.kind.name, &records_sql(table), NUMBER_BITS, |scanned, row| {
                scanned.records.push(record(table, &scanned.subject, row)?);
                Ok(())
            })
            .await?;
    }
    slice
        .read(session, "timers", TIMERS, 0, |scanned, row| {
            let (service, label) = (service_in(row, 1)?, text_in(row, 2)?);
            scanned.timers.push(TimerKey { service, subject: scanned.subject.clone(), label });
            Ok(())
        })
        .await?;
    slice
        .read(session, "log", LOG, 0, |scanned, row| {
            let messages = log_row::attributes(get(row, 2)?);
            let position: i64 = get(row, 1)?;
            let position = u64::try_from(position).unwrap_or(0);
            scanned.log.push(LogRow { position, messages });
            Ok(())
        })
        .await?;
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
    async fn open(session: &Session, request: &ScanRequest) -> Result<Self, StoreError> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let first = if request.first <= 1 { *NAMES.start() } else { number(request.first) };
        let end = number(request.first.saturating_add(request.subjects_max));
        let mut flight = Flight::default();
        flight.add(
            "SELECT (SELECT max(id) FROM orderweaver.names),
                    (SELECT min(id) FROM orderweaver.names WHERE id >= $1)",
            parameters![end],
        );
        flight.add(
            "SELECT id, name FROM orderweaver.names WHERE id >= $1 AND id < $2 ORDER BY id",
            parameters![first, end],
        );
        let answers = flight.send(session.client()).await?;
        let bounds = answers.first().and_then(|rows| rows.first());
        let (newest, next) = match bounds {
            Some(row) => (get::<Option<i64>>(row, 0)?, get::<Option<i64>>(row, 1)?),
            None => (None, None),
        };
        let left = next.map_or(0, |next| newest.unwrap_or(next).saturating_sub(next) + 1);
        let mut scan = Scan {
            left: u64::try_from(left).unwrap_or(0),
            next: next.and_then(|next| u64::try_from(next).ok()),
            ..Scan::default()
        };
        let mut names = vec![];
        for row in answers.get(1).into_iter().flatten() {
            names.push(get(row, 0)?);
            scan.subjects.push(ScannedSubject {
                subject: text_in(row, 1)?,
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
    async fn read(
        &mut self,
        session: &Session,
        table: &'static str,
        sql: &str,
        bits: u32,
        add: impl Fn(&mut ScannedSubject, &SqlRow) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let client = session.client();
        let statement =
            client.prepare_cached(sql).await.map_err(|it| crate::error::store_error(&it))?;
        let mut from = self.first;
        'next_subject: while from <= self.last {
            let (low, high) = (from << bits, (self.last << bits) | ((1 << bits) - 1));
            let bounds: [&(dyn ToSql + Sync); 2] = [&low, &high];
            let rows = client.query_raw(&statement, bounds).await;
            let mut rows = std::pin::pin!(rows.map_err(|it| crate::error::store_error(&it))?);
            let mut count = (from, 0);
            while let Some(row) = rows.next().await {
                let row = row.map_err(|it| crate::error::store_error(&it))?;
                let key: i64 = get(&row, 0)?;
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
                add(scanned, &row)?;
            }
            break;
        }
        Ok(())
    }
}

fn records_sql(table: &Table) -> String {
    let columns = table.kind.columns.iter().map(|column| format!(", {}", column.name));
    format!(
        "SELECT key, version, schema, body{} FROM {} WHERE key BETWEEN $1 AND $2 ORDER BY key",
        columns.collect::<String>(),
        table.name
    )
}

/// Numbers that can't be are zero, or beyond every number that is known: both are noticed.
fn record(table: &Table, subject: &Subject, row: &SqlRow) -> Result<Scanned, StoreError> {
    let (key, version, schema): (i64, i64, i32) = (get(row, 0)?, get(row, 1)?, get(row, 2)?);
    let columns = (0..table.kind.columns.len()).map(|index| value_in(row, 4 + index));
    Ok(Scanned {
        key: RecordKey { kind: table.kind, subject: subject.clone(), number: number_in(key) },
        row: Row {
            version: u64::try_from(version).unwrap_or(0),
            schema: u32::try_from(schema).unwrap_or(u32::MAX),
            body: get(row, 3)?,
        },
        columns: columns.collect::<Result<_, _>>()?,
    })
}
