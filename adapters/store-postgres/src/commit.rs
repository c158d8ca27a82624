//! Writing a unit of work: one statement for each table, however many rows there are, and nearly
//! all of them as one. It goes out together with the `COMMIT` behind it once the seal is taken.

use crate::deliveries::number;
use crate::error::Outcome;
use crate::flight::{Flight, Parameter, parameters};
use crate::names::RoundNames;
use crate::recognise::ConsumedRows;
use crate::tables::{Table, Tables};
use contracts::{Message, Subject};
use engine::{
    DeadLetter, EffectRow, HopRow, InboxRow, LotKey, ParkedRow, RowKey, StoreError, Tallied,
    TallyKey, TimerKey, TimerRow, UnitOfWork, Write, log_row, row_key,
};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use service::{ColumnType, NUMBER_MAX, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Where a unit goes.
pub(crate) struct Destination<'a> {
    pub tables: &'a Tables,
    pub names: &'a RoundNames<'a>,
    /// Of the partitions of the inbox, the one that takes new rows.
    pub turn: i16,
}

/// Every subject that a row of the unit is about; each gets an integer.
pub(crate) fn subjects(unit: &UnitOfWork) -> Vec<&Subject> {
    let records = unit.writes.iter().chain(&unit.appends).map(|write| &write.key.record.subject);
    let timers = unit.timers.iter().filter(|(_, row)| row.is_some()).map(|(key, _)| &key.subject);
    let logged = unit.log.iter().map(|message| &message.subject);
    records.chain(timers).chain(logged).collect()
}

/// All statements of the unit; where something leaves, the last one tells its positions.
pub(crate) fn writes<'a>(place: &'a Destination<'_>, unit: &'a UnitOfWork) -> Outcome<Flight<'a>> {
    let (mut all, mut flight) = (Flight::default(), Flight::default());
    let now = unit.now.micros();
    // First, and apart: a timer that fired may be set again.
    ConsumedRows::of(&unit.consumed).delete(&mut all);
    // Rare, and each would double the number of texts.
    bury(&unit.dead, now, &mut all);
    block(&unit.new_lots, &mut all);
    park(&unit.parked, &mut all);
    put_off(&unit.hops, &mut all);
    add_names(place.names.new_names(), &mut flight);
    write_records(place, unit, &mut flight)?;
    change_timers(place, &unit.timers, &mut flight);
    request(&unit.effects, &mut flight);
    let handled: Vec<_> = unit.inbox.iter().map(|row| (row, now)).collect();
    remember(&handled, place.turn, &mut flight)?;
    tally(&unit.tallies, &mut flight);
    append_log(place, &unit.log, now, &mut flight);
    delete_published(unit.published, &mut flight);
    append_outbox(&unit.outbox, &mut flight);
    all.append(flight.into_one());
    Ok(all)
}

pub(crate) fn add_names<'a>(names: &'a [(Subject, i64)], flight: &mut Flight<'a>) {
    if names.is_empty() {
        return;
    }
    flight.add(
        "INSERT INTO orderweaver.names (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])",
        parameters![
            names.iter().map(|(_, id)| *id).collect::<Vec<_>>(),
            names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ],
    );
}

/// A row on its way to its table.
pub(crate) struct Placed<'a> {
    pub key: i64,
    pub version: u64,
    pub schema: u32,
    pub body: &'a [u8],
    pub columns: &'a [Value],
}

/// In the order of keys, so that neighbours land on the same page.
fn write_records<'a>(
    place: &'a Destination<'_>,
    unit: &'a UnitOfWork,
    flight: &mut Flight<'a>,
) -> Outcome<()> {
    type Rows<'a> = (Vec<Placed<'a>>, Vec<Placed<'a>>);
    // By name: one order of them is one text of the statement.
    let mut by_table: BTreeMap<&str, Rows<'_>> = BTreeMap::new();
    for write in unit.writes.iter().chain(&unit.appends) {
        let Write { key: RowKey { record, .. }, version_before, version, body, columns } = write;
        if record.number > NUMBER_MAX {
            let what = format!("{record:?} has a number beyond {NUMBER_MAX}");
            return Err(StoreError::Rejected(what).into()); // it would be of another subject
        }
        let name = place.names.id(&record.subject).unwrap_or(0);
        let key = row_key(name, record.number);
        let schema = record.kind.schema;
        let placed = Placed { key, version: *version, schema, body, columns };
        let (new, changed) = by_table.entry(record.kind.name).or_default();
        if *version_before == 0 { new.push(placed) } else { changed.push(placed) }
    }
    for (name, (mut new, mut changed)) in by_table {
        let table = place.tables.get(name)?;
        new.sort_by_key(|row| row.key);
        changed.sort_by_key(|row| row.key);
        if !new.is_empty() {
            flight.add(&table.insert, columns(table, &new)?);
        }
        if !changed.is_empty() {
            flight.add(&table.update, columns(table, &changed)?);
        }
    }
    Ok(())
}

