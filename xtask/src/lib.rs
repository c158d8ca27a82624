//! The rules of the house, held by tests, and the files that are generated.
//!
//! What is allowed stands as data in [`house`]; each rule is a module of [`rules`] and a test in
//! `tests/house.rs`. `cargo xtask tidy` prints what breaks a rule, `cargo xtask generate` writes
//! the files of [`generated`].
//!
//! Invariant: nothing here changes a file that a person has written.

pub mod api;
pub mod generated;
pub mod house;
pub mod messages;
pub mod picture;
pub mod rules;
pub mod services;
mod source;
mod tokens;
mod tree;
mod violation;

pub use source::Source;
pub use tokens::{Function, Word};
pub use tree::{Crate, Dependency, Section, Tree};
pub use violation::Violation;
