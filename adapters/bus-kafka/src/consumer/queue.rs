//! What was brought and not yet asked for, of all members of a process.

use engine::Received;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// So many messages wait in a process before its members stop fetching: some rounds.
const MESSAGES_MAX: usize = 4_096;
/// So many bytes.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What waits to be asked for.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Default)]
struct Waiting {
    /// With their bytes on the wire.
    messages: VecDeque<(Received, usize)>,
    bytes: usize,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts them behind the others.
    pub fn push(&self, messages: Vec<(Received, usize)>) {
        if messages.is_empty() {
            return;
        }
        let mut waiting = self.lock();
        waiting.bytes += messages.iter().map(|(_, bytes)| bytes).sum::<usize>();
        waiting.messages.extend(messages);
        drop(waiting);
        self.news.notify_one();
    }

    /// Waits for the first ones, or until somebody says [`Self::wake`]. Safe to drop: what is taken
    /// out is given back at once.
    pub async fn take(&self, messages_max: usize) -> Vec<Received> {
        let taken = self.try_take(messages_max);
        if !taken.is_empty() {
            return taken;
        }
        self.news.notified().await;
        self.try_take(messages_max)
    }

    /// What is there now.
    pub fn try_take(&self, messages_max: usize) -> Vec<Received> {
        let mut waiting = self.lock();
        let count = waiting.messages.len().min(messages_max);
        let taken: Vec<_> = waiting.messages.drain(..count).collect();
        waiting.bytes -= taken.iter().map(|(_, bytes)| bytes).sum::<usize>();
        taken.into_iter().map(|(received, _)| received).collect()
    }

    /// Whoever waits looks again, even if nothing came.
    pub fn wake(&self) {
        self.news.notify_one();
    }

    /// Drops those with these receipts: somebody else gets them.
    pub fn forget(&self, receipts: &[u64]) {
        let mut waiting = self.lock();
        waiting.messages.retain(|(received, _)| !receipts.contains(&received.receipt));
        waiting.bytes = waiting.messages.iter().map(|(_, bytes)| bytes).sum();
    }

    /// Whether no more should be fetched.
    pub fn is_full(&self) -> bool {
        let waiting = self.lock();
        waiting.messages.len() >= MESSAGES_MAX || waiting.bytes >= BYTES_MAX
    }

    /// Whether more may be fetched again.
    pub fn has_room(&self) -> bool {
        let waiting = self.lock();
        waiting.messages.len() < MESSAGES_MAX / 2 && waiting.bytes < BYTES_MAX / 2
    }
}
