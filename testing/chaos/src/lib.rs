//! Four services as real processes on PostgreSQL and Kafka, with proxies between all of them; a
//! schedule of faults that a seed decides; customers who order meanwhile; and in the end whether
//! every promise was kept.
//!
//! The simulator (`sim`) sees far more worlds. This one is there for what it can't know: librdkafka
//! and Kafka, PostgreSQL's locks and sessions, signals, sockets, and the binary itself.

pub mod account;
pub mod chronicle;
pub mod customers;
mod databases;
pub mod fault;
mod http;
pub mod kafka;
pub mod place;
mod process;
pub mod proxy;
pub mod run;
pub mod schedule;
pub mod settled;
mod shop;
mod strike;
pub mod verdict;
