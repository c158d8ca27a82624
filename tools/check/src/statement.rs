//! What a payment provider says it has done, to be compared with what payments has recorded.

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
    /// With which amount, in minor units, each of the operations was done; nothing for one that
    /// wasn't.
    ///
    /// # Errors
    /// They can't be read.
    fn done(&self, operation_ids: &[&str]) -> Result<Vec<Option<i64>>, String>;

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
