//! The store on one PostgreSQL database, for any number of replicas at once.
//!
//! Rounds read without locks, unless nobody else commits: then they take the seal first (ADR-0016).
//! Their commits come one after the other: each takes the seal of the database, and if somebody
//! else has committed since the round began to read, the versions of whatever its decisions rest on
//! are compared before anything is written. So positions in the log and in the outbox are in the
//! order of commits, a reader that goes on from the last position misses nothing, and nobody locks
//! rows, so there are no deadlocks.
//!
//! Statements are set-based, never one for each message, and nearly all that a round writes is one
//! statement (ADR-0017). Their plans don't depend on what the planner believes. Where it takes a
//! table for empty, as it was when it was counted last, it goes through all of it and looks for
//! each row among the keys, or takes an index that only looks as good; and a connection keeps its
//! plan while the table grows. So no growing table is joined in a way that can be turned round:
//! rows are looked up by `= ANY` of an array, or in a `LATERAL` subquery with `OFFSET` or `LIMIT`,
//! or by `ctid` (`tests/plans.rs`).
//!
//! Invariant: the meaning of a record is not read here, and no SQL is written per service.

mod commit;
mod connect;
mod damage;
mod deliveries;
mod error;
mod flight;
mod inbox;
mod load;
mod migrate;
mod moving;
mod names;
mod page;
mod presence;
mod queries;
mod read;
mod recognise;
mod rights;
mod scan;
mod schema;
mod session;
mod store;
mod tables;
mod time;
mod tls;
mod transaction;
mod unchanged;

pub use error::OpenError;
pub use migrate::{Migrations, Version, migrate, shown, status};
pub use moving::{Moving, end_move, moving};
pub use schema::{engine_migration, service_migration};
pub use store::{PostgresStore, Settings};
pub use time::Time;
