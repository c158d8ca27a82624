//! Reading the log.

use crate::deliveries::{find_name, unreadable};
use engine::{LogPage, LogPlace, LogRequest, LoggedMessage, log_row};
use rusqlite::{Connection, OptionalExtension, params};

/// A run of the log. Positions are given by the one writer, so none comes in later before another.
pub(crate) fn page(connection: &Connection, request: &LogRequest) -> rusqlite::Result<LogPage> {
    let after = request.after;
    let subject = match &request.about {
        Some(subject) => find_name(connection, subject)?.map(Some),
        None => Some(None),
    };
    let mut messages = vec![];
    if let Some(subject) = subject {
        let sql = match subject {
            Some(_) => {
                "SELECT position, messages FROM log WHERE subject = ?2 AND position >= ?1
                 ORDER BY position"
            }
            None => "SELECT position, messages FROM log WHERE position >= ?1 ORDER BY position",
        };
        let mut statement = connection.prepare_cached(sql)?;
        let from = i64::try_from(after.position).unwrap_or(i64::MAX);
        let mut rows = match subject {
            Some(subject) => statement.query(params![from, subject])?,
            None => statement.query(params![from])?,
        };
        while messages.len() < request.messages_max
            && let Some(row) = rows.next()?
        {
            let position = row.get(0)?;
            let of_row = log_row::messages(row.get_ref(1)?.as_blob()?).map_err(unreadable)?;
            let placed = of_row.into_iter().zip(0..).map(|(message, index)| LoggedMessage {
                place: LogPlace { position, index },
                message,
            });
            messages.extend(placed.filter(|logged| logged.place > after));
        }
        messages.truncate(request.messages_max);
    }
    let next = match messages.last() {
        Some(last) => last.place,
        None => after.min(end(connection)?),
    };
    Ok(LogPage { messages, next })
}

/// The place of the last message.
fn end(connection: &Connection) -> rusqlite::Result<LogPlace> {
    let mut statement = connection
        .prepare_cached("SELECT position, messages FROM log ORDER BY position DESC LIMIT 1")?;
    let last = statement.query_row([], |row| {
        let messages = log_row::messages(row.get_ref(1)?.as_blob()?).map_err(unreadable)?;
        let index = u32::try_from(messages.len().saturating_sub(1)).unwrap_or(u32::MAX);
        Ok(LogPlace { position: row.get(0)?, index })
    });
    Ok(last.optional()?.unwrap_or(LogPlace::BEGIN))
}
