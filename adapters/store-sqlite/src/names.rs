//! Names and the integers that stand for them.

use contracts::Subject;
use engine::{name_in, number_in};
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;
use service::RecordKey;

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

/// What a row's key says.
pub(crate) fn record_key(
    connection: &Connection,
    kind: &'static service::RecordKind,
    key: i64,
) -> rusqlite::Result<RecordKey> {
    let subject = name_of(connection, name_in(key))?;
    Ok(RecordKey { kind, subject, number: number_in(key) })
}