/// One array for each column.
pub(crate) fn columns<'a>(table: &Table, rows: &[Placed<'a>]) -> Outcome<Vec<Parameter<'a>>> {
    let version = |row: &Placed<'_>| i64::try_from(row.version).unwrap_or(i64::MAX);
    let schema = |row: &Placed<'_>| i32::try_from(row.schema).unwrap_or(i32::MAX);
    let mut values = parameters![
        rows.iter().map(|row| row.key).collect::<Vec<_>>(),
        rows.iter().map(version).collect::<Vec<_>>(),
        rows.iter().map(schema).collect::<Vec<_>>(),
        rows.iter().map(|row| row.body).collect::<Vec<_>>(),
    ];
    for (index, column) in table.kind.columns.iter().enumerate() {
        let cells = rows.iter().map(|row| row.columns.get(index).unwrap_or(&Value::Null));
        let wrong = |value: &Value| {
            let what = format!("{}.{} can't hold {value:?}", table.name, column.name);
            StoreError::Rejected(what)
        };
        values.push(match column.column_type {
            ColumnType::Integer => Box::new(
                cells
                    .map(|value| match value {
                        Value::Null => Ok(None),
                        Value::Integer(number) => Ok(Some(*number)),
                        Value::Text(_) => Err(wrong(value)),
                    })
                    .collect::<Result<Vec<_>, _>>()?,
            ),
            ColumnType::Text => Box::new(
                cells
                    .map(|value| match value {
                        Value::Null => Ok(None),
                        Value::Text(text) => Ok(Some(text.as_str())),
                        Value::Integer(_) => Err(wrong(value)),
                    })
                    .collect::<Result<Vec<_>, _>>()?,
            ),
        });
    }
    Ok(values)
}

fn change_timers<'a>(
    place: &Destination<'_>,
    timers: &'a [(TimerKey, Option<TimerRow>)],
    flight: &mut Flight<'a>,
) {
    let set: Vec<&TimerRow> = timers.iter().filter_map(|(_, row)| row.as_ref()).collect();
    if !set.is_empty() {
        let subject = |row: &&TimerRow| place.names.id(&row.key.subject).unwrap_or(0);
        flight.add(
            "INSERT INTO orderweaver.timers (subject, service, label, at, message)
             SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::bigint[],
                                  $5::bytea[])
             ON CONFLICT (subject, service, label)
             DO UPDATE SET at = excluded.at, message = excluded.message",
            parameters![
                set.iter().map(subject).collect::<Vec<_>>(),
                set.iter().map(|row| row.key.service.number()).collect::<Vec<_>>(),
                set.iter().map(|row| row.key.label.as_str()).collect::<Vec<_>>(),
                set.iter().map(|row| row.at.micros()).collect::<Vec<_>>(),
                set.iter().map(|row| row.message.encode()).collect::<Vec<_>>(),
            ],
        );
    }
    let cancelled: Vec<&TimerKey> =
        timers.iter().filter(|(_, row)| row.is_none()).map(|(key, _)| key).collect();
    if !cancelled.is_empty() {
        flight.add(
            "DELETE FROM orderweaver.timers WHERE ctid = ANY (ARRAY(
               SELECT timer.ctid
               FROM unnest($1::smallint[], $2::text[], $3::text[]) AS k (service, subject, label)
               CROSS JOIN LATERAL (
                 SELECT id FROM orderweaver.names WHERE name = k.subject OFFSET 0
               ) AS named
               CROSS JOIN LATERAL (
                 SELECT t.ctid FROM orderweaver.timers t
                 WHERE t.subject = named.id AND t.service = k.service AND t.label = k.label OFFSET 0
               ) AS timer))",
            parameters![
                cancelled.iter().map(|key| key.service.number()).collect::<Vec<_>>(),
                cancelled.iter().map(|key| key.subject.as_str()).collect::<Vec<_>>(),
                cancelled.iter().map(|key| key.label.as_str()).collect::<Vec<_>>(),
            ],
        );
    }
}

