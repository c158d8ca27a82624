//! Whether somebody has asked the benchmark to end.

use std::time::Duration;
use terminal::Failure;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Whether somebody has asked to end: by Ctrl-C, or as service managers do.
#[derive(Clone)]
pub struct Ending(watch::Receiver<u32>);

impl Ending {
    /// From now on both signals are heard.
    ///
    /// # Errors
    /// The system gives no handler.
    pub fn listen() -> Result<Self, Failure> {
        let wrong = |error| Failure::failed(error, "ulimit -i");
        let mut interrupt = signal(SignalKind::interrupt()).map_err(wrong)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(wrong)?;
        let (asked, times) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                asked.send_modify(|times| *times += 1);
            }
        });
        Ok(Self(times))
    }

    /// Whether somebody has asked.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Until somebody asks.
    pub async fn asked(&self) {
        let mut times = self.0.clone();
        let _ = times.wait_for(|times| *times > 0).await;
    }

    /// So many seconds, or until somebody asks.
    pub async fn wait(&self, seconds: f64) {
        let _ = tokio::time::timeout(Duration::from_secs_f64(seconds), self.asked()).await;
    }

    /// Until somebody asks a second time, and can't wait.
    pub async fn insisted(&self) {
        let mut times = self.0.clone();
        let _ = times.wait_for(|times| *times > 1).await;
    }
}
