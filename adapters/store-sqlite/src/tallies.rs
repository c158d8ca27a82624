//! Tallies: sums of 128 bits, kept as decimal texts because SQLite's integers have 64.

use crate::deliveries::text_of;
use engine::{Tallied, Tally, TallyKey, TallyRequest};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Adds what a round has gathered, in the order of keys.
pub(crate) fn add(
    connection: &Connection,
    tallies: &[(TallyKey, Tallied)],
) -> rusqlite::Result<()> {
    let mut tallies: Vec<&(TallyKey, Tallied)> = tallies.iter().collect();
    tallies.sort_by_key(|(key, _)| key);
    let mut select = connection.prepare_cached(
        "SELECT plus, minus FROM tallies WHERE service = ?1 AND name = ?2 AND unit = ?3",
    )?;
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO tallies (service, name, unit, plus, minus)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (key, added) in tallies {
        let (service, name, unit) = (key.service.number(), key.name.as_str(), key.unit.as_str());
        let found = select.query_row(params![service, name, unit], |row| tallied(row, 0, key));
        let mut sums = found.optional()?.unwrap_or_default();
        sums += *added;
        let (plus, minus) = (sums.plus.to_string(), sums.minus.to_string());
        replace.execute(params![service, name, unit, plus, minus])?;
    }
    Ok(())
}

pub(crate) fn tallies(
    connection: &Connection,
    request: &TallyRequest,
) -> rusqlite::Result<Vec<Tally>> {
    let service = request.service;
    let name = request.name.as_ref().map(contracts::Subject::as_str);
    let (after_name, after_unit) = match &request.after {
        Some((name, unit)) => (name.as_str(), unit.as_str()),
        None => ("", ""),
    };
    let limit = i64::try_from(request.rows_max).unwrap_or(i64::MAX);
    let only = if name.is_some() { "name = ?5" } else { "?5 IS NULL" };
    let sql = format!(
        "SELECT name, unit, plus, minus FROM tallies
         WHERE service = ?1 AND (name, unit) > (?2, ?3) AND {only}
         ORDER BY name, unit LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let values = params![service.number(), after_name, after_unit, limit, name];
    let rows = statement.query_map(values, |row| {
        let key = TallyKey { service, name: text_of(row, 0)?, unit: text_of(row, 1)? };
        Ok(Tally { tallied: tallied(row, 2, &key)?, key })
    })?;
    rows.collect()
}

pub(crate) fn tallied(row: &Row<'_>, first: usize, key: &TallyKey) -> rusqlite::Result<Tallied> {
    let sum = |column: usize| {
        let text: String = row.get(column)?;
        text.parse().map_err(|_| {
            let (service, name, unit) = (key.service, key.name.as_str(), key.unit.as_str());
            let what = format!("tallies/{service}/{name}/{unit}: {text:?} is no whole number");
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, what.into())
        })
    };
    Ok(Tallied { plus: sum(first)?, minus: sum(first + 1)? })
}
