//! The bus on Apache Kafka or Redpanda.
//!
//! - `wire`: what a message is as a Kafka record, and back; pure.
//!
//! Invariant: it touches no store and decides no retry: the relay publishes again what was not
//! published, and Kafka brings again what was not acknowledged.

pub mod wire;
