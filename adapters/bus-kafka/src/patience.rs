//! When a member that was put out of its group may join it again. Its network may have been away
//! for longer than its session; or another process has its name, and then the two would put each
//! other out for ever. Pure.

use std::time::{Duration, Instant};

/// Before it joins again for the first time; doubled with each time.
const PAUSE_MIN: Duration = Duration::from_secs(2);
/// No pause is longer, and who was in for so long begins anew.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// What is remembered of one bus.
pub(crate) struct Patience {
    pause: Duration,
    expelled_at: Option<Instant>,
    rejoined_at: Option<Instant>,
}

impl Patience {
    /// Nobody was put out yet.
    pub const fn new() -> Self {
        Self { pause: PAUSE_MIN, expelled_at: None, rejoined_at: None }
    }

    /// Somebody looks: whether who is out shall join again now.
    pub fn is_over(&mut self, is_out: bool, now: Instant) -> bool {
        if !is_out {
            self.expelled_at = None;
            return false;
        }
        let Some(expelled_at) = self.expelled_at else {
            if self.rejoined_at.is_none_or(|at| now.duration_since(at) > PAUSE_MAX) {
                self.pause = PAUSE_MIN;
            }
            self.expelled_at = Some(now);
            return false;
        };
        if now.duration_since(expelled_at) < self.pause {
            return false;
        }
        (self.expelled_at, self.rejoined_at) = (None, Some(now));
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at these seconds, at which it is out or not, and those at which it joins again.
    fn check(looks: impl IntoIterator<Item = (u64, bool)>, expected: &[u64]) {
        let (begun, mut patience) = (Instant::now(), Patience::new());
        let joins = looks.into_iter().filter(|(second, is_out)| {
            patience.is_over(*is_out, begun + Duration::from_secs(*second))
        });
        assert_eq!(joins.map(|(second, _)| second).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn who_is_put_out_again_and_again_waits_longer_and_longer() {
        check((0..40).map(|second| (second, true)), &[2, 7, 16, 33]);
    }

    #[test]
    fn who_was_in_for_long_doesn_t_wait_longer_than_the_first_time() {
        let is_out = |second| !(10..=400).contains(&second);
        check((0..405).map(|second| (second, is_out(second))), &[2, 7, 403]);
        check((0..9).map(|second| (second, false)), &[]);
    }
}