/// The last of those with the same id counts.
fn request<'a>(effects: &'a [EffectRow], flight: &mut Flight<'a>) {
    let mut last: IndexMap<_, &EffectRow, FxBuildHasher> = IndexMap::default();
    for effect in effects {
        last.insert((&effect.id, effect.service), effect);
    }
    if last.is_empty() {
        return;
    }
    let rows = || last.values();
    flight.add(
        "INSERT INTO orderweaver.effects
           (id, service, destination, request, claimed_until, claimed_by)
         SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::bytea[], $5::bigint[],
                              $6::bigint[])
         ON CONFLICT (id, service)
         DO UPDATE SET destination = excluded.destination, request = excluded.request,
                       claimed_until = excluded.claimed_until, claimed_by = excluded.claimed_by",
        parameters![
            rows().map(|it| it.id.as_str()).collect::<Vec<_>>(),
            rows().map(|it| it.service.number()).collect::<Vec<_>>(),
            rows().map(|it| it.destination.as_str()).collect::<Vec<_>>(),
            rows().map(|it| it.request.encode()).collect::<Vec<_>>(),
            rows().map(|it| it.claimed_until.micros()).collect::<Vec<_>>(),
            rows().map(|it| i64::try_from(it.claimed_by).unwrap_or(i64::MAX)).collect::<Vec<_>>(),
        ],
    );
}

/// What was handled, and when.
pub(crate) fn remember<'a>(
    rows: &[(&'a InboxRow, i64)],
    turn: i16,
    flight: &mut Flight<'a>,
) -> Outcome<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let reply =
        |(row, _): &(&InboxRow, i64)| row.reply.as_ref().map(serde_json::to_string).transpose();
    let replies: Result<Vec<_>, _> = rows.iter().map(reply).collect();
    let replies = replies.map_err(|error| StoreError::Rejected(error.to_string()))?;
    flight.add(
        "INSERT INTO orderweaver.inbox (turn, at, key, service, fingerprint, reply)
         SELECT $1, * FROM unnest($2::bigint[], $3::bytea[], $4::smallint[], $5::bytea[],
                                  $6::text[])",
        parameters![
            turn,
            rows.iter().map(|(_, at)| *at).collect::<Vec<_>>(),
            rows.iter().map(|(row, _)| row.key.to_bytes().to_vec()).collect::<Vec<_>>(),
            rows.iter().map(|(row, _)| row.service.number()).collect::<Vec<_>>(),
            rows.iter().map(|(row, _)| &row.fingerprint[..]).collect::<Vec<_>>(),
            replies,
        ],
    );
    Ok(())
}

fn bury<'a>(letters: &'a [DeadLetter], now: i64, flight: &mut Flight<'a>) {
    if letters.is_empty() {
        return;
    }
    let source = |letter: &DeadLetter| letter.source.map(|source| source.as_str());
    flight.add(
        "INSERT INTO orderweaver.dead_letters (at, id, service, source, subject, reason, bytes)
         SELECT $1, * FROM unnest($2::bytea[], $3::smallint[], $4::text[], $5::text[], $6::text[],
                                  $7::bytea[])",
        parameters![
            now,
            letters.iter().map(|it| it.id.to_bytes().to_vec()).collect::<Vec<_>>(),
            letters.iter().map(|it| it.service.number()).collect::<Vec<_>>(),
            letters.iter().map(source).collect::<Vec<_>>(),
            letters.iter().map(|it| writable(it.subject.as_str())).collect::<Vec<_>>(),
            letters.iter().map(|it| writable(&it.reason)).collect::<Vec<_>>(),
            letters.iter().map(|it| &it.bytes[..]).collect::<Vec<_>>(),
        ],
    );
}

/// A text of PostgreSQL holds any letter but the one that is nothing.
fn writable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

