//! When a member that was put out of its group joins it again. Mostly that is no second process:
//! Kafka was away for longer than a session, and then takes the member's own late commit for that
//! of another one. So it joins at once. But if another process has its name, the two would put each
//! other out for ever, so who is soon put out again waits, and longer each time. Pure.

use std::time::{Duration, Instant};

/// The first pause of one who is soon put out again; doubled with each time.
const PAUSE_MIN: Duration = Duration::from_secs(2);
/// No pause is longer.
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// Who was in for less was put out soon,
const STAY_MIN: Duration = Duration::from_secs(10);
/// and so was who was in for less than so many of its pauses. Of two with one name each is in while
/// the other one pauses, which is never as long.
const STAY_MIN_PAUSES: u32 = 4;

/// What is remembered of one member.
pub(crate) struct Patience {
    pause: Duration,
    expelled_at: Option<Instant>,
    rejoined_at: Option<Instant>,
}

impl Patience {
    /// Nobody was put out yet.
    pub const fn new() -> Self {
        Self { pause: Duration::ZERO, expelled_at: None, rejoined_at: None }
    }

    /// Somebody looks: whether who is out shall join again now.
    pub fn is_over(&mut self, is_out: bool, now: Instant) -> bool {
        if !is_out {
            self.expelled_at = None;
            return false;
        }
        let expelled_at = self.expelled_at.unwrap_or_else(|| {
            self.pause = self.next_pause(now);
            now
        });
        self.expelled_at = Some(expelled_at);
        if now.duration_since(expelled_at) < self.pause {
            return false;
        }
        (self.expelled_at, self.rejoined_at) = (None, Some(now));
        true
    }

    /// Of who is put out now.
    fn next_pause(&self, now: Instant) -> Duration {
        let enough = STAY_MIN.max(self.pause * STAY_MIN_PAUSES);
        match self.rejoined_at.map(|at| now.duration_since(at)) {
            Some(stay) if stay < enough => (self.pause * 2).clamp(PAUSE_MIN, PAUSE_MAX),
            _ => Duration::ZERO,
        }
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
    fn who_is_put_out_joins_again_at_once_and_if_that_goes_on_waits_longer_and_longer() {
        check((0..70).map(|second| (second, true)), &[0, 3, 8, 17, 34, 67]);
    }

    #[test]
    fn who_was_in_for_long_joins_again_at_once() {
        let is_out = |second| [0, 30, 31, 32, 33, 34, 60, 61].contains(&second);
        check((0..99).map(|second| (second, is_out(second))), &[0, 30, 33, 60]);
        check((0..9).map(|second| (second, false)), &[]);
    }

    #[test]
    fn two_with_one_name_take_turns_slower_and_slower() {
        let begun = Instant::now();
        let (mut both, mut who_is_in, mut turns) = ([Patience::new(), Patience::new()], 0, 0);
        for second in 0..3_600 {
            let now = begun + Duration::from_secs(second);
            if both[1 - who_is_in].is_over(true, now) {
                who_is_in = 1 - who_is_in;
                turns += 1;
            }
            both[who_is_in].is_over(false, now);
        }
        assert!((10..30).contains(&turns), "{turns}");
    }
}
