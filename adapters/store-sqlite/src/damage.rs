//! What is wrong with a file itself, whatever its records say.

use contracts::Message;
use engine::Damage;
use rusqlite::Connection;

/// Lines about one thing; the first tell enough.
const LINES_MAX: usize = 10;

/// Where messages wait, and under which name.
const WAITING: [&str; 5] = [
    "SELECT 'timers/' || coalesce((SELECT name FROM names WHERE id = subject), '#' || subject)
       || '/' || label, message FROM timers",
    "SELECT 'effects/' || id, request FROM effects",
    "SELECT 'outbox/' || position, message FROM outbox",
    "SELECT 'hops/' || position, message FROM hops",
    "SELECT 'parked/' || position, message FROM parked",
];

/// The parking lots, told by the name of their service.
const LOTS: &str = "SELECT CASE service WHEN 1 THEN 'orders' WHEN 2 THEN 'payments'
                      WHEN 3 THEN 'inventory' WHEN 4 THEN 'orchestrator' ELSE service END
                      || '/' || source || '/' || subject FROM";

/// The writer gives positions without gaps; only the oldest rows are ever forgotten.
const WITHOUT_GAPS: [&str; 2] = ["log", "inbox"];

/// What is wrong; nothing if nothing is.
pub(crate) fn damage(connection: &Connection) -> rusqlite::Result<Vec<Damage>> {
    let mut found = vec![];
    for sql in WAITING {
        found.extend(unreadable(connection, sql)?);
    }
    let unknown = |lots: &str, known: &str| format!("{LOTS} {lots} EXCEPT {LOTS} {known}");
    let no_letter = "is closed, and no dead letter is there for which";
    found.extend(rows(connection, "lots", &unknown("lots", "dead_letters"), no_letter)?);
    let no_lot = "waits behind no dead letter";
    found.extend(rows(connection, "parked", &unknown("parked", "lots"), no_lot)?);
    for table in WITHOUT_GAPS {
        found.extend(gaps(connection, table)?);
    }
    Ok(found)
}

/// What SQLite itself finds: torn pages, rows that no index knows. It reads the whole file at one
/// moment, and so holds up the log of one that is written.
pub(crate) fn integrity(connection: &Connection) -> rusqlite::Result<Vec<Damage>> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    let broken = lines.iter().filter(|line| *line != "ok");
    let what = |line: &String| line.replace("*** in database main ***\n", "");
    Ok(broken.map(|line| Damage { row: "file".into(), what: what(line) }).collect())
}

fn rows(
    connection: &Connection,
    table: &str,
    sql: &str,
    what: &str,
) -> rusqlite::Result<Vec<Damage>> {
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([], |row| {
        let row = format!("{table}/{}", row.get::<_, String>(0)?);
        Ok(Damage { row, what: what.into() })
    })?;
    found.take(LINES_MAX).collect()
}

fn unreadable(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<Damage>> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut found = vec![];
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(1)?.as_blob().unwrap_or_default();
        if let Err(error) = Message::decode(bytes) {
            found.push(Damage { row: row.get(0)?, what: format!("holds an {error}") });
        }
        if found.len() == LINES_MAX {
            break;
        }
    }
    Ok(found)
}

/// Counted over an index, which is small; only a table with gaps is gone through.
fn gaps(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Damage>> {
    let span = format!("(SELECT max(position) - min(position) + 1 FROM {table})");
    let sql = format!("SELECT count(*), coalesce({span}, 0) FROM {table}");
    let (count, span): (i64, i64) =
        connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if count == span {
        return Ok(vec![]);
    }
    let sql = format!(
        "SELECT position, next FROM
           (SELECT position, lead(position) OVER (ORDER BY position) AS next FROM {table})
         WHERE next > position + 1 LIMIT {LINES_MAX}"
    );
    let mut statement = connection.prepare(&sql)?;
    let found = statement.query_map([], |row| {
        let (before, after): (i64, i64) = (row.get(0)?, row.get(1)?);
        let row = format!("{table}/{}", before + 1);
        Ok(Damage { row, what: format!("{} rows are missing from here on", after - before - 1) })
    })?;
    found.collect()
}
