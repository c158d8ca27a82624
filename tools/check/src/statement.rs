//! What a payment provider says it has done, to be compared with what payments has recorded.

/// One operation in a provider's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Its id: the saga's step.
    pub operation_id: String,
    /// Whose.
    pub order_id: String,
    /// In minor units.
    pub amount: i64,
    /// Whether it was done; nothing while that isn't decided.
    pub succeeded: Option<bool>,
}

/// A provider's books as a reader has them.
pub trait Statement: Send + Sync {
    /// What the books say of an operation; nothing if they don't know it.
    ///
    /// # Errors
    /// They can't be read.
    fn operation(&self, operation_id: &str) -> Result<Option<Stated>, String>;

    /// How many operations were done.
    ///
    /// # Errors
    /// They can't be read.
    fn succeeded(&self) -> Result<u64, String>;

    /// The next operations in the order of their ids, at most so many.
    ///
    /// # Errors
    /// They can't be read.
    fn page(&self, after: &str, rows_max: usize) -> Result<Vec<Stated>, String>;
}
