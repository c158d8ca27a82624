//! Pages of a list, newest first. Every filter has an index in the order of the list; a page is
//! what stands in all of them. It is found by leapfrog: each index in turn is asked for its first
//! row from the place on that the one before has named, so that a rare value leads and whole runs
//! of the others are skipped. All leaps of a page are one recursive statement.

use crate::flight::{Flight, Parameter, parameters};
use crate::read::{get, text_in};
use crate::store::PostgresStore;
use crate::tables::Table;
use engine::{Newest, Page, PagePlace, PageRequest, StoreError, Stored, number_in};
use service::{RecordKey, Value};
use tokio_postgres::Row;

/// Leaps for one page: some milliseconds, whatever the values are. Only filters that each let
/// through much and together next to nothing need more; their pages are short.
const LEAPS_MAX: i64 = 1_000;

/// Before every row.
const FIRST: PagePlace = PagePlace { value: i64::MAX, key: i64::MAX };

pub(crate) async fn page(store: &PostgresStore, request: &PageRequest) -> Result<Page, StoreError> {
    let table = store.0.tables.get(request.kind.name)?;
    request.check()?;
    let place = request.after.map_or(FIRST, behind);
    let least = match request.newest {
        Newest::ByColumn { at_least, .. } => at_least.unwrap_or(i64::MIN),
        Newest::ByKey => i64::MIN,
    };
    let rows_max = i64::try_from(request.rows_max).unwrap_or(i64::MAX);
    let mut parameters = parameters![place.value, place.key, least, rows_max];
    let sql = sql(table, request, &mut parameters);
    let mut flight = Flight::default();
    flight.add(sql, parameters);
    let client = store.0.connections.reader().await?;
    let rows = flight.send(&client).await?.remove(0);
    gather(table, &rows, request.rows_max)
}

/// The place that follows in the order of the list.
fn behind(place: PagePlace) -> PagePlace {
    PagePlace { key: place.key.saturating_sub(1), ..place }
}

/// A row for each leap that has found a record, and one for the last leap: where the next one would
/// begin, and the record.
fn sql<'a>(table: &Table, request: &'a PageRequest, parameters: &mut Vec<Parameter<'a>>) -> String {
    let mut conditions = vec![];
    for (column, value) in &request.equal {
        conditions.push(match value {
            Value::Null => format!("{column} IS NULL AND "),
            Value::Integer(number) => {
                parameters.push(Box::new(*number));
                format!("{column} = ${}::bigint AND ", parameters.len())
            }
            Value::Text(text) => {
                parameters.push(Box::new(text.as_str()));
                format!("{column} = ${}::text AND ", parameters.len())
            }
        });
    }
    if conditions.is_empty() {
        conditions.push(String::new());
    }
    let mut ways = String::new();
    let mut before = "leap".to_string();
    for (condition, number) in conditions.iter().zip(1..) {
        let first = first(table, request.newest, condition, &before);
        ways += &format!(", LATERAL ({first}) way{number}");
        before = format!("way{number}");
    }
    let last = before;
    // Each way begins where the one before it ended, so if the last agrees with the first all do.
    format!(
        "WITH RECURSIVE leap (leaps, found, value, key, row_value, row_key) AS (
           SELECT 0::bigint, 0::bigint, $1::bigint, $2::bigint, NULL::bigint, NULL::bigint
           UNION ALL
           SELECT leaps + 1, found + CASE WHEN way1.key = {last}.key THEN 1 ELSE 0 END,
                  {last}.value,
                  CASE WHEN way1.key = {last}.key THEN {last}.key - 1 ELSE {last}.key END,
                  CASE WHEN way1.key = {last}.key THEN way1.value END,
                  CASE WHEN way1.key = {last}.key THEN way1.key END
           FROM leap{ways}
           WHERE leaps < {LEAPS_MAX} AND found <= $4
         )
         SELECT leaps, found, leap.value, leap.key, row_value, row_key, r.version, r.body,
                (SELECT name FROM orderweaver.names WHERE id = row_key >> 24)
         FROM leap
         LEFT JOIN LATERAL (
           SELECT version, body FROM {} WHERE key BETWEEN row_key AND row_key ORDER BY key LIMIT 1
         ) AS r ON true
         WHERE leaps > 0 ORDER BY leaps",
        table.name
    )
}

/// The first row of a way from a place on.
fn first(table: &Table, newest: Newest, condition: &str, place: &str) -> String {
    let name = &table.name;
    match newest {
        Newest::ByKey => format!(
            "SELECT 0::bigint AS value, key FROM {name}
             WHERE {condition}key <= {place}.key AND $3::bigint IS NOT NULL
             ORDER BY key DESC LIMIT 1"
        ),
        Newest::ByColumn { column, .. } => format!(
            "SELECT {column} AS value, key FROM {name}
             WHERE {condition}({column}, key) <= ({place}.value, {place}.key) AND {column} >= $3
             ORDER BY {column} DESC, key DESC LIMIT 1"
        ),
    }
}

fn gather(table: &Table, rows: &[Row], rows_max: usize) -> Result<Page, StoreError> {
    let mut page = Page::default();
    for row in rows {
        let Some(key) = get::<Option<i64>>(row, 5)? else { continue };
        if page.records.len() == rows_max {
            let place = PagePlace { value: get(row, 4)?, key };
            page.next = Some(before(place));
            return Ok(page);
        }
        let subject = text_in(row, 8)?;
        let version: i64 = get(row, 6)?;
        page.records.push(Stored {
            key: RecordKey { kind: table.kind, subject, number: number_in(key) },
            version: u64::try_from(version).unwrap_or(0),
            body: get(row, 7)?,
        });
    }
    let last = rows.last();
    let is_tired = last.map(|row| get::<i64>(row, 0)).transpose()? == Some(LEAPS_MAX);
    if let Some(row) = last.filter(|_| is_tired) {
        page.next = Some(before(PagePlace { value: get(row, 2)?, key: get(row, 3)? }));
    }
    Ok(page)
}

/// The place behind which this one comes.
fn before(place: PagePlace) -> PagePlace {
    PagePlace { key: place.key.saturating_add(1), ..place }
}
