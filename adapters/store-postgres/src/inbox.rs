//! The two partitions of the inbox take turns: new rows go into one of them as long as rows must be
//! kept; then the other one, all of whose rows are older than that, is emptied as a whole and
//! takes over. No row is deleted by itself, so nothing has to be cleaned up behind it. (PgQ of
//! Skytools rotates its tables of events in the same way.)

use crate::error::Outcome;
use crate::flight::{Flight, parameters};
use crate::session::Session;
use tokio_postgres::Row;

/// Emptying a partition waits so long for those who read it; they wait behind it meanwhile.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '500ms'";

/// Whether the turn has lasted for so many microseconds. The first one begins when it is asked for.
pub(crate) async fn is_over(
    session: &Session,
    now: &str,
    at_least: i64,
    kept: i64,
) -> Outcome<bool> {
    let mut flight = Flight::default();
    let sql = format!("SELECT coalesce({now} - since >= $2, true) FROM orderweaver.inbox_turn");
    flight.add(sql, parameters![at_least, kept]);
    let rows = flight.send(session.client()).await?.remove(0);
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?.unwrap_or(false))
}

/// Empties the older partition and hands the turn to it. The seal is taken, so no round is about to
/// write.
pub(crate) async fn turn(
    session: &mut Session,
    now: &str,
    at_least: i64,
    kept: i64,
) -> Outcome<()> {
    let mut flight = Flight::default();
    // Somebody else may have been first.
    let sql = format!(
        "SELECT turn, since FROM orderweaver.inbox_turn
         WHERE since IS NULL OR {now} - since >= $2"
    );
    flight.add(sql, parameters![at_least, kept]);
    let rows = flight.send(session.client()).await?.remove(0);
    let Some(row) = rows.first() else { return Ok(()) };
    let mut flight = Flight::default();
    let next = next_turn(row)?;
    if let Some(next) = next {
        flight.add(LOCK_TIMEOUT, vec![]);
        flight.add(format!("TRUNCATE orderweaver.inbox_{next}"), vec![]);
    }
    let sql = format!("UPDATE orderweaver.inbox_turn SET turn = coalesce($2, turn), since = {now}");
    flight.add(sql, parameters![at_least, next]);
    session.commit(flight).await
}

/// None, where the first turn only begins.
fn next_turn(row: &Row) -> Outcome<Option<i16>> {
    let (turn, since): (i16, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(since.map(|_| 1 - turn))
}
