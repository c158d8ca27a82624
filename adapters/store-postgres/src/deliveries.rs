//! What waits in the database to be delivered.

use crate::error::{Outcome, store_error};
use crate::flight::{Flight, parameters};
use crate::inbox;
use crate::presence::{self, LOCKS};
use crate::read::{effect_in, limit, message_in, service_in, text_in};
use crate::session::Session;
use crate::store::PostgresStore;
use crate::transaction::take_seal;
use contracts::{Message, Timestamp};
use engine::{Claim, Deliveries, EffectRow, HopRow, StoreError, TimerKey, TimerRow, Waiting};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Row;

impl Deliveries for PostgresStore {
    async fn due_timers(&self, timers_max: usize) -> Result<Vec<TimerRow>, StoreError> {
        let time = &self.0.time;
        let sql = format!(
            "SELECT service, (SELECT name FROM orderweaver.names WHERE id = subject), label, at,
                    message
             FROM orderweaver.timers WHERE at <= {} ORDER BY at LIMIT $2",
            time.sql("$1")
        );
        let rows = self.work(&sql, parameters![time.at_least(), limit(timers_max)]).await?;
        rows.iter().map(timer_in).collect()
    }

    /// Behind what was published: as long as anybody holds an old snapshot, the rows that were
    /// deleted since stay in the index, and all of them would be passed.
    async fn waiting(&self, epoch: u64, published: u64) -> Result<Waiting, StoreError> {
        if let Err(error) = self.0.presence.keep().await {
            tracing::warn!(%error, "other processes may take this one for dead");
        }
        let time = &self.0.time;
        let sql = format!(
            "SELECT (SELECT at FROM orderweaver.timers ORDER BY at LIMIT 1),
                    EXISTS (SELECT FROM orderweaver.hops),
                    (SELECT position FROM orderweaver.outbox WHERE position > $3
                     ORDER BY position DESC LIMIT 1),
                    EXISTS (SELECT FROM orderweaver.effects WHERE {expired})
                      OR EXISTS (SELECT FROM orderweaver.effects WHERE {orphaned})",
            expired = expired(&time.sql("$1")),
            orphaned = orphaned(&time.sql("$1")),
        );
        let rows = self.work(&sql, parameters![time.at_least(), number(epoch), number(published)]);
        let rows = rows.await?;
        let row = one(&rows)?;
        let read = || {
            let next_timer = row.try_get::<_, Option<i64>>(0)?.map(Timestamp);
            let (hops, effects) = (row.try_get(1)?, row.try_get(3)?);
            let outbox = row.try_get::<_, Option<i64>>(2)?.map(position);
            Ok(Waiting { next_timer, hops, outbox, effects })
        };
        read().map_err(|error| store_error(&error))
    }

    async fn hops(&self, rows_max: usize) -> Result<Vec<(u64, HopRow)>, StoreError> {
        let sql = "SELECT position, to_service, message FROM orderweaver.hops
                   ORDER BY position LIMIT $1";
        let rows = self.work(sql, parameters![limit(rows_max)]).await?;
        rows.iter().map(hop_in).collect()
    }

    async fn outbox(
        &self,
        after: u64,
        rows_max: usize,
    ) -> Result<Vec<(u64, Arc<Message>)>, StoreError> {
        let sql = "SELECT position, payload FROM orderweaver.outbox WHERE position > $1
                   ORDER BY position LIMIT $2";
        let rows = self.work(sql, parameters![number(after), limit(rows_max)]).await?;
        rows.iter().map(|row| Ok((position_in(row)?, Arc::new(message_in(row, 1)?)))).collect()
    }

