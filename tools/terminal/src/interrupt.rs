//! Ctrl-C, and the signal of service managers: whoever waits, repeats or computes hears of it and
//! ends in good order.

use crate::failure::Failure;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether somebody wants the command to end; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// How often somebody has asked.
    times: watch::Sender<u32>,
    is_asked: Arc<AtomicBool>,
    gate: Mutex<()>,
    changed: Condvar,
}

impl Interrupt {
    /// From now on Ctrl-C (SIGINT) and SIGTERM don't end the process: they are heard here.
    ///
    /// # Errors
    /// The system gives no handler, or no thread for it.
    pub fn listen() -> Result<Self, Failure> {
        let interrupt = Self::default();
        let listening = interrupt.clone().listen_in_background();
        listening.map_err(|error| Failure::failed(error, "ulimit -u -i"))?;
        Ok(interrupt)
    }

    fn listen_in_background(self) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let entered = runtime.enter();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        drop(entered);
        let hear = async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => self.ask(),
                    _ = terminate.recv() => self.ask(),
                }
            }
        };
        thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(hear))?;
        Ok(())
    }

    /// Somebody wants it.
    pub fn ask(&self) {
        let gate = self.gate();
        self.0.is_asked.store(true, Ordering::Relaxed);
        self.0.times.send_modify(|times| *times += 1);
        drop(gate);
        self.0.changed.notify_all();
    }

    /// Whether somebody wants it.
    pub fn is_asked(&self) -> bool {
        self.0.is_asked.load(Ordering::Relaxed)
    }

    /// The same for those who know no more than that.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.0.is_asked.clone()
    }

    /// Until somebody wants it.
    pub async fn asked(&self) {
        self.heard(1).await;
    }

    /// Until somebody wants it for the second time, and can't wait.
    pub async fn insisted(&self) {
        self.heard(2).await;
    }

    /// So long, or until somebody wants it.
    pub async fn wait(&self, duration: Duration) {
        let _ = tokio::time::timeout(duration, self.asked()).await;
    }

    /// Blocks so long, or until somebody wants it; tells whether somebody does.
    pub fn pause(&self, duration: Duration) -> bool {
        let is_quiet = |(): &mut ()| !self.is_asked();
        let _ = self.0.changed.wait_timeout_while(self.gate(), duration, is_quiet);
        self.is_asked()
    }

    async fn heard(&self, times_min: u32) {
        // The sender lives as long as we do, so the wait never fails.
        let _ = self.0.times.subscribe().wait_for(|times| *times >= times_min).await;
    }

    fn gate(&self) -> MutexGuard<'_, ()> {
        self.0.gate.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn whoever_asks_twice_insists() {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let interrupt = Interrupt::default();
        interrupt.ask();
        runtime.block_on(interrupt.asked());
        interrupt.ask();
        runtime.block_on(interrupt.insisted());
    }
}
