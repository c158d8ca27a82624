//! A payment provider over HTTP: the contract of `provider.proto` as JSON, the client that payments
//! asks by, the reader of its statement, and the built-in provider as a server.
//!
//! Invariant: an answer that didn't come, or can't be trusted, is never a refusal. The outcome is
//! unknown then, and payments asks again under the same id.

mod address;
mod contract;
mod provider;
mod server;
mod statement;

pub use address::Address;
pub use contract::{BODY_BYTES_MAX, Entry, IDS_MAX, Page, SEARCH_BYTES_MAX};
pub use provider::HttpProvider;
pub use server::router;
pub use statement::HttpStatement;
