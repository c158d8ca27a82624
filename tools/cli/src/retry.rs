//! When a request is made again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How often one request is made at most.
pub const ATTEMPTS_MAX: u32 = 6;
const INITIAL_INTERVAL: Duration = Duration::from_millis(100);
const MAXIMUM_INTERVAL: Duration = Duration::from_secs(5);

/// How long to wait after that many attempts: each time twice as long, half of it by chance
/// (0.0 to 1.0), so that many clients don't come back together; never shorter than the server asks.
pub fn pause(attempts: u32, retry_after: Option<Duration>, chance: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    let interval = INITIAL_INTERVAL.saturating_mul(doubled).min(MAXIMUM_INTERVAL);
    let interval = interval.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
    interval.max(retry_after.unwrap_or_default())
}

/// A number between 0.0 and 1.0 that nobody foresees.
pub fn chance() -> f64 {
    let drawn = u32::try_from(RandomState::new().hash_one(0) >> 32).unwrap_or(0);
    f64::from(drawn) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(attempts: u32, retry_after: Option<u64>, chance: f64, millis: u64) {
        let pause = pause(attempts, retry_after.map(Duration::from_secs), chance);
        assert_eq!(pause, Duration::from_millis(millis), "{attempts} {retry_after:?} {chance}");
    }

    #[test]
    fn pauses_grow_up_to_a_limit_and_are_never_shorter_than_the_server_asks() {
        check(1, None, 0.0, 50);
        check(1, None, 1.0, 100);
        check(3, None, 1.0, 400);
        check(30, None, 1.0, 5_000);
        check(u32::MAX, None, 0.0, 2_500);
        check(1, Some(2), 1.0, 2_000);
        check(30, Some(1), 1.0, 5_000);
    }

    #[test]
    fn chance_stays_between_its_bounds() {
        assert!((0..100).all(|_| (0.0..=1.0).contains(&chance())));
    }
}
