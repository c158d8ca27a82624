//! Reading everything, a slice at a time: what tools need that look at the whole of a store.

use crate::error::store_error;
use crate::flight::{Flight, parameters};
use crate::read::{get, service_in, text_in, value_in};
use crate::session::Session;
use crate::tables::Table;
use contracts::Subject;
use engine::{
    Belongs, LogRow, Row, Scan, ScanRequest, Scanned, ScannedSubject, Slice, StoreError, Subjects,
    TimerKey, log_row, number_in,
};
use futures_util::StreamExt;
use service::{NUMBER_BITS, RecordKey};
use std::pin::pin;
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::ToSql;

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
    let mut slice = match &request.subjects {
        Subjects::Run { first, subjects_max } => run(session, *first, *subjects_max).await?,
        Subjects::Named(subjects) => Slice::named(named(session, subjects).await?),
    };
    for table in tables {
        read(
            &mut slice,
            session,
            table.kind.name,
            &records_sql(table),
            NUMBER_BITS,
            |scanned, row| {
                scanned.records.push(record(table, &scanned.subject, row)?);
                Ok(())
            },
        )
        .await?;
    }
    read(&mut slice, session, "timers", TIMERS, 0, |scanned, row| {
        let (service, label) = (service_in(row, 1)?, text_in(row, 2)?);
        scanned.timers.push(TimerKey { service, subject: scanned.subject.clone(), label });
        Ok(())
    })
    .await?;
    read(&mut slice, session, "log", LOG, 0, |scanned, row| {
        let messages = log_row::attributes(get(row, 2)?);
        let position: i64 = get(row, 1)?;
        let position = u64::try_from(position).unwrap_or(0);
        scanned.log.push(LogRow { position, messages });
        Ok(())
    })
    .await?;
    Ok(slice.into_scan())
}

async fn named(session: &Session, subjects: &[Subject]) -> Result<Vec<(i64, Subject)>, StoreError> {
    let names: Vec<&str> = subjects.iter().map(Subject::as_str).collect();
    let mut flight = Flight::default();
    flight.add(
        "SELECT id, name FROM orderweaver.names WHERE name = ANY ($1::text[])",
        parameters![names],
    );
    let rows = flight.send(session.client()).await?.remove(0);
    let named = rows.iter().map(|row| Ok((get(row, 0)?, text_in(row, 1)?)));
    let mut named = named.collect::<Result<Vec<_>, StoreError>>()?;
    // Asked for in order, the server might read the whole table.
    named.sort_unstable_by_key(|(id, _)| *id);
    Ok(named)
}

async fn run(session: &Session, first: u64, subjects_max: u64) -> Result<Slice, StoreError> {
    let (begin, end) = Slice::names(first, subjects_max);
    let mut flight = Flight::default();
    flight.add(
        "SELECT (SELECT max(id) FROM orderweaver.names),
                (SELECT min(id) FROM orderweaver.names WHERE id >= $1)",
        parameters![end],
    );
    flight.add(
        "SELECT id, name FROM orderweaver.names WHERE id >= $1 AND id < $2 ORDER BY id",
        parameters![begin, end],
    );
    let answers = flight.send(session.client()).await?;
    let (newest, next) = match answers.first().and_then(|rows| rows.first()) {
        Some(row) => (get(row, 0)?, get(row, 1)?),
        None => (None, None),
    };
    let named = answers.get(1).into_iter().flatten();
    let named = named.map(|row| Ok((get(row, 0)?, text_in(row, 1)?)));
    Ok(Slice::run(first, named.collect::<Result<_, StoreError>>()?, next, newest))
}

/// Reads a table whose first column holds a name, above so many bits of something else.
async fn read(
    slice: &mut Slice,
    session: &Session,
    table: &'static str,
    sql: &str,
    bits: u32,
    add: impl Fn(&mut ScannedSubject, &SqlRow) -> Result<(), StoreError> + Send,
) -> Result<(), StoreError> {
    let failed = |error| store_error(&error);
    let client = session.client();
    let statement = client.heard(client.prepare_cached(sql)).await?.map_err(failed)?;
    let mut reading = slice.read(table, bits);
    'again: while let Some((low, high)) = slice.keys(&mut reading) {
        let bounds: [&(dyn ToSql + Sync); 2] = [&low, &high];
        let rows = client.heard(client.query_raw(&statement, bounds)).await?.map_err(failed)?;
        let mut rows = pin!(rows);
        while let Some(row) = client.heard(rows.next()).await? {
            let row = row.map_err(failed)?;
            match slice.take(&mut reading, get(&row, 0)?) {
                Belongs::To(scanned) => add(scanned, &row)?,
                Belongs::Nobody => {}
                Belongs::TooMany => continue 'again,
            }
        }
        slice.goes_on(&mut reading);
    }
    Ok(())
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
