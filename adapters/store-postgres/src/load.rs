//! Giving a round the rows, ranges and lots that it looks for.

use crate::error::Outcome;
use crate::flight::{Flight, Parameter, parameters};
use crate::tables::Table;
use crate::transaction::Attempt;
use contracts::{ServiceName, Subject};
use engine::{Loaded, LoadedRange, LotKey, Row, RowKey, Wanted, number_in, row_key};
use rustc_hash::{FxHashMap, FxHashSet};
use service::{Range, RecordKey};

pub(crate) async fn load(attempt: &mut Attempt<'_>, wanted: Wanted) -> Outcome<Loaded> {
    let subjects = wanted.rows.iter().map(|key| &key.record.subject);
    attempt.names.learn(attempt.session.client(), subjects).await?;
    attempt.has_ranges |= !wanted.ranges.is_empty();
    let Wanted { rows, ranges, lots } = wanted;
    let lots: Vec<LotKey> = lots.into_iter().collect();
    let tables = &attempt.shared.tables;
    let mut flight = Flight::default();
    let by_table = by_table(attempt, &rows.iter().collect::<Vec<_>>());
    let found: Vec<_> =
        by_table.into_iter().filter_map(|(kind, keys)| Some((tables.find(kind)?, keys))).collect();
    for (table, keys) in &found {
        let keys: Vec<i64> = keys.keys().copied().collect();
        flight.add(&table.select, parameters![keys]);
    }
    let mut known_ranges = vec![];
    for (service, range) in ranges {
        let Some((table, sql)) = tables.find(range.kind).and_then(|it| it.range_sql(&range)) else {
            continue;
        };
        flight.add(sql, parameters![range.up_to, i64::from(range.rows_max)]);
        known_ranges.push((service, range, table));
    }
    let looks_for_lots = attempt.moment.has_lots && !lots.is_empty();
    if looks_for_lots {
        flight.add(
            "SELECT k.index FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[])
                    AS k (index, service, source, subject)
             CROSS JOIN LATERAL (
               SELECT FROM orderweaver.lots l
               WHERE l.service = k.service AND l.source = k.source AND l.subject = k.subject
               OFFSET 0
             ) AS lot",
            indexed_lots(lots.iter()),
        );
    }
    let mut answers = flight.send(attempt.session.client()).await?.into_iter();
    let mut loaded = Loaded::default();
    let mut present: FxHashMap<&RowKey, Row> = FxHashMap::default();
    for ((_, keys), rows) in found.iter().zip(&mut answers) {
        for row in rows {
            if let Some(key) = keys.get(&row.try_get::<_, i64>(0)?) {
                present.insert(*key, record_in(&row, 1));
            }
        }
    }
    let row_of = |key: &RowKey| present.remove(key).unwrap_or(Row::ABSENT);
    let rows_of: Vec<Row> = rows.iter().map(row_of).collect();
    loaded.rows = rows.into_iter().zip(rows_of).collect();
    for ((service, range, table), rows) in known_ranges.into_iter().zip(&mut answers) {
        loaded.ranges.push(in_range(service, range, table, &rows)?);
    }
    let mut there = FxHashSet::default();
    for row in answers.flatten() {
        there.insert(row.try_get::<_, i64>(0)?);
    }
    let lots = lots.into_iter().zip(0_i64..);
    loaded.lots = lots.map(|(lot, index)| (lot, there.contains(&index))).collect();
    Ok(loaded)
}

/// The rows whose names are known, by table and key. A new name has no rows.
fn by_table<'k>(
    attempt: &Attempt<'_>,
    rows: &[&'k RowKey],
) -> FxHashMap<&'static str, FxHashMap<i64, &'k RowKey>> {
    let mut by_table: FxHashMap<&str, FxHashMap<i64, &RowKey>> = FxHashMap::default();
    for key in rows {
        if let Some(name) = attempt.names.id(&key.record.subject) {
            let of_table = by_table.entry(key.record.kind.name).or_default();
            of_table.insert(row_key(name, key.record.number), key);
        }
    }
    by_table
}

impl Table {
    /// The rows of an index up to a value; none if there is no such index.
    fn range_sql(&self, range: &Range) -> Option<(&Self, String)> {
        let index = self.kind.indexes.iter().find(|index| index.name == range.index)?;
        let column = index.columns.last()?;
        let only = index.only.map_or_else(String::new, |only| format!("({only}) AND "));
        let sql = format!(
            "SELECT key, version, schema, body,
                    (SELECT name FROM orderweaver.names WHERE id = key >> 24)
             FROM {} WHERE {only}{column} <= $1 ORDER BY {column}, key LIMIT $2",
            self.name
        );
        Some((self, sql))
    }
}

fn in_range(
    service: ServiceName,
    range: Range,
    table: &Table,
    rows: &[tokio_postgres::Row],
) -> Outcome<LoadedRange> {
    let mut found = vec![];
    for row in rows {
        let (subject, number) = (Subject::from(row.try_get::<_, &str>(4)?), row.try_get(0)?);
        let key = RecordKey { kind: table.kind, subject, number: number_in(number) };
        found.push((key, record_in(row, 1)));
    }
    Ok(LoadedRange { service, range, rows: found })
}

/// Its version, schema and body, from that column on. A damaged record is the affair of those who
/// need it.
fn record_in(row: &tokio_postgres::Row, first: usize) -> Row {
    let (version, schema, body): (i64, i32, &[u8]) =
        (row.get(first), row.get(first + 1), row.get(first + 2));
    match (u64::try_from(version), u32::try_from(schema)) {
        (Ok(version), Ok(schema)) if version > 0 => Row { version, schema, body: body.to_vec() },
        _ => Row::UNREADABLE,
    }
}

/// Lots as parameters: arrays of their places, services, sources and subjects.
pub(crate) fn indexed_lots<'a>(
    lots: impl Iterator<Item = &'a LotKey> + Clone,
) -> Vec<Parameter<'a>> {
    parameters![
        (0_i64..).zip(lots.clone()).map(|(index, _)| index).collect::<Vec<_>>(),
        lots.clone().map(|lot| lot.service.number()).collect::<Vec<_>>(),
        lots.clone().map(|lot| lot.source.as_str()).collect::<Vec<_>>(),
        lots.map(|lot| lot.subject.as_str()).collect::<Vec<_>>(),
    ]
}
