//! What is wrong with a file itself, whatever its records say.

use contracts::Message;
use rusqlite::Connection;

/// Lines about one table; the first tell enough.
const LINES_MAX: usize = 10;

/// Where messages wait, and under which column.
const WAITING: [(&str, &str); 4] =
    [("timers", "message"), ("effects", "request"), ("pending", "message"), ("parked", "message")];

/// One line for each thing that is wrong; none if nothing is.
pub(crate) fn damage(connection: &Connection, tables: &[&str]) -> rusqlite::Result<Vec<String>> {
    let mut lines = integrity(connection)?;
    for table in tables {
        lines.extend(nameless(connection, table)?);
    }
    for (table, column) in WAITING {
        lines.extend(unreadable(connection, table, column)?);
    }
    Ok(lines)
}

fn integrity(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

fn nameless(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let sql = format!(
        "SELECT key FROM {table} WHERE (key >> 24) NOT IN (SELECT id FROM names) LIMIT {LINES_MAX}"
    );
    let mut statement = connection.prepare(&sql)?;
    let lines = statement.query_map([], |row| {
        Ok(format!("{table}: the row with key {} has no name", row.get::<_, i64>(0)?))
    })?;
    lines.collect()
}

fn unreadable(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("SELECT {column} FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut lines = vec![];
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().unwrap_or_default();
        if let Err(error) = Message::decode(bytes) {
            lines.push(format!("{table}: a row holds an {error}"));
        }
        if lines.len() == LINES_MAX {
            break;
        }
    }
    Ok(lines)
}
