//! What became of the messages of one batch.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// The messages of one batch that are on their way, in the order in which they were sent.
#[derive(Default)]
pub(super) struct Deliveries {
    state: Mutex<State>,
    done: Notify,
}

#[derive(Default)]
struct State {
    /// Whether each is safe.
    delivered: Vec<bool>,
    waiting: usize,
    failure: Option<String>,
}

/// Of one message, to be given back with what became of it.
pub(crate) struct Ticket {
    index: usize,
    deliveries: Arc<Deliveries>,
}

impl Deliveries {
    /// One more is sent.
    pub fn expect(self: &Arc<Self>) -> Ticket {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let index = state.delivered.len();
        state.delivered.push(false);
        state.waiting += 1;
        Ticket { index, deliveries: self.clone() }
    }

    /// The last one could not be sent after all.
    pub fn forget_last(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.delivered.pop();
        state.waiting -= 1;
    }

    /// Until all are safe or one has failed.
    pub async fn are_done(&self) {
        loop {
            let done = self.done.notified();
            let is_done = {
                let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.waiting == 0 || state.failure.is_some()
            };
            if is_done {
                return;
            }
            done.await;
        }
    }

    /// How many of the first are safe, and why one isn't. Behind one that isn't nothing counts.
    pub fn outcome(&self) -> (usize, Option<String>) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let safe = state.delivered.iter().take_while(|is_safe| **is_safe).count();
        (safe, state.failure.clone())
    }
}

impl Ticket {
    /// What became of the message.
    pub fn report(self, outcome: Result<(), String>) {
        let mut state = self.deliveries.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        match outcome {
            Ok(()) => state.delivered[self.index] = true,
            Err(reason) => _ = state.failure.get_or_insert(reason),
        }
        if state.waiting == 0 || state.failure.is_some() {
            self.deliveries.done.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is reported of each of five messages, in which order, and what comes of it.
    fn check(reports: &[(usize, bool)], is_done: bool, safe: usize, failed: bool) {
        let deliveries = Arc::new(Deliveries::default());
        let mut tickets: Vec<_> = (0..5).map(|_| Some(deliveries.expect())).collect();
        for (index, is_safe) in reports {
            let ticket = tickets[*index].take().expect("a ticket");
            ticket.report(if *is_safe { Ok(()) } else { Err(format!("{index} failed")) });
        }
        let done = std::pin::pin!(deliveries.are_done());
        let polled = done.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        assert_eq!(polled.is_ready(), is_done, "{reports:?}");
        let (found, failure) = deliveries.outcome();
        assert_eq!((found, failure.is_some()), (safe, failed), "{reports:?}");
    }

    #[test]
    fn only_what_stands_before_the_first_that_isn_t_safe_counts() {
        check(&[(0, true), (1, true), (2, true), (3, true), (4, true)], true, 5, false);
        check(&[(4, true), (3, true), (2, true), (1, true), (0, true)], true, 5, false);
        check(&[(0, true), (1, true), (3, true), (4, true)], false, 2, false);
        check(&[(0, true), (1, false), (2, true), (3, true), (4, true)], true, 1, true);
        check(&[(0, false)], true, 0, true);
        check(&[(1, true), (2, false)], true, 0, true);
        check(&[], false, 0, false);
    }

    #[test]
    fn one_that_could_not_be_sent_is_not_waited_for() {
        let deliveries = Arc::new(Deliveries::default());
        deliveries.expect().report(Ok(()));
        drop(deliveries.expect());
        deliveries.forget_last();
        assert_eq!(deliveries.outcome(), (1, None));
        let done = std::pin::pin!(deliveries.are_done());
        let polled = done.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        assert!(polled.is_ready());
    }
}
