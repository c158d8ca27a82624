//! What waits in the file to be delivered.

use crate::SqliteStore;
use crate::error::store_error;
use crate::names::{self, name_of};
use crate::writer::Writer;
use contracts::{Message, ServiceName, Subject, Timestamp, UnreadableMessage};
use engine::{Claim, Deliveries, EffectRow, HopRow, StoreError, TimerKey, TimerRow, Waiting};
use rusqlite::{OptionalExtension, Row, params};
use std::sync::Arc;
use std::time::Duration;

impl Deliveries for SqliteStore {
    async fn due_timers(&self, timers_max: usize) -> Result<Vec<TimerRow>, StoreError> {
        self.on_writer(move |writer| due_timers(writer, timers_max).map_err(store_error)).await
    }

    async fn waiting(&self, epoch: u64, published: u64) -> Result<Waiting, StoreError> {
        self.on_writer(move |writer| waiting(writer, epoch, published).map_err(store_error)).await
    }

    async fn hops(&self, rows_max: usize) -> Result<Vec<(u64, HopRow)>, StoreError> {
        self.on_writer(move |writer| hops(writer, rows_max).map_err(store_error)).await
    }

    async fn outbox(
        &self,
        after: u64,
        rows_max: usize,
    ) -> Result<Vec<(u64, Arc<Message>)>, StoreError> {
        self.on_writer(move |writer| outbox(writer, after, rows_max).map_err(store_error)).await
    }

    /// Free is what ran out; and since one process works on a file, whatever another epoch had.
    async fn claim_effects(&self, claim: Claim) -> Result<Vec<EffectRow>, StoreError> {
        self.on_writer(move |writer| {
            let now = writer.now();
            let mut claimed = unclaimed(writer, claim, now).map_err(store_error)?;
            if claimed.is_empty() {
                return Ok(claimed);
            }
            writer.in_transaction(|writer| {
                let until = now + claim.lease;
                let epoch = i64::try_from(claim.epoch).unwrap_or(i64::MAX);
                for effect in &mut claimed {
                    let (id, service) = (effect.id.as_str(), effect.service.number());
                    let sql = "UPDATE effects SET claimed_until = ?1, claimed_by = ?2
                               WHERE id = ?3 AND service = ?4";
                    let values = params![until.micros(), epoch, id, service];
                    writer.connection.execute(sql, values).map_err(store_error)?;
                    (effect.claimed_until, effect.claimed_by) = (until, claim.epoch);
                }
                Ok(())
            })?;
            Ok(claimed)
        })
        .await
    }

    async fn forget(&self, kept: Duration, rows_max: usize) -> Result<bool, StoreError> {
        self.on_writer(move |writer| forget(writer, kept, rows_max)).await
    }

    async fn new_epoch(&self) -> Result<u64, StoreError> {
        self.on_writer(|writer| {
            writer.in_transaction(|writer| {
                let sql = "UPDATE epoch SET value = value + 1 RETURNING value";
                writer.connection.query_row(sql, [], |row| row.get(0)).map_err(store_error)
            })
        })
        .await
    }

    /// The lock on the file is the lease, and whoever began last holds the lock.
    async fn lead(&self, epoch: u64, _lease: Duration) -> Result<bool, StoreError> {
        self.on_writer(move |writer| is_newest(writer, epoch)).await
    }
}

fn is_newest(writer: &Writer, epoch: u64) -> Result<bool, StoreError> {
    let sql = "SELECT value FROM epoch";
    let mut statement = writer.connection.prepare_cached(sql).map_err(store_error)?;
    let newest: u64 = statement.query_row([], |row| row.get(0)).map_err(store_error)?;
    Ok(newest == epoch)
}

/// Rows stand in the order of time: one look at the first tells that there is nothing to do.
fn forget(writer: &mut Writer, kept: Duration, rows_max: usize) -> Result<bool, StoreError> {
    let kept = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
    let horizon = writer.now().micros().saturating_sub(kept);
    let sql = "SELECT position, at FROM inbox ORDER BY position LIMIT 1";
    let first = writer.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    let Some((first, at)) = first.optional().map_err(store_error)? else { return Ok(false) };
    let (first, at): (i64, i64) = (first, at);
    if at > horizon {
        return Ok(false);
    }
    let end = first.saturating_add(i64::try_from(rows_max).unwrap_or(i64::MAX));
    writer.in_transaction(|writer| {
        let sql = "DELETE FROM inbox WHERE position < ?1 AND at <= ?2";
        let forgotten = writer.connection.execute(sql, [end, horizon]).map_err(store_error)?;
        Ok(forgotten == rows_max)
    })
}

