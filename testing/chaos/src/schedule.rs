//! What goes wrong when: a function of the seed and the length of the run.

use crate::fault::{Ending, Farewell, Fault, Kind};
use crate::place::{Link, Replica};
use contracts::ServiceName;
use sim::Random;
use std::time::Duration;

/// A transaction is held open for so long.
pub const HELD: Duration = Duration::from_secs(60);
/// Each kind of fault strikes in each period of this length.
const PERIOD: Duration = Duration::from_secs(600);
/// While a replica joins and leaves, it does one of the two so often.
const TURNOVER: Duration = Duration::from_secs(2);
/// The part of a period in which it does, of a hundred; in every sixth period it is the whole.
const TURNOVER_PERCENT: u32 = 20;
const WHOLE_TURNOVER_EACH: u32 = 6;
/// A shorter run has no room for all kinds.
pub const LENGTH_MIN: Duration = Duration::from_secs(120);

/// A fault at its time, counted from the beginning of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Duration,
    /// What.
    pub fault: Fault,
}

/// The faults of a run, in the order of their times.
pub fn schedule(seed: u64, length: Duration) -> Vec<Event> {
    let mut random = Random::new(seed);
    let (mut events, mut begin, mut number) = (vec![], Duration::ZERO, 0);
    while begin < length {
        let rest = length - begin;
        // What is left over at the end belongs to the last period.
        let lasts = if rest < PERIOD + LENGTH_MIN { rest } else { PERIOD };
        events.extend(period(&mut random, begin, lasts, number));
        begin += lasts;
        number += 1;
    }
    events.sort_by_key(|event| event.at);
    events
}

fn period(random: &mut Random, begin: Duration, lasts: Duration, number: u32) -> Vec<Event> {
    let held_at = begin + within(random, lasts.saturating_sub(HELD));
    let is_held = |at: Duration| (held_at..held_at + HELD).contains(&at);
    let mut events = vec![];
    for (kind, often) in Kind::ALL.into_iter().filter(|(_, often)| *often > 0) {
        let often = (f64::from(often) * lasts.as_secs_f64() / PERIOD.as_secs_f64()).max(1.0) as u32;
        let share = lasts / often;
        for turn in 0..often {
            let at = begin + share * turn + within(random, share);
            let (at, fault) = match kind {
                Kind::TransactionHeld => (held_at, fault(kind, random)),
                // It would end the transaction.
                Kind::DatabaseKilled if is_held(at) && often > 1 => {
                    (at, fault(Kind::ServiceKilled, random))
                }
                Kind::DatabaseKilled if is_held(at) => {
                    (free_of(held_at, begin, lasts), fault(kind, random))
                }
                _ => (at, fault(kind, random)),
            };
            events.push(Event { at, fault });
        }
    }
    events.extend(turnover(random, begin, lasts, number));
    events
}

/// A moment of the period in which the transaction that is held from `held_at` on isn't open.
fn free_of(held_at: Duration, begin: Duration, lasts: Duration) -> Duration {
    let (before, end) = (held_at - begin, begin + lasts);
    if before > lasts.saturating_sub(HELD) / 2 {
        begin + before / 2
    } else {
        end - (end - held_at - HELD) / 2
    }
}

/// Guests that come and go, one after the other.
fn turnover(random: &mut Random, begin: Duration, lasts: Duration, number: u32) -> Vec<Event> {
    let is_whole = number % WHOLE_TURNOVER_EACH == WHOLE_TURNOVER_EACH - 1;
    let part = if is_whole { lasts } else { lasts * TURNOVER_PERCENT / 100 };
    let first = begin + within(random, lasts - part);
    let mut events = vec![];
    let mut at = first;
    while at + 2 * TURNOVER <= first + part {
        let service = any(random, &ServiceName::ALL);
        let farewell = any(random, &[Farewell::Asked, Farewell::Killed]);
        events.push(Event { at, fault: Fault::ReplicaJoined(service) });
        let left = Fault::ReplicaLeft(service, farewell);
        events.push(Event { at: at + TURNOVER, fault: left });
        at += 2 * TURNOVER;
    }
    events
}

