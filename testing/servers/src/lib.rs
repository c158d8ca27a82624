//! Real servers for tests. The environment names them, or `scripts/services.sh` starts them.
//!
//! Tests share one server and run at once, so each has a [`Database`] of its own, which is dropped
//! when the test ends.

mod address;
mod database;

pub use address::{kafka, postgres};
pub use database::{Database, Template};
