//! Names and the integers that stand for them.

use contracts::Subject;
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;
use service::{NUMBER_BITS, RecordKey};

/// What one round knows of names. A new name is written with the round that needs it; its records
/// are known to be absent without a lookup.
#[derive(Default)]
pub(crate) struct Names {
    known: FxHashMap<Subject, Option<i64>>,
}

impl Names {
    /// The integer that stands for a name; none if it is new.
    pub fn find(
        &mut self,
        connection: &Connection,
        name: &Subject,
    ) -> rusqlite::Result<Option<i64>> {
        if let Some(known) = self.known.get(name) {
            return Ok(*known);
        }
        let id = find(connection, name)?;
        self.known.insert(name.clone(), id);
        Ok(id)
    }

    /// The integer that stands for a name from now on.
    pub fn find_or_add(
        &mut self,
        connection: &Connection,
        name: &Subject,
    ) -> rusqlite::Result<i64> {
        if let Some(id) = self.find(connection, name)? {
            return Ok(id);
        }
        connection
            .prepare_cached("INSERT INTO names (name) VALUES (?1)")?
            .execute([name.as_str()])?;
        let id = connection.last_insert_rowid();
        self.known.insert(name.clone(), Some(id));
        Ok(id)
    }
}

/// The integer that stands for a name.
pub(crate) fn find(connection: &Connection, name: &Subject) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM names WHERE name = ?1")?;
    statement.query_row([name.as_str()], |row| row.get(0)).optional()
}

/// The name that an integer stands for.
pub(crate) fn name_of(connection: &Connection, id: i64) -> rusqlite::Result<Subject> {
    let mut statement = connection.prepare_cached("SELECT name FROM names WHERE id = ?1")?;
    statement.query_row([id], |row| Ok(Subject::from(row.get_ref(0)?.as_str()?)))
}

/// The key of a row: the name's integer, then the number.
pub(crate) fn row_key(name: i64, number: u32) -> i64 {
    name << NUMBER_BITS | i64::from(number)
}

/// What a row's key says.
pub(crate) fn record_key(
    connection: &Connection,
    kind: &'static service::RecordKind,
    key: i64,
) -> rusqlite::Result<RecordKey> {
    let number = u32::try_from(key & i64::from(service::NUMBER_MAX)).unwrap_or(0);
    Ok(RecordKey { kind, subject: name_of(connection, key >> NUMBER_BITS)?, number })
}
