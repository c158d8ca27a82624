//! Standard error through a queue: who has something to say doesn't wait for who reads it.

use std::collections::VecDeque;
use std::io::{self, Write, stderr};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// Lines that wait to be written; what comes on top of them is dropped.
const LINES_MAX: usize = 4_096;
/// That lines were dropped is said when no more than these wait, so that there is room for it.
const LINES_WHEN_TOLD: usize = LINES_MAX / 2;
/// How long the end of a process waits for who reads.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

static QUEUE: OnceLock<Queue> = OnceLock::new();

/// From now on a thread of its own writes to standard error. When it gets on again after lines were
/// dropped, it tells how many.
///
/// # Errors
/// The system gives no thread.
pub fn unblock(tell_dropped: fn(u64)) -> io::Result<()> {
    let write = move || {
        let queue = QUEUE.get_or_init(Queue::default);
        loop {
            if let Some(dropped) = queue.write_next(&mut stderr()) {
                tell_dropped(dropped);
            }
        }
    };
    thread::Builder::new().name("log".into()).spawn(write)?;
    QUEUE.get_or_init(Queue::default);
    Ok(())
}

/// Writes a line to standard error; false if it was dropped because too many wait.
pub fn push(line: &[u8]) -> bool {
    match QUEUE.get() {
        Some(queue) => queue.push(line),
        None => {
            // Where it can't be written, nobody can be told.
            let _ = stderr().write_all(line);
            true
        }
    }
}

/// Before a process ends: waits for what is not written yet, but not for ever.
pub fn flush() {
    if let Some(queue) = QUEUE.get() {
        queue.flush(FLUSH_TIMEOUT);
    }
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    is_writing: bool,
    dropped: u64,
}

impl Queue {
    fn push(&self, line: &[u8]) -> bool {
        let mut state = self.lock();
        if state.waiting.len() >= LINES_MAX {
            state.dropped += 1;
            return false;
        }
        state.waiting.push_back(line.to_vec());
        self.changed.notify_all();
        true
    }

    /// Waits for a line and writes it; then how many were dropped, once there is room to say it.
    fn write_next(&self, to: &mut impl Write) -> Option<u64> {
        let is_empty = |state: &mut State| state.waiting.is_empty();
        let waited = self.changed.wait_while(self.lock(), is_empty);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let line = state.waiting.pop_front()?;
        state.is_writing = true;
        drop(state);
        // A reader that is gone harms nobody.
        let _ = to.write_all(&line);
        let mut state = self.lock();
        state.is_writing = false;
        self.changed.notify_all();
        let is_told = state.dropped > 0 && state.waiting.len() <= LINES_WHEN_TOLD;
        is_told.then(|| std::mem::take(&mut state.dropped))
    }

    fn flush(&self, timeout: Duration) {
        let is_busy = |state: &mut State| state.is_writing || !state.waiting.is_empty();
        let _ = self.changed.wait_timeout_while(self.lock(), timeout, is_busy);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_dropped_and_told_when_there_is_room_again() {
        let queue = Queue::default();
        for number in 0..LINES_MAX {
            assert!(queue.push(format!("{number}\n").as_bytes()));
        }
        assert!(!queue.push(b"too much\n") && !queue.push(b"too much\n"));
        let mut written = vec![];
        let told: Vec<_> = (0..LINES_MAX).filter_map(|_| queue.write_next(&mut written)).collect();
        assert_eq!(told, [2]);
        let expected: String = (0..LINES_MAX).map(|number| format!("{number}\n")).collect();
        assert_eq!(written, expected.as_bytes());
        assert!(queue.push(b"again\n"));
    }

    #[test]
    fn nobody_waits_for_a_reader_that_does_not_read() {
        let queue = Queue::default();
        queue.push(b"never read\n");
        queue.flush(Duration::ZERO);
        assert_eq!(queue.lock().waiting.len(), 1);
    }
}
