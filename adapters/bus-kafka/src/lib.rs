//! The bus on Apache Kafka or Redpanda.
//!
//! - `wire`: what a message is as a Kafka record, and back; pure.
//! - `bus`: one process, from its opening to its end;
//! - `topics`: made or checked before anything else;
//! - `producer`: publishes in order, and nothing behind a failure;
//! - `consumer`: a member of a group for each service hosted here;
//! - `dead_letters`: copies of what is no message.
//!
//! Invariant: it touches no store and decides no retry: the relay publishes again what was not
//! published, and Kafka brings again what was not acknowledged.

mod bus;
mod client;
mod consumer;
mod counts;
mod dead_letters;
mod error;
mod patience;
mod polled;
mod producer;
mod readers;
mod settings;
mod topics;
pub mod wire;

pub use bus::KafkaBus;
pub use error::OpenError;
pub use settings::{Brokers, Settings};
pub use topics::remove_topics;
