//! What is wrong with a database itself, whatever its records say.

use crate::connect::Connection;
use crate::error::store_error;
use crate::read::get;
use crate::store::PostgresStore;
use contracts::Message;
use engine::{Damage, StoreError};
use futures_util::StreamExt;
use std::pin::pin;

/// Lines about one thing; the first tell enough.
const LINES_MAX: usize = 10;

/// Where messages wait, and under which name.
const WAITING: [&str; 5] = [
    "SELECT 'timers/' || coalesce((SELECT name FROM orderweaver.names WHERE id = subject),
                                  '#' || subject) || '/' || label, message
     FROM orderweaver.timers",
    "SELECT 'effects/' || id, request FROM orderweaver.effects",
    "SELECT 'outbox/' || position, payload FROM orderweaver.outbox",
    "SELECT 'hops/' || position, message FROM orderweaver.hops",
    "SELECT 'parked/' || position, message FROM orderweaver.parked",
];

/// The parking lots, told by the name of their service.
const LOTS: &str = "SELECT CASE service WHEN 1 THEN 'orders' WHEN 2 THEN 'payments'
                      WHEN 3 THEN 'inventory' WHEN 4 THEN 'orchestrator' ELSE service::text END
                      || '/' || coalesce(source, '') || '/' || subject FROM orderweaver.";

impl PostgresStore {
    /// What is wrong with the database: messages that wait and can't be read, lots without a dead
    /// letter.
    ///
    /// # Errors
    /// The database can't be read.
    pub async fn damage(&self) -> Result<Vec<Damage>, StoreError> {
        let client = self.0.connections.reader().await?;
        let mut found = vec![];
        for sql in WAITING {
            found.extend(unreadable(&client, sql).await?);
        }
        let no_letter = "is closed, and no dead letter is there for which";
        found.extend(without(&client, "lots", "dead_letters", no_letter).await?);
        let no_lot = "waits behind no dead letter";
        found.extend(without(&client, "parked", "lots", no_lot).await?);
        Ok(found)
    }
}

async fn unreadable(client: &Connection, sql: &str) -> Result<Vec<Damage>, StoreError> {
    let none: [&str; 0] = [];
    let rows =
        client.heard(client.query_raw(sql, none)).await?.map_err(|error| store_error(&error))?;
    let (mut rows, mut found) = (pin!(rows), vec![]);
    while let Some(row) = client.heard(rows.next()).await? {
        let row = row.map_err(|error| store_error(&error))?;
        if let Err(error) = Message::decode(get(&row, 1)?) {
            found.push(Damage { row: get(&row, 0)?, what: format!("holds an {error}") });
        }
        if found.len() == LINES_MAX {
            break;
        }
    }
    Ok(found)
}

/// Lots of one table that are not in the other.
async fn without(
    client: &Connection,
    lots: &str,
    known: &str,
    what: &str,
) -> Result<Vec<Damage>, StoreError> {
    let sql = format!("{LOTS}{lots} EXCEPT {LOTS}{known} ORDER BY 1 LIMIT {LINES_MAX}");
    let rows = client.heard(client.query(&sql, &[])).await?.map_err(|error| store_error(&error))?;
    let damage = |row| {
        let lot: String = get(&row, 0)?;
        Ok(Damage { row: format!("{lots}/{lot}"), what: what.into() })
    };
    rows.into_iter().map(damage).collect()
}
