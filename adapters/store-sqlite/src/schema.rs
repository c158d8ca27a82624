//! The tables: those of the engine, written out here, and one for each kind of record, made from
//! its description. `cargo xtask generate` writes the whole into `migrations/`.
//!
//! Every record table has one integer key: `name id << 24 | number`. Names (order ids, SKUs) are
//! random texts; only the table `names` indexes them, so that everything else grows at its end.

use contracts::ServiceName;
use service::{ColumnType, Index, RecordKind};

/// Marks a SQLite file as ours: the letters `OWVR`.
pub(crate) const APPLICATION_ID: i32 = 0x4F57_5652;

const ENGINE_TABLES: &str = "\
CREATE TABLE names (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- The epoch of the process that works on this file.
CREATE TABLE epoch (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  value INTEGER NOT NULL
) STRICT;
INSERT INTO epoch (id, value) VALUES (1, 0);

-- What was handled, with what was said at the door, in the order of time. `service` is 1 orders,
-- 2 payments, 3 inventory, 4 orchestrator; times are microseconds since 1970 UTC.
CREATE TABLE inbox (
  position INTEGER PRIMARY KEY,
  key BLOB NOT NULL,
  service INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  reply TEXT,
  at INTEGER NOT NULL,
  UNIQUE (key, service)
) STRICT;

-- Every message handled or sent: one row per subject and round.
CREATE TABLE log (
  position INTEGER PRIMARY KEY,
  subject INTEGER NOT NULL,
  at INTEGER NOT NULL,
  messages BLOB NOT NULL
) STRICT;
CREATE INDEX log_by_subject ON log (subject);

-- Messages that wait to be published.
CREATE TABLE outbox (
  position INTEGER PRIMARY KEY,
  message BLOB NOT NULL
) STRICT;

-- Messages between services of this store that wait for the next round.
CREATE TABLE hops (
  position INTEGER PRIMARY KEY,
  to_service INTEGER NOT NULL,
  message BLOB NOT NULL
) STRICT;

CREATE TABLE timers (
  subject INTEGER NOT NULL,
  service INTEGER NOT NULL,
  label TEXT NOT NULL,
  at INTEGER NOT NULL,
  message BLOB NOT NULL,
  PRIMARY KEY (subject, service, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (at);

-- Requests to somebody outside, until their answer is handled.
CREATE TABLE effects (
  id TEXT NOT NULL,
  service INTEGER NOT NULL,
  destination TEXT NOT NULL,
  request BLOB NOT NULL,
  claimed_until INTEGER NOT NULL,
  claimed_by INTEGER NOT NULL,
  PRIMARY KEY (id, service)
) STRICT, WITHOUT ROWID;

-- Sums that many rounds add to; 128 bits, as decimal texts.
CREATE TABLE tallies (
  service INTEGER NOT NULL,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  plus TEXT NOT NULL,
  minus TEXT NOT NULL,
  PRIMARY KEY (service, name, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  position INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  service INTEGER NOT NULL,
  source TEXT,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

-- Where later messages of one source about one subject wait behind a dead letter.
CREATE TABLE lots (
  service INTEGER NOT NULL,
  source TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (service, source, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
  position INTEGER PRIMARY KEY,
  service INTEGER NOT NULL,
  source TEXT NOT NULL,
  subject TEXT NOT NULL,
  message BLOB NOT NULL
) STRICT;
";

/// The first migration: every table of the engine, and those of these kinds of records.
pub fn first_migration(kinds: &[(ServiceName, &'static RecordKind)]) -> String {
    let mut sql = String::from("-- Written by `cargo xtask generate`. Don't edit.\n\n");
    sql += ENGINE_TABLES;
    for (service, kind) in kinds {
        sql += &format!("\n-- Records of {service}.\n{}", table(kind));
    }
    sql
}

fn table(kind: &RecordKind) -> String {
    let mut lines = vec![
        "  key INTEGER PRIMARY KEY".to_string(),
        "  version INTEGER NOT NULL".into(),
        "  schema INTEGER NOT NULL".into(),
        "  body BLOB NOT NULL".into(),
    ];
    lines.extend(kind.columns.iter().map(|column| {
        let sql_type = match column.column_type {
            ColumnType::Text => "TEXT",
            ColumnType::Integer => "INTEGER",
        };
        format!("  {} {sql_type}", column.name)
    }));
    lines.extend(kind.checks.iter().map(|check| format!("  CHECK ({check})")));
    let indexes: String = kind.indexes.iter().map(|it| index(kind, it)).collect();
    format!("CREATE TABLE {} (\n{}\n) STRICT;\n{indexes}", kind.name, lines.join(",\n"))
}

fn index(kind: &RecordKind, index: &Index) -> String {
    let only = index.only.map_or_else(String::new, |only| format!(" WHERE {only}"));
    let columns = index.columns.join(", ");
    format!("CREATE INDEX {} ON {} ({columns}){only};\n", index.name, kind.name)
}