fn block<'a>(lots: &'a [LotKey], flight: &mut Flight<'a>) {
    if lots.is_empty() {
        return;
    }
    flight.add(
        "INSERT INTO orderweaver.lots (service, source, subject)
         SELECT * FROM unnest($1::smallint[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
        parameters![
            lots.iter().map(|lot| lot.service.number()).collect::<Vec<_>>(),
            lots.iter().map(|lot| lot.source.as_str()).collect::<Vec<_>>(),
            lots.iter().map(|lot| writable(lot.subject.as_str())).collect::<Vec<_>>(),
        ],
    );
}

fn park<'a>(rows: &'a [ParkedRow], flight: &mut Flight<'a>) {
    if rows.is_empty() {
        return;
    }
    flight.add(
        "INSERT INTO orderweaver.parked (service, source, subject, message)
         SELECT * FROM unnest($1::smallint[], $2::text[], $3::text[], $4::bytea[])",
        parameters![
            rows.iter().map(|row| row.lot.service.number()).collect::<Vec<_>>(),
            rows.iter().map(|row| row.lot.source.as_str()).collect::<Vec<_>>(),
            rows.iter().map(|row| row.lot.subject.as_str()).collect::<Vec<_>>(),
            rows.iter().map(|row| row.message.encode()).collect::<Vec<_>>(),
        ],
    );
}

fn tally<'a>(tallies: &'a [(TallyKey, Tallied)], flight: &mut Flight<'a>) {
    if tallies.is_empty() {
        return;
    }
    flight.add(
        "INSERT INTO orderweaver.tallies AS t (service, name, unit, plus, minus)
         SELECT service, name, unit, plus::numeric, minus::numeric
         FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[])
                AS k (service, name, unit, plus, minus)
         ON CONFLICT (service, name, unit)
         DO UPDATE SET plus = t.plus + excluded.plus, minus = t.minus + excluded.minus",
        parameters![
            tallies.iter().map(|(key, _)| key.service.number()).collect::<Vec<_>>(),
            tallies.iter().map(|(key, _)| key.name.as_str()).collect::<Vec<_>>(),
            tallies.iter().map(|(key, _)| key.unit.as_str()).collect::<Vec<_>>(),
            tallies.iter().map(|(_, sums)| sums.plus.to_string()).collect::<Vec<_>>(),
            tallies.iter().map(|(_, sums)| sums.minus.to_string()).collect::<Vec<_>>(),
        ],
    );
}

fn put_off<'a>(hops: &'a [HopRow], flight: &mut Flight<'a>) {
    if hops.is_empty() {
        return;
    }
    flight.add(
        "INSERT INTO orderweaver.hops (to_service, message)
         SELECT * FROM unnest($1::smallint[], $2::bytea[])",
        parameters![
            hops.iter().map(|hop| hop.to.number()).collect::<Vec<_>>(),
            hops.iter().map(|hop| hop.message.encode()).collect::<Vec<_>>(),
        ],
    );
}

fn delete_published(published: Option<(u64, u64)>, flight: &mut Flight<'_>) {
    let Some((after, to)) = published else { return };
    flight.add(
        "DELETE FROM orderweaver.outbox WHERE position > $1 AND position <= $2",
        parameters![number(after), number(to)],
    );
}

fn append_outbox<'a>(messages: &'a [Arc<Message>], flight: &mut Flight<'a>) {
    if messages.is_empty() {
        return;
    }
    let uuid = |message: &Arc<Message>| Uuid::from_u128(message.id.0);
    let message_type = |message: &Arc<Message>| message.body.message_type().name();
    flight.add(
        "INSERT INTO orderweaver.outbox (id, aggregatetype, aggregateid, type, payload)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[])
         RETURNING position",
        parameters![
            messages.iter().map(uuid).collect::<Vec<_>>(),
            messages.iter().map(|it| it.source.as_str()).collect::<Vec<_>>(),
            messages.iter().map(|it| it.subject.as_str()).collect::<Vec<_>>(),
            messages.iter().map(message_type).collect::<Vec<_>>(),
            messages.iter().map(|it| it.encode()).collect::<Vec<_>>(),
        ],
    );
}

/// One row per subject: few rows, and a timeline is read in one go.
fn append_log<'a>(
    place: &Destination<'_>,
    log: &'a [Arc<Message>],
    now: i64,
    flight: &mut Flight<'a>,
) {
    if log.is_empty() {
        return;
    }
    let named = |(subject, row)| (place.names.id(subject).unwrap_or(0), row);
    let (names, rows): (Vec<i64>, Vec<Vec<u8>>) = log_row::rows(log).map(named).unzip();
    flight.add(
        "INSERT INTO orderweaver.log (at, subject, messages)
         SELECT $1, * FROM unnest($2::bigint[], $3::bytea[])",
        parameters![now, names, rows],
    );
}
