//! Ctrl-C: whoever waits or repeats hears of it and ends in good order.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Whether the user wants the command to end; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<(Mutex<bool>, Condvar)>);

impl Interrupt {
    /// The user wants it.
    pub fn ask(&self) {
        *self.lock() = true;
        self.0.1.notify_all();
    }

    /// Whether the user wants it.
    pub fn is_asked(&self) -> bool {
        *self.lock()
    }

    /// Waits, and tells whether the user wants it meanwhile.
    pub fn pause(&self, duration: Duration) -> bool {
        let waited = self.0.1.wait_timeout_while(self.lock(), duration, |is_asked| !*is_asked);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_at_once_when_it_is_asked() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.pause(Duration::ZERO));
        interrupt.ask();
        assert!(interrupt.is_asked() && interrupt.pause(Duration::MAX));
    }
}
