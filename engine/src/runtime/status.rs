//! How a process is doing, for `/ready` and for whoever ends it.

use crate::ports::StoreError;

/// How a process is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It commits.
    Running,
    /// It waits for its store.
    Waiting(StoreError),
    /// No more requests are taken; what came in is still handled.
    Stopping,
    /// Everything that came in was handled.
    Stopped,
    /// It must end: its store can't be trusted any more.
    Failed(String),
}
