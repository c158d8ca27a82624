//! What was asked of the server, and what came of it; all times in microseconds since the cell
//! began.

use crate::workload::Outcome;
use std::ops::Range;

/// One order that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// How its saga must end.
    pub outcome: Outcome,
    /// When it was to be sent; in a closed loop, when it was.
    pub intended: u64,
    /// Whether the server has it.
    pub is_taken: bool,
    /// When it said so, where that was said before the end.
    pub acknowledged: Option<u64>,
    /// Whether the server said no; then it is as if it had never been sent.
    pub is_refused: bool,
    /// When its saga was seen to end, and how.
    pub finished: Option<(u64, Outcome)>,
}

/// Every order that was sent, by its number.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// By number.
    pub entries: Vec<Entry>,
    refused: usize,
}

impl Book {
    /// Notes an order that is about to be sent; its number.
    pub fn open(&mut self, outcome: Outcome, intended: u64) -> u64 {
        self.entries.push(Entry {
            outcome,
            intended,
            is_taken: false,
            acknowledged: None,
            is_refused: false,
            finished: None,
        });
        self.entries.len() as u64 - 1
    }

    /// The server has the order.
    pub fn take(&mut self, number: u64) {
        self.entries[number as usize].is_taken = true;
    }

    /// The server has said that it has the order, before its end.
    pub fn acknowledge(&mut self, number: u64, at: u64) {
        self.take(number);
        self.entries[number as usize].acknowledged = Some(at);
    }

    /// The server has said no.
    pub fn refuse(&mut self, number: u64) {
        self.entries[number as usize].is_refused = true;
        self.refused += 1;
    }

    /// Orders that the server has refused.
    pub const fn refused(&self) -> usize {
        self.refused
    }

    /// Orders that were sent and not refused.
    pub const fn sent(&self) -> usize {
        self.entries.len() - self.refused
    }

    /// The saga of an order was seen to end.
    pub fn finish(&mut self, number: u64, outcome: Outcome, at: u64) {
        self.entries[number as usize].finished = Some((at, outcome));
    }

    /// Orders that the server has.
    pub fn taken(&self) -> impl Iterator<Item = (u64, &Entry)> {
        (0..).zip(&self.entries).filter(|(_, entry)| entry.is_taken)
    }

    /// Orders that the server has and whose sagas must end so.
    pub fn taken_to_be(&self, outcome: Outcome) -> usize {
        self.taken().filter(|(_, entry)| entry.outcome == outcome).count()
    }

    /// Orders without an answer.
    pub fn unanswered(&self) -> usize {
        self.entries.iter().filter(|it| !it.is_taken && !it.is_refused).count()
    }

    /// From the intended sending to the acknowledgement, of orders meant for that time.
    pub fn to_acknowledged(&self, window: &Range<u64>) -> Latencies {
        self.latencies(window, |entry| entry.acknowledged)
    }

    /// From the intended sending to the end of the saga, of orders meant for that time.
    pub fn to_settled(&self, window: &Range<u64>) -> Latencies {
        self.latencies(window, |entry| Some(entry.finished?.0))
    }

    fn latencies(&self, window: &Range<u64>, end: impl Fn(&Entry) -> Option<u64>) -> Latencies {
        let meant = self.entries.iter().filter(|entry| window.contains(&entry.intended));
        Latencies::of(meant.filter_map(|it| Some(end(it)?.saturating_sub(it.intended))).collect())
    }
}

/// Durations in microseconds, all of them: a run has few enough to be exact.
#[derive(Clone, Debug)]
pub struct Latencies(Vec<u64>);

impl Latencies {
    /// Of these durations, in any order.
    pub fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        Self(micros)
    }

    /// The duration that so many of a thousand don't exceed; none if there is none.
    pub fn permille(&self, permille: usize) -> Option<u64> {
        let rank = (self.0.len() * permille).div_ceil(1_000);
        self.0.get(rank.saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Book, Latencies};
    use crate::workload::Outcome::{Compensated, Completed};

    fn check(micros: &[u64], permille: usize, expected: Option<u64>) {
        assert_eq!(Latencies::of(micros.to_vec()).permille(permille), expected, "{micros:?}");
    }

    #[test]
    fn a_percentile_is_a_duration_that_was_measured() {
        let hundred: Vec<u64> = (1..=100).rev().collect();
        check(&[], 500, None);
        check(&[7], 500, Some(7));
        check(&[7], 999, Some(7));
        check(&[1, 2], 500, Some(1));
        check(&hundred, 500, Some(50));
        check(&hundred, 990, Some(99));
        check(&hundred, 999, Some(100));
    }

    #[test]
    fn latency_counts_from_the_intended_sending_of_orders_meant_for_the_window() {
        let mut book = Book::default();
        for (intended, acknowledged, finished) in [(5, 8, 9), (10, 40, 50), (19, 25, 29)] {
            let number = book.open(Completed, intended);
            book.acknowledge(number, acknowledged);
            book.finish(number, Completed, finished);
        }
        let window = 10..20;
        assert_eq!(book.to_acknowledged(&window).permille(999), Some(30));
        assert_eq!(book.to_settled(&window).permille(500), Some(10));
    }

    #[test]
    fn an_order_is_taken_or_refused_or_without_an_answer() {
        let mut book = Book::default();
        let [taken, waited, refused, _] =
            [Completed, Compensated, Completed, Completed].map(|outcome| book.open(outcome, 0));
        book.acknowledge(taken, 1);
        book.take(waited);
        book.finish(waited, Compensated, 2);
        book.refuse(refused);
        assert_eq!((book.taken().count(), book.refused(), book.unanswered()), (2, 1, 1));
        assert_eq!((book.taken_to_be(Completed), book.taken_to_be(Compensated)), (1, 1));
        assert_eq!(book.to_acknowledged(&(0..9)).permille(999), Some(1));
    }
}
