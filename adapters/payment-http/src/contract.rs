//! What both sides know: the routes, and what is said on them.
//!
//! | Route | Asked | Answered |
//! |---|---|---|
//! | `POST /operations` | a `ProviderRequest` | a `ProviderAnswered` |
//! | `GET /statement?page_token=&page_size=` | | a [`Page`] of what was done |
//! | `POST /statement/search` | a [`Search`] | a [`Page`] of those that were done |
//! | `GET /statement/count` | | a [`Count`] |
//! | `GET /health` | | a [`Health`] |
//!
//! 4xx: the request is malformed, and was not begun. 5xx: it may or may not have happened; ask
//! again under the same id.

use contracts::Money;
use contracts::messages::OperationKind;
use serde::{Deserialize, Serialize};

/// One operation: do it, or say what became of it.
pub(crate) const OPERATIONS: &str = "/operations";
/// All that was done, in pages.
pub(crate) const STATEMENT: &str = "/statement";
/// Which of some operations were done.
pub(crate) const SEARCH: &str = "/statement/search";
/// How many were done.
pub(crate) const COUNT: &str = "/statement/count";
/// Whether it works.
pub(crate) const HEALTH: &str = "/health";

/// Bytes of one operation's request or answer.
pub const BODY_BYTES_MAX: usize = 16 * 1024;
/// Operations on a page of the statement, and in a search.
pub const IDS_MAX: usize = 1_000;
/// Bytes of an id.
pub(crate) const ID_BYTES_MAX: usize = 512;
/// Bytes of a search.
pub const SEARCH_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a page: of each operation two ids, and what is around them.
pub(crate) const PAGE_BYTES_MAX: usize = 4 * SEARCH_BYTES_MAX;

/// Who answers at `/health`.
pub(crate) const SERVICE: &str = "payment-provider";

/// That it works.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Health {
    /// `ok`.
    pub status: String,
    /// [`SERVICE`]: whoever says something else is no provider.
    pub service: String,
}

/// One operation that was done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Entry {
    /// Its id, which payments gave it.
    pub operation_id: String,
    /// Whose.
    pub order_id: String,
    /// What: the number of an `OperationKind`.
    pub kind: i32,
    /// How much.
    pub amount: Money,
}

impl Entry {
    /// What was done.
    pub fn kind(&self) -> OperationKind {
        OperationKind::try_from(self.kind).unwrap_or_default()
    }
}

/// A part of the statement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Page {
    /// In the order of their ids.
    pub operations: Vec<Entry>,
    /// The id of the last one; empty where there are no more.
    pub next_page_token: String,
}

/// How long the statement is.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Count {
    /// How many operations were done.
    pub succeeded: u64,
}

/// Which operations are looked for, at most [`IDS_MAX`].
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// Their ids.
    pub operation_ids: Vec<String>,
}

/// What is wrong, as RFC 9457 has it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Problem {
    /// The name of the status.
    pub title: String,
    /// The status.
    pub status: u16,
    /// What is wrong here.
    pub detail: String,
}