fn due_timers(writer: &mut Writer, timers_max: usize) -> rusqlite::Result<Vec<TimerRow>> {
    let now = writer.now();
    let sql = format!(
        "SELECT subject, service, label, at, message FROM timers
         WHERE at <= ?1 AND service IN ({}) ORDER BY at LIMIT ?2",
        writer.hosted
    );
    let mut statement = writer.connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![now.micros(), limit(timers_max)])?;
    let mut timers = vec![];
    while let Some(row) = rows.next()? {
        let key = TimerKey {
            service: service_of(row, 1)?,
            subject: name_of(&writer.connection, row.get(0)?)?,
            label: text_of(row, 2)?,
        };
        timers.push(TimerRow { key, at: Timestamp(row.get(3)?), message: message_of(row, 4)? });
    }
    Ok(timers)
}

fn waiting(writer: &mut Writer, epoch: u64, published: u64) -> rusqlite::Result<Waiting> {
    let now = writer.now().micros();
    let sql = format!(
        "SELECT (SELECT at FROM timers WHERE service IN ({}) ORDER BY at LIMIT 1),
                EXISTS (SELECT 1 FROM hops),
                (SELECT max(position) FROM outbox WHERE position > ?3),
                EXISTS (SELECT 1 FROM effects WHERE claimed_by <> ?1 OR claimed_until <= ?2)",
        writer.hosted
    );
    let mut statement = writer.connection.prepare_cached(&sql)?;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    statement.query_row([number(epoch), now, number(published)], |row| {
        let next_timer = row.get::<_, Option<i64>>(0)?.map(Timestamp);
        let (hops, outbox, effects) = (row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Waiting { next_timer, hops, outbox, effects })
    })
}

fn hops(writer: &Writer, rows_max: usize) -> rusqlite::Result<Vec<(u64, HopRow)>> {
    let sql = "SELECT position, to_service, message FROM hops ORDER BY position LIMIT ?1";
    let mut statement = writer.connection.prepare_cached(sql)?;
    let rows = statement.query_map([limit(rows_max)], |row| Ok((row.get(0)?, hop_of(row, 1)?)))?;
    rows.collect()
}

fn outbox(
    writer: &Writer,
    after: u64,
    rows_max: usize,
) -> rusqlite::Result<Vec<(u64, Arc<Message>)>> {
    let sql = "SELECT position, message FROM outbox WHERE position > ?1 ORDER BY position LIMIT ?2";
    let mut statement = writer.connection.prepare_cached(sql)?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = statement.query_map([after, limit(rows_max)], |row| {
        Ok((row.get(0)?, Arc::new(message_of(row, 1)?)))
    })?;
    rows.collect()
}

fn limit(rows_max: usize) -> i64 {
    i64::try_from(rows_max).unwrap_or(i64::MAX)
}

fn unclaimed(writer: &Writer, claim: Claim, now: Timestamp) -> rusqlite::Result<Vec<EffectRow>> {
    let mut statement = writer.connection.prepare_cached(
        "SELECT id, service, destination, request FROM effects
         WHERE claimed_by <> ?1 OR claimed_until <= ?2 LIMIT ?3",
    )?;
    let epoch = i64::try_from(claim.epoch).unwrap_or(i64::MAX);
    let rows = statement.query_map([epoch, now.micros(), limit(claim.slots)], effect_of)?;
    rows.collect()
}

/// Of the first columns; nobody performs it yet.
pub(crate) fn effect_of(row: &Row<'_>) -> rusqlite::Result<EffectRow> {
    Ok(EffectRow {
        service: service_of(row, 1)?,
        id: text_of(row, 0)?,
        destination: row.get(2)?,
        request: Arc::new(message_of(row, 3)?),
        claimed_until: Timestamp(0),
        claimed_by: 0,
    })
}

/// Of two columns, of which this is the first.
pub(crate) fn hop_of(row: &Row<'_>, first: usize) -> rusqlite::Result<HopRow> {
    Ok(HopRow { to: service_of(row, first)?, message: Arc::new(message_of(row, first + 1)?) })
}

pub(crate) fn service_of(row: &Row<'_>, column: usize) -> rusqlite::Result<ServiceName> {
    let number: i64 = row.get(column)?;
    ServiceName::from_number(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
}

pub(crate) fn text_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Subject> {
    Ok(Subject::from(row.get_ref(column)?.as_str()?))
}

pub(crate) fn message_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Message> {
    Message::decode(row.get_ref(column)?.as_blob()?).map_err(unreadable)
}

pub(crate) fn unreadable(error: UnreadableMessage) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, error.into())
}

pub(crate) use names::find as find_name;
