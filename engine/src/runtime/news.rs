//! Tells who waits for something to happen that something was committed: streams, and requests that
//! wait for the end of their order. While nobody waits a commit costs two looks.

use crate::ports::{Committed, Stored};
use contracts::Subject;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use service::RecordKey;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Who waits in this process.
#[derive(Default)]
pub(crate) struct Listeners {
    to_all: watch::Sender<Written>,
    by_subject: Mutex<BySubject>,
}

type BySubject = IndexMap<Subject, watch::Sender<Written>, FxBuildHasher>;

/// Records of one subject, as the last commit about it has written them.
type Written = Vec<Stored>;

/// What is heard of commits of this process. Other processes may write to the same store unheard,
/// so whoever waits also looks now and then by itself.
pub struct News {
    heard: watch::Receiver<Written>,
    /// Something was committed since the news were asked for.
    has_come: bool,
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
        self.has_come = true;
    }

    /// The record, if the last commit of this process about the subject wrote it, since the news
    /// were asked for: whoever waits need not read it.
    pub fn written(&self, key: &RecordKey) -> Option<Stored> {
        let has_come = self.has_come || self.heard.has_changed().unwrap_or(false);
        let written = self.heard.borrow();
        written.iter().find(|stored| has_come && stored.key == *key).cloned()
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
            return News { heard: self.to_all.subscribe(), has_come: false, about: None };
        };
        let heard = self.by_subject().entry(subject.clone()).or_default().subscribe();
        News { heard, has_come: false, about: Some((self.clone(), subject)) }
    }

    /// It is on disk. Whoever signs up after that finds it there.
    pub fn tell(&self, committed: &Committed) {
        if self.to_all.receiver_count() > 0 {
            self.to_all.send_replace(vec![]);
        }
        let by_subject = self.by_subject();
        if by_subject.is_empty() {
            return;
        }
        let mut heard: IndexMap<&Subject, Written, FxBuildHasher> = IndexMap::default();
        for message in committed.log.iter().filter(|it| by_subject.contains_key(&it.subject)) {
            heard.entry(&message.subject).or_default();
        }
        for write in &committed.writes {
            let (key, version) = (&write.key.record, write.version);
            if let Some(written) = heard.get_mut(&key.subject) {
                written.push(Stored { key: key.clone(), version, body: write.body.clone() });
            }
        }
        for (subject, written) in heard {
            by_subject[subject].send_replace(written);
        }
    }

    fn by_subject(&self) -> MutexGuard<'_, BySubject> {
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
