//! What the user of a process may do, asked when the store is opened: some rights are needed only
//! days later.

use crate::connect::{Place, Purpose};
use crate::error::OpenError;
use crate::tables::Tables;
use tokio_postgres::{Client, Error};

const SCHEMA: &str = "orderweaver";

/// What is done with the tables of the engine.
const ENGINE: [(&str, &[&str]); 17] = [
    ("dead_letters", &["SELECT", "INSERT"]),
    ("effects", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("epoch", &["SELECT", "UPDATE"]),
    ("hops", &["SELECT", "INSERT", "DELETE"]),
    ("inbox", &["SELECT", "INSERT"]),
    ("inbox_0", &["TRUNCATE"]),
    ("inbox_1", &["TRUNCATE"]),
    ("inbox_turn", &["SELECT", "UPDATE"]),
    ("log", &["SELECT", "INSERT"]),
    ("lots", &["SELECT", "INSERT"]),
    ("migrations", &["SELECT"]),
    ("names", &["SELECT", "INSERT"]),
    ("outbox", &["SELECT", "INSERT", "DELETE"]),
    ("parked", &["SELECT", "INSERT"]),
    ("relay_lease", &["SELECT", "UPDATE"]),
    ("tallies", &["SELECT", "INSERT", "UPDATE"]),
    ("timers", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
];

/// With its sequences; who only reads has nothing to do with them.
const SEQUENCES: [(&str, &[&str]); 2] =
    [("commits", &["SELECT", "USAGE"]), ("name_ids", &["USAGE"])];

/// And with the tables of records.
const WRITTEN: &[&str] = &["SELECT", "INSERT", "UPDATE"];
const APPENDED: &[&str] = &["SELECT", "INSERT"];

/// What gives the user those of these rights that are missing, on what is there: a statement for
/// each set of rights.
const GRANTS: &str = "
    WITH needed AS (
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS k (schema, name, privilege)
    ), missing AS (
      SELECT DISTINCT 'SCHEMA ' AS kind, quote_ident(nspname) AS object, 'USAGE' AS privilege
      FROM needed JOIN pg_namespace n ON nspname = schema
      WHERE NOT has_schema_privilege(n.oid, 'USAGE')
      UNION ALL
      SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END,
             quote_ident(nspname) || '.' || quote_ident(relname), privilege
      FROM needed
      JOIN pg_namespace n ON nspname = schema
      JOIN pg_class c ON relname = name AND relnamespace = n.oid
      WHERE NOT CASE relkind WHEN 'S' THEN has_sequence_privilege(c.oid, privilege)
                             ELSE has_table_privilege(c.oid, privilege) END
    ), by_object AS (
      SELECT kind, object, string_agg(privilege, ', ' ORDER BY privilege) AS privileges
      FROM missing GROUP BY kind, object
    )
    SELECT format('GRANT %s ON %s%s TO %I', privileges, kind,
                  string_agg(object, ', ' ORDER BY object), current_user)
    FROM by_object GROUP BY kind, privileges ORDER BY kind DESC, privileges";

/// # Errors
/// A right is missing; the error says what to run.
pub(crate) async fn check(
    client: &Client,
    place: &Place,
    tables: &Tables,
    purpose: Purpose,
) -> Result<(), OpenError> {
    let (mut schemas, mut names, mut rights) = (vec![], vec![], vec![]);
    for (schema, name, right) in needed(tables, purpose) {
        schemas.push(schema);
        names.push(name);
        rights.push(right);
    }
    let failed = |error: Error| OpenError::from_postgres(&place.name, &error);
    let rows = client.query(GRANTS, &[&schemas, &names, &rights]).await.map_err(failed)?;
    let grants: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let grants = grants.map_err(failed)?;
    let place = place.name.clone();
    if grants.is_empty() { Ok(()) } else { Err(OpenError::Rights { place, grants }) }
}

/// Schema, table or sequence, and right.
fn needed(tables: &Tables, purpose: Purpose) -> impl Iterator<Item = (&str, &str, &'static str)> {
    let is_serving = purpose == Purpose::Serving;
    let sequences = SEQUENCES.iter().filter(move |_| is_serving);
    let engine = ENGINE.iter().chain(sequences).map(|(name, rights)| (SCHEMA, *name, *rights));
    let records = tables.all().filter_map(|table| {
        let (schema, name) = table.name.split_once('.')?;
        let rights = if table.kind.append_only { APPENDED } else { WRITTEN };
        Some((schema, name, rights))
    });
    let each = engine
        .chain(records)
        .flat_map(|(schema, name, rights)| rights.iter().map(move |right| (schema, name, *right)));
    each.filter(move |(_, _, right)| is_serving || *right == "SELECT")
}