fn fault(kind: Kind, random: &mut Random) -> Fault {
    let service = any(random, &ServiceName::ALL);
    match kind {
        Kind::ServiceKilled => {
            Fault::ServiceKilled(any(random, &Replica::residents()), down(random))
        }
        Kind::ProviderKilled => Fault::ProviderKilled(down(random)),
        Kind::DatabaseKilled => Fault::DatabaseKilled(down(random)),
        Kind::BrokerKilled => Fault::BrokerKilled(down(random)),
        Kind::LeaderPaused => Fault::LeaderPaused(service),
        Kind::ConnectionCut => {
            let lasts = millis(random, 50, 4_000);
            Fault::ConnectionCut(any(random, &Link::all()), lasts)
        }
        Kind::ConnectionSilent => {
            let (lasts, link) = (millis(random, 500, 15_000), any(random, &Link::all()));
            Fault::ConnectionSilent(link, lasts, any(random, &[Ending::Late, Ending::Lost]))
        }
        Kind::ReplicaJoined => Fault::ReplicaJoined(service),
        Kind::ReplicaLeft => Fault::ReplicaLeft(service, Farewell::Killed),
        Kind::TransactionHeld => Fault::TransactionHeld(service),
    }
}

/// How long who was killed stays away: mostly not long, now and then longer than a session with
/// Kafka lasts.
fn down(random: &mut Random) -> Duration {
    if random.chance(1_000) { millis(random, 7_000, 12_000) } else { millis(random, 0, 2_500) }
}

fn millis(random: &mut Random, min: u64, max: u64) -> Duration {
    Duration::from_millis(min + random.below(max - min))
}

fn within(random: &mut Random, span: Duration) -> Duration {
    Duration::from_millis(random.below(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
}

/// # Panics
/// There are none to choose from.
fn any<T: Copy>(random: &mut Random, from: &[T]) -> T {
    *random.pick(from).expect("one at least")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_same_seed_gives_the_same_schedule_and_another_one_another() {
        assert_eq!(schedule(7, 10 * MINUTE), schedule(7, 10 * MINUTE));
        assert_ne!(schedule(7, 10 * MINUTE), schedule(8, 10 * MINUTE));
    }

    #[test]
    fn every_kind_of_fault_strikes_in_every_ten_minutes_and_in_every_short_run() {
        for (seed, minutes) in (0..50).flat_map(|seed| [2, 5, 10, 25, 120].map(|it| (seed, it))) {
            let events = schedule(seed, minutes * MINUTE);
            for begin in (0..minutes.div_ceil(10)).filter(|it| *it == 0 || it * 10 + 10 <= minutes)
            {
                let period = begin * PERIOD..(begin + 1) * PERIOD;
                let within = events.iter().filter(|event| period.contains(&event.at));
                let kinds: BTreeSet<Kind> = within.map(|event| event.fault.kind()).collect();
                let all = Kind::ALL.map(|(kind, _)| kind);
                assert_eq!(kinds, all.into(), "seed {seed}, {minutes} minutes, period {begin}");
            }
            assert!(events.iter().all(|event| event.at < minutes * MINUTE));
        }
    }

    #[test]
    fn two_hours_have_more_than_a_thousand_kills() {
        for seed in 0..20 {
            let events = schedule(seed, 120 * MINUTE);
            let kills = events.iter().filter(|event| event.fault.is_kill()).count();
            assert!(kills >= 1_100, "seed {seed}: {kills}");
        }
    }

    #[test]
    fn a_guest_joins_or_leaves_every_two_seconds_for_ten_minutes_in_an_hour() {
        let events = schedule(1, 60 * MINUTE);
        let is_turnover =
            |it: &&Event| matches!(it.fault, Fault::ReplicaJoined(_) | Fault::ReplicaLeft(..));
        let times: Vec<_> = events.iter().filter(is_turnover).map(|it| it.at).collect();
        let longest = times.chunk_by(|a, b| *b - *a == TURNOVER).map(<[_]>::len).max();
        assert!(longest.is_some_and(|longest| longest >= 290), "{longest:?}");
    }

    #[test]
    fn nobody_kills_the_database_under_a_transaction_that_is_held() {
        for seed in 0..200 {
            let events = schedule(seed, 2 * MINUTE + Duration::from_secs(10 * (seed % 100)));
            let holds = events.iter().filter(|it| it.fault.kind() == Kind::TransactionHeld);
            for hold in holds {
                let open = hold.at..hold.at + HELD;
                let is_killed = |it: &&Event| it.fault.kind() == Kind::DatabaseKilled;
                let mut kills = events.iter().filter(is_killed);
                assert!(!kills.any(|it| open.contains(&it.at)), "seed {seed}: {hold:?}");
            }
        }
    }
}
