//! The suite of a running engine, on real databases.

mod common;

use common::OneDatabase;

conformance::engine_suite!(site);
conformance::replica_suite!(site);

fn site() -> OneDatabase {
    OneDatabase::new()
}
