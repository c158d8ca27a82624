//! The tables: those of the engine in a schema of their own, and a schema for each service with one
//! table for each kind of record, made from its description. `cargo xtask generate` writes both
//! into `migrations/`.
//!
//! Every record table has one integer key: `name id << 24 | number`. Names (order ids, SKUs) are
//! random texts; only the table `names` indexes them, so that everything else grows at its end.
//! Whatever text is in an index is compared by its bytes: a new version of the system's collation
//! would make such an index wrong.

use contracts::ServiceName;
use service::{ColumnType, Index, RecordKind};

/// How many ids of names a process takes at once.
pub(crate) const NAME_IDS_TAKEN: i64 = 1_024;

const HEAD: &str = "-- Written by `cargo xtask generate`. Don't edit.\n";

/// Rows that are written again and again find room on their page: their new version needs no entry
/// in any index whose columns stay as they are.
const ROOM: &str = " WITH (fillfactor = 50)";

const ENGINE_TABLES: &str = "
-- Subjects, and the integers that stand for them. A process takes many ids at once.
CREATE TABLE orderweaver.names (
  id bigint PRIMARY KEY,
  name text COLLATE \"C\" NOT NULL UNIQUE
);
CREATE SEQUENCE orderweaver.name_ids INCREMENT 1024;

-- Drawn by every commit, so that a round sees whether somebody else has committed meanwhile. A
-- sequence that was never drawn from looks as it does after the first time.
CREATE SEQUENCE orderweaver.commits;
SELECT nextval('orderweaver.commits');

-- What was handled, with what was said at the door. Two partitions take turns: the older one is
-- emptied as a whole. `service` is 1 orders, 2 payments, 3 inventory, 4 orchestrator; times are
-- microseconds since 1970 UTC.
CREATE TABLE orderweaver.inbox (
  key bytea NOT NULL,
  service smallint NOT NULL,
  turn smallint NOT NULL,
  fingerprint bytea NOT NULL,
  reply text,
  at bigint NOT NULL,
  PRIMARY KEY (key, service, turn)
) PARTITION BY LIST (turn);
CREATE TABLE orderweaver.inbox_0 PARTITION OF orderweaver.inbox FOR VALUES IN (0);
CREATE TABLE orderweaver.inbox_1 PARTITION OF orderweaver.inbox FOR VALUES IN (1);

-- Whose turn it is, and since when.
CREATE TABLE orderweaver.inbox_turn (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  turn smallint NOT NULL,
  since bigint
);
INSERT INTO orderweaver.inbox_turn (turn) VALUES (0);

-- Every message handled or sent: one row per subject and round. Positions are in the order of
-- commits.
CREATE TABLE orderweaver.log (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject bigint NOT NULL,
  at bigint NOT NULL,
  messages bytea NOT NULL
);
CREATE INDEX log_by_subject ON orderweaver.log (subject, position);

-- Messages that wait to be published, in the order of commits. Behind the position are the columns
-- of Debezium's event router; `payload` is the whole message with its attributes.
CREATE TABLE orderweaver.outbox (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  aggregatetype text NOT NULL,
  aggregateid text NOT NULL,
  type text NOT NULL,
  payload bytea NOT NULL
);

-- Messages between services of this store that wait for the next round.
CREATE TABLE orderweaver.hops (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  to_service smallint NOT NULL,
  message bytea NOT NULL
);

CREATE TABLE orderweaver.timers (
  subject bigint NOT NULL,
  service smallint NOT NULL,
  label text COLLATE \"C\" NOT NULL,
  at bigint NOT NULL,
  message bytea NOT NULL,
  PRIMARY KEY (subject, service, label)
);
CREATE INDEX timers_due ON orderweaver.timers (at);

-- Requests to somebody outside, until their answer is handled.
CREATE TABLE orderweaver.effects (
  id text COLLATE \"C\" NOT NULL,
  service smallint NOT NULL,
  destination text NOT NULL,
  request bytea NOT NULL,
  claimed_until bigint NOT NULL,
  claimed_by bigint NOT NULL,
  PRIMARY KEY (id, service)
);
CREATE INDEX effects_by_claim ON orderweaver.effects (claimed_until);

-- Sums that many rounds add to.
CREATE TABLE orderweaver.tallies (
  service smallint NOT NULL,
  name text COLLATE \"C\" NOT NULL,
  unit text COLLATE \"C\" NOT NULL,
  plus numeric NOT NULL,
  minus numeric NOT NULL,
  PRIMARY KEY (service, name, unit)
);

CREATE TABLE orderweaver.dead_letters (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id bytea NOT NULL,
  service smallint NOT NULL,
  source text,
  subject text NOT NULL,
  reason text NOT NULL,
  at bigint NOT NULL,
  bytes bytea NOT NULL
);

-- Where later messages of one source about one subject wait behind a dead letter.
CREATE TABLE orderweaver.lots (
  service smallint NOT NULL,
  source text COLLATE \"C\" NOT NULL,
  subject text COLLATE \"C\" NOT NULL,
  PRIMARY KEY (service, source, subject)
);

CREATE TABLE orderweaver.parked (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  service smallint NOT NULL,
  source text NOT NULL,
  subject text NOT NULL,
  message bytea NOT NULL
);

-- The epoch of the process that began last.
CREATE TABLE orderweaver.epoch (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  value bigint NOT NULL
);
INSERT INTO orderweaver.epoch (value) VALUES (0);

-- Who publishes, and until when nobody else may.
CREATE TABLE orderweaver.relay_lease (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  epoch bigint NOT NULL,
  until bigint NOT NULL
);
INSERT INTO orderweaver.relay_lease (epoch, until) VALUES (0, 0);
";

/// The first migration of the engine's own tables.
pub fn engine_migration() -> String {
    format!("{HEAD}{ENGINE_TABLES}")
}

/// The first migration of a service: the tables of its kinds of records.
pub fn service_migration(service: ServiceName, kinds: &[&'static RecordKind]) -> String {
    kinds.iter().fold(HEAD.into(), |sql, kind| format!("{sql}\n{}", table(service, kind)))
}

/// A kind's table with the schema of its service.
pub(crate) fn table_name(service: ServiceName, kind: &RecordKind) -> String {
    format!("{service}.{}", kind.name)
}

fn table(service: ServiceName, kind: &RecordKind) -> String {
    let mut lines = vec![
        "  key bigint PRIMARY KEY".to_string(),
        "  version bigint NOT NULL".into(),
        "  schema integer NOT NULL".into(),
        "  body bytea NOT NULL".into(),
    ];
    lines.extend(kind.columns.iter().map(|column| {
        let sql_type = match column.column_type {
            ColumnType::Text => "text COLLATE \"C\"",
            ColumnType::Integer => "bigint",
        };
        format!("  {} {sql_type}", column.name)
    }));
    lines.extend(kind.checks.iter().map(|check| format!("  CHECK ({check})")));
    let name = table_name(service, kind);
    let indexes: String = kind.indexes.iter().map(|it| index(&name, it)).collect();
    let room = if kind.append_only { "" } else { ROOM };
    format!("CREATE TABLE {name} (\n{}\n){room};\n{indexes}", lines.join(",\n"))
}

/// The key comes last, so that rows of the same values are in the order of their keys.
fn index(table: &str, index: &Index) -> String {
    let only = index.only.map_or_else(String::new, |only| format!(" WHERE {only}"));
    let columns = index.columns.join(", ");
    format!("CREATE INDEX {} ON {table} ({columns}, key){only};\n", index.name)
}
