//! Timers wait until what happened during the downtime has been read: an hour of it must not
//! compensate every live saga.

use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// What a process catches up with before its timers fire.
#[derive(Default)]
pub(crate) struct WarmUp {
    hops_handled: AtomicBool,
    effects_answered: AtomicBool,
    /// One of the two has come true.
    pub progress: Notify,
}

impl WarmUp {
    pub fn hops_were_handled(&self) {
        self.set(&self.hops_handled);
    }

    pub fn effects_were_answered(&self) {
        self.set(&self.effects_answered);
    }

    pub fn is_done(&self) -> bool {
        self.hops_handled.load(Ordering::Acquire) && self.effects_answered.load(Ordering::Acquire)
    }

    fn set(&self, what: &AtomicBool) {
        if !what.swap(true, Ordering::AcqRel) {
            self.progress.notify_one();
        }
    }
}
