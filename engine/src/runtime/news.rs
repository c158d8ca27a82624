//! Tells who waits for something to happen that something was committed: streams, and requests that
//! wait for the end of their order. While nobody waits a commit costs two looks.

use contracts::{Message, Subject};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Who waits in this process.
#[derive(Default)]
pub(crate) struct Listeners {
    to_all: watch::Sender<()>,
    by_subject: Mutex<IndexMap<Subject, watch::Sender<()>, FxBuildHasher>>,
}

/// What is heard of commits of this process. Other processes may write to the same store unheard,
/// so whoever waits also looks now and then by itself.
pub struct News {
    heard: watch::Receiver<()>,
    /// Where it is signed up, if it is about one subject.
    about: Option<(Arc<Listeners>, Subject)>,
}

impl News {
    /// Waits for the next commit; one since the last call, or since the news were asked for,
    /// counts. Safe to drop.
    pub async fn next(&mut self) {
        if self.heard.changed().await.is_err() {
            std::future::pending::<()>().await; // the engine is gone, and nothing will happen
        }
    }
}

/// Who waits no longer leaves nothing behind.
impl Drop for News {
    fn drop(&mut self) {
        let Some((listeners, subject)) = &self.about else { return };
        let mut by_subject = listeners.by_subject();
        if by_subject.get(subject).is_some_and(|sender| sender.receiver_count() == 1) {
            by_subject.swap_remove(subject);
        }
    }
}

impl Listeners {
    /// From now on.
    pub fn listen(self: &Arc<Self>, about: Option<Subject>) -> News {
        let Some(subject) = about else {
            return News { heard: self.to_all.subscribe(), about: None };
        };
        let heard = self.by_subject().entry(subject.clone()).or_default().subscribe();
        News { heard, about: Some((self.clone(), subject)) }
    }

    /// These messages are on disk. Whoever signs up after that finds them there.
    pub fn tell(&self, log: &[Arc<Message>]) {
        if self.to_all.receiver_count() > 0 {
            self.to_all.send_replace(());
        }
        let by_subject = self.by_subject();
        if by_subject.is_empty() {
            return;
        }
        for message in log {
            if let Some(sender) = by_subject.get(&message.subject) {
                sender.send_replace(());
            }
        }
    }

    fn by_subject(&self) -> MutexGuard<'_, IndexMap<Subject, watch::Sender<()>, FxBuildHasher>> {
        self.by_subject.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_no_longer_leaves_nothing_behind() {
        let listeners = Arc::<Listeners>::default();
        let one = listeners.listen(Some("a".into()));
        let other = listeners.listen(Some("a".into()));
        let third = listeners.listen(Some("b".into()));
        drop((one, third));
        assert_eq!(listeners.by_subject().keys().collect::<Vec<_>>(), [&Subject::from("a")]);
        drop(other);
        assert!(listeners.by_subject().is_empty());
    }
}
