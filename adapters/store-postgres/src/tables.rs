//! The record tables, with the statements that don't depend on a round.

use crate::schema::table_name;
use contracts::ServiceName;
use engine::StoreError;
use rustc_hash::FxHashMap;
use service::{Column, ColumnType, RecordKind};

/// A kind and its statements.
pub(crate) struct Table {
    pub kind: &'static RecordKind,
    /// With its schema.
    pub name: String,
    /// Rows by their keys.
    pub select: String,
    /// Rows as arrays, one for each column.
    pub insert: String,
    /// The same for rows that are there.
    pub update: String,
    /// How many rows have not these versions.
    pub count_changed: String,
}

/// By the name of the kind.
pub(crate) struct Tables(FxHashMap<&'static str, Table>);

impl Tables {
    pub fn new(kinds: &[(ServiceName, &'static RecordKind)]) -> Self {
        let tables = kinds.iter().map(|(service, kind)| (kind.name, Table::new(*service, kind)));
        Self(tables.collect())
    }

    pub fn all(&self) -> impl Iterator<Item = &Table> {
        self.0.values()
    }

    pub fn find(&self, kind: &str) -> Option<&Table> {
        self.0.get(kind)
    }

    /// With their schemas.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|table| table.name.as_str())
    }

    /// The table of a kind that somebody asks for.
    pub fn get(&self, kind: &str) -> Result<&Table, StoreError> {
        let unknown = || StoreError::Rejected(format!("this store has no table {kind}"));
        self.find(kind).ok_or_else(unknown)
    }
}

impl Table {
    fn new(service: ServiceName, kind: &'static RecordKind) -> Self {
        let name = table_name(service, kind);
        let columns: Vec<&str> = kind.columns.iter().map(|column| column.name).collect();
        let listed: String = columns.iter().map(|column| format!(", {column}")).collect();
        let set: String = columns.iter().map(|column| format!(", {column} = k.{column}")).collect();
        let array = |(column, place): (&Column, usize)| match column.column_type {
            ColumnType::Text => format!(", ${place}::text[]"),
            ColumnType::Integer => format!(", ${place}::bigint[]"),
        };
        let arrays: String = kind.columns.iter().zip(5..).map(array).collect();
        let arrays =
            format!("unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bytea[]{arrays})");
        let row = format!("key, version, schema, body{listed}");
        // Other indexes end with the key, and look as cheap as the one of the key alone where there
        // is one row; but none has its order.
        let found = |columns: &str| {
            format!(
                "LATERAL (SELECT {columns} FROM {name} WHERE key BETWEEN k.key AND k.key
                          ORDER BY key LIMIT 1) AS found"
            )
        };
        Self {
            kind,
            select: format!(
                "SELECT found.* FROM unnest($1::bigint[]) AS k (key) CROSS JOIN {}",
                found("key, version, schema, body")
            ),
            insert: format!("INSERT INTO {name} ({row}) SELECT * FROM {arrays}"),
            update: format!(
                "UPDATE {name} r
                 SET version = k.version, schema = k.schema, body = k.body{set}
                 FROM {arrays} AS k ({row})
                 CROSS JOIN {} WHERE r.ctid = found.ctid",
                found("ctid")
            ),
            count_changed: format!(
                "SELECT count(*) FROM unnest($1::bigint[], $2::bigint[]) AS k (key, version)
                 LEFT JOIN {} ON true WHERE coalesce(found.version, 0) <> k.version",
                found("version")
            ),
            name,
        }
    }
}
