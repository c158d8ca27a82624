//! What a payment provider says it has done, to be compared with what payments has recorded.

use contracts::Money;
use contracts::messages::OperationKind;

/// What a provider has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// For which order.
    pub order_id: String,
    /// What.
    pub kind: OperationKind,
    /// How much.
    pub amount: Money,
}

/// One operation that a provider has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Its id: the saga's step.
    pub operation_id: String,
    /// Whose.
    pub order_id: String,
}

/// A provider's books as a reader has them.
pub trait Statement: Send + Sync {
    /// What was done by each of the operations; nothing by one that wasn't done.
    ///
    /// # Errors
    /// They can't be read.
    fn done(&self, operation_ids: &[&str]) -> Result<Vec<Option<Done>>, String>;

    /// How many operations were done.
    ///
    /// # Errors
    /// They can't be read.
    fn succeeded(&self) -> Result<u64, String>;

    /// The next operations that were done, in the order of their ids, at most so many.
    ///
    /// # Errors
    /// They can't be read.
    fn page(&self, after: &str, rows_max: usize) -> Result<Vec<Stated>, String>;
}