    /// What nobody has claimed, or whose claim has run out.
    async fn claim_effects(&self, claim: Claim) -> Result<Vec<EffectRow>, StoreError> {
        let (time, lease) = (&self.0.time, span(claim.lease));
        let sql = format!(
            "WITH expired AS (
               SELECT ctid FROM orderweaver.effects
               WHERE {expired} ORDER BY claimed_until LIMIT $4 FOR UPDATE SKIP LOCKED
             ), orphaned AS (
               SELECT ctid FROM orderweaver.effects
               WHERE {orphaned} ORDER BY claimed_until LIMIT $4 FOR UPDATE SKIP LOCKED
             )
             UPDATE orderweaver.effects
             SET claimed_until = {now} + $3, claimed_by = $2
             WHERE ctid = ANY (ARRAY(
               SELECT ctid FROM expired UNION ALL SELECT ctid FROM orphaned LIMIT $4
             ))
             RETURNING service, id, destination, request, claimed_until, claimed_by",
            now = time.sql("$1"),
            expired = expired(&time.sql("$1")),
            orphaned = orphaned(&time.sql("$1"))
        );
        let (epoch, slots) = (number(claim.epoch), limit(claim.slots));
        let rows = self.work(&sql, parameters![time.at_least(), epoch, lease, slots]).await?;
        let mut claimed: Vec<EffectRow> = rows.iter().map(effect_in).collect::<Result<_, _>>()?;
        claimed.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(claimed)
    }

    async fn forget(&self, kept: Duration, _rows_max: usize) -> Result<bool, StoreError> {
        let mut session = Session::new(self.0.connections.worker().await?);
        let now = self.0.time.sql("$1");
        if !inbox::is_over(&session, &now, self.0.time.at_least(), span(kept)).await? {
            return Ok(false);
        }
        take_seal(&mut session).await?;
        let turned = inbox::turn(&mut session, &now, self.0.time.at_least(), span(kept)).await;
        session.roll_back().await;
        turned.map(|()| false).map_err(StoreError::from)
    }

    async fn new_epoch(&self) -> Result<u64, StoreError> {
        let sql = "UPDATE orderweaver.epoch SET value = value + 1 RETURNING value";
        let rows = self.work(sql, vec![]).await?;
        let epoch = position_in(one(&rows)?)?;
        self.0.presence.begin(number(epoch)).await?;
        Ok(epoch)
    }

    /// A lease is renewed when half of it is over, so most calls only read.
    async fn lead(&self, epoch: u64, lease: Duration) -> Result<bool, StoreError> {
        let (time, epoch, lease) = (&self.0.time, number(epoch), span(lease));
        let now = time.sql("$1");
        let sql = format!(
            "SELECT 1 FROM orderweaver.relay_lease
             WHERE epoch = $2 AND until > {now} + $3::bigint / 2"
        );
        if !self.work(&sql, parameters![time.at_least(), epoch, lease]).await?.is_empty() {
            return Ok(true);
        }
        let sql = format!(
            "UPDATE orderweaver.relay_lease SET epoch = $2, until = {now} + $3::bigint
             WHERE epoch = $2 OR until <= {now} OR epoch % {LOCKS} NOT IN {alive} RETURNING 1",
            alive = presence::alive()
        );
        Ok(!self.work(&sql, parameters![time.at_least(), epoch, lease]).await?.is_empty())
    }
}

impl PostgresStore {
    /// One statement, which is a transaction of its own.
    async fn work(
        &self,
        sql: &str,
        parameters: Vec<crate::flight::Parameter<'_>>,
    ) -> Result<Vec<Row>, StoreError> {
        let client = self.0.connections.worker().await?;
        let mut flight = Flight::default();
        flight.add(sql, parameters);
        let sent: Outcome<_> = flight.send(&client).await;
        Ok(sent?.remove(0))
    }
}

/// Nobody performs it: it was never claimed, or the claim has run out. One's own runs out too:
/// nobody performs what was claimed with a commit whose answer was lost.
fn expired(now: &str) -> String {
    format!("claimed_until <= {now}")
}

/// Who performed it is dead. At any time only so many requests are claimed as are performed at
/// once.
fn orphaned(now: &str) -> String {
    let alive = presence::alive();
    format!("claimed_until > {now} AND claimed_by <> $2 AND claimed_by % {LOCKS} NOT IN {alive}")
}

fn one(rows: &[Row]) -> Result<&Row, StoreError> {
    rows.first().ok_or_else(|| StoreError::Fatal("a row of the engine's tables is gone".into()))
}

fn timer_in(row: &Row) -> Result<TimerRow, StoreError> {
    let key = TimerKey {
        service: service_in(row, 0)?,
        subject: text_in(row, 1)?,
        label: text_in(row, 2)?,
    };
    let at = Timestamp(row.try_get(3).map_err(|error| store_error(&error))?);
    Ok(TimerRow { key, at, message: message_in(row, 4)? })
}

fn hop_in(row: &Row) -> Result<(u64, HopRow), StoreError> {
    let (to, message) = (service_in(row, 1)?, Arc::new(message_in(row, 2)?));
    Ok((position_in(row)?, HopRow { to, message }))
}

fn position_in(row: &Row) -> Result<u64, StoreError> {
    Ok(position(row.try_get(0).map_err(|error| store_error(&error))?))
}

pub(crate) fn position(position: i64) -> u64 {
    u64::try_from(position).unwrap_or(0)
}

pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// In microseconds.
fn span(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
