//! Comparing what a unit rests on with what is there now, with the seal taken.

use crate::error::{Broken, Outcome};
use crate::flight::{Flight, parameters};
use crate::load::indexed_lots;
use crate::recognise::{ConsumedRows, KNOWN, keys};
use crate::transaction::Attempt;
use engine::{UnitOfWork, row_key};
use rustc_hash::FxHashMap;
use service::RecordKey;

/// # Errors
/// A conflict: something has changed, or it is not known whether it has.
pub(crate) async fn check(attempt: &Attempt<'_>, unit: &UnitOfWork) -> Outcome<()> {
    // A new row in a range has no version to compare.
    if attempt.has_ranges {
        return Err(Broken::Conflict);
    }
    let mut flight = Flight::default();
    count_changed_records(attempt, unit, &mut flight)?;
    let absent: Vec<&str> = attempt.names.absent().map(contracts::Subject::as_str).collect();
    flight.add(
        "SELECT count(*) FROM orderweaver.names WHERE name = ANY ($1::text[])",
        parameters![absent],
    );
    let mut lots = indexed_lots(unit.seen_lots.iter().map(|(lot, _)| lot));
    let were_there: Vec<bool> = unit.seen_lots.iter().map(|(_, is_there)| *is_there).collect();
    lots.push(Box::new(were_there));
    flight.add(
        "SELECT count(*)
         FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::boolean[])
                AS k (index, service, source, subject, was_there)
         LEFT JOIN LATERAL (
           SELECT true AS is_there FROM orderweaver.lots l
           WHERE l.service = k.service AND l.source = k.source AND l.subject = k.subject OFFSET 0
         ) AS lot ON true
         WHERE (lot.is_there IS NOT NULL) <> k.was_there",
        lots,
    );
    let inbox: Vec<_> = unit.inbox.iter().map(|row| (row.service, row.key)).collect();
    flight.add(format!("SELECT count(*) FROM {KNOWN}"), keys(&inbox));
    let counts = flight.send(attempt.session.client()).await?;
    for row in counts.iter().flatten() {
        if row.try_get::<_, i64>(0)? > 0 {
            return Err(Broken::Conflict);
        }
    }
    let (mut flight, consumed) = (Flight::default(), ConsumedRows::of(&unit.consumed));
    consumed.find(&mut flight);
    let found = flight.send(attempt.session.client()).await?;
    if consumed.gone(found.into_iter())?.is_empty() { Ok(()) } else { Err(Broken::Conflict) }
}

fn count_changed_records<'a>(
    attempt: &'a Attempt<'_>,
    unit: &UnitOfWork,
    flight: &mut Flight<'a>,
) -> Outcome<()> {
    let mut by_table: FxHashMap<&str, (Vec<i64>, Vec<i64>)> = FxHashMap::default();
    for (key, version) in &unit.seen {
        let RecordKey { kind, subject, number } = &key.record;
        // Names that were not there are looked for all at once.
        let Some(name) = attempt.names.id(subject) else { continue };
        let (keys, versions) = by_table.entry(kind.name).or_default();
        keys.push(row_key(name, *number));
        versions.push(i64::try_from(*version).unwrap_or(i64::MAX));
    }
    for (kind, (keys, versions)) in by_table {
        let table = attempt.shared.tables.get(kind)?;
        flight.add(&table.count_changed, parameters![keys, versions]);
    }
    Ok(())
}
