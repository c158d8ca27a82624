//! So many requests are handled at once; the others are told to come again, at once and for
//! certain, instead of waiting in a queue that only grows.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A place among the requests that are handled. It can be given up before the end.
type Slot = Arc<Mutex<Option<OwnedSemaphorePermit>>>;

tokio::task_local! {
    static SLOT: Slot;
}

/// The places of one process.
#[derive(Clone)]
pub struct Admission(Arc<Semaphore>);

impl Admission {
    /// So many.
    pub fn new(requests_max: usize) -> Self {
        Self(Arc::new(Semaphore::new(requests_max.min(Semaphore::MAX_PERMITS))))
    }

    /// Handles a request on a place of its own; nothing if none is free.
    pub async fn handle<F: Future>(&self, request: F) -> Option<F::Output> {
        let slot = self.0.clone().try_acquire_owned().ok()?;
        Some(SLOT.scope(Arc::new(Mutex::new(Some(slot))), request).await)
    }
}

/// The request that is handled here has done its work and only waits from now on: its place is free
/// for another.
pub fn rest() {
    let give_up = |slot: &Slot| slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    drop(SLOT.try_with(give_up));
}

#[cfg(test)]
mod tests {
    use super::{Admission, rest};

    #[tokio::test]
    async fn a_place_is_free_again_at_the_end_or_when_its_request_rests() {
        let admission = Admission::new(1);
        let inner = || admission.handle(async { "in" });
        let outer = admission.handle(async {
            assert_eq!(inner().await, None);
            rest();
            inner().await
        });
        assert_eq!(outer.await, Some(Some("in")));
        assert_eq!(inner().await, Some("in"));
    }
}
