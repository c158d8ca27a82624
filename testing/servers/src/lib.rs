//! Real servers for tests. The environment names them, or `scripts/services.sh` starts them.
//!
//! Tests share one server and run at once, so each has a [`Database`] of its own, which is dropped
//! when the test ends. A test that stops or kills its server has one of its own.

mod address;
mod database;
mod own_server;

pub use address::{kafka, postgres};
pub use database::{Database, Template, database_names};
pub use own_server::{OwnServer, ports_in_a_row};
