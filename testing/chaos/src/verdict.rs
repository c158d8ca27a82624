//! Whether the shop has kept its promises. Pure.

use crate::account::{Balance, Findings};
use crate::chronicle::Counts;
use crate::fault::Kind;
use crate::settled::{Settled, Undone};
use std::collections::BTreeMap;
use std::fmt;

/// Of a hundred orders that nothing speaks against, so many are confirmed at least: a shop that
/// undoes everything is no success.
const CONFIRMED_PERCENT_MIN: u64 = 99;

/// What was seen in a run.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The faults.
    pub counts: Counts,
    /// The orders.
    pub settled: Settled,
    /// The messages.
    pub balance: Balance,
    /// Records on Kafka that are no message.
    pub unreadable: u64,
    /// Messages that nobody could handle, and what waits behind them.
    pub dead_letters: u64,
    /// What the check has found.
    pub check: Vec<String>,
    /// Whatever else must not be.
    pub broken: Vec<String>,
}

/// The verdict, a line for each promise.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How often each fault has struck.
    pub counts: Counts,
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    is_kept: bool,
    what: String,
    examples: Vec<String>,
}

impl Verdict {
    /// Of what was seen.
    pub fn of(seen: Seen) -> Self {
        let Seen { counts, settled, balance, unreadable, dead_letters, check, broken } = seen;
        let mut lines = vec![];
        let mut line = |is_kept: bool, what: String, examples: Vec<String>| {
            lines.push(Line { is_kept, what, examples });
        };
        let unseen = Kind::ALL.iter().filter(|(kind, _)| !counts.struck.contains_key(kind));
        let unseen: Vec<String> = unseen.map(|(kind, _)| kind.name().into()).collect();
        let kinds = Kind::ALL.len();
        let struck = kinds - unseen.len();
        line(unseen.is_empty(), format!("{struck} of {kinds} kinds of faults have struck"), unseen);
        let Settled { acknowledged, good, confirmed, .. } = settled;
        let is_kept = acknowledged > 0 && settled.settled == acknowledged;
        let what = format!("{} of {acknowledged} acknowledged orders are settled", settled.settled);
        line(is_kept, what, settled.lost.examples);
        let is_kept = confirmed * 100 >= good * CONFIRMED_PERCENT_MIN && confirmed > 0;
        let what = format!("{confirmed} of {good} orders with stock and a good card are confirmed");
        line(is_kept, what, reasons(&settled.undone));
        let mut none = |what: &str, found: Findings| {
            line(found.count == 0, format!("{} {what}", found.count), found.examples);
        };
        none("orders ended otherwise than their customers were told", settled.wrong);
        none("messages were lost", balance.lost);
        none("messages were doubled", balance.doubled);
        none("messages are out of order about their subject", balance.out_of_order);
        line(unreadable == 0, format!("{unreadable} records are no message"), vec![]);
        line(dead_letters == 0, format!("{dead_letters} dead letters and parked messages"), vec![]);
        line(
            check.is_empty(),
            "`orderweaver check --settled` finds all four databases clean".into(),
            check,
        );
        line(broken.is_empty(), format!("{} other things went wrong", broken.len()), broken);
        Self { counts, lines }
    }

    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        self.lines.iter().all(|line| line.is_kept)
    }
}

/// How many were undone for which reason, and when the first and the last of them were ordered.
fn reasons(undone: &[Undone]) -> Vec<String> {
    let mut by_reason = BTreeMap::<&str, Vec<&str>>::new();
    for it in undone {
        by_reason.entry(&it.reason).or_default().push(&it.created_at);
    }
    let of = |(reason, times): (&str, Vec<&str>)| {
        let (first, last) = (times.iter().min()?, times.iter().max()?);
        Some(format!("{} {reason}, ordered from {first} to {last}", times.len()))
    };
    by_reason.into_iter().filter_map(of).collect()
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Line { is_kept, what, examples } in &self.lines {
            writeln!(formatter, "{}  {what}", if *is_kept { "ok    " } else { "BROKEN" })?;
            for example in examples {
                writeln!(formatter, "        {example}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Seen {
        let mut seen = Seen::default();
        seen.counts.struck = Kind::ALL.iter().map(|(kind, _)| (*kind, 1)).collect();
        let settled = &mut seen.settled;
        (settled.acknowledged, settled.settled) = (300, 300);
        (settled.good, settled.confirmed) = (200, 198);
        seen
    }

    fn check(change: impl FnOnce(&mut Seen), broken: &str) {
        let mut seen = good();
        change(&mut seen);
        let verdict = Verdict::of(seen);
        let lines: Vec<&Line> = verdict.lines.iter().filter(|line| !line.is_kept).collect();
        assert!(lines.len() == 1 && lines[0].what.contains(broken), "{lines:?}");
        assert!(!verdict.is_good());
    }

    #[test]
    fn why_good_orders_were_undone_is_told_though_the_promise_is_kept() {
        let mut seen = good();
        let undone = |reason: &str, created_at: &str| Undone {
            reason: reason.into(),
            created_at: created_at.into(),
            ..Undone::default()
        };
        seen.settled.undone = vec![undone("expired", "08:10"), undone("expired", "08:05")];
        let verdict = Verdict::of(seen);
        assert!(verdict.is_good());
        let told = verdict.to_string();
        assert!(told.contains("        2 expired, ordered from 08:05 to 08:10\n"), "{told}");
    }

    #[test]
    fn each_promise_that_is_not_kept_is_told() {
        assert!(Verdict::of(good()).is_good());
        let one = || Findings { count: 1, examples: vec!["this".into()] };
        check(|it| _ = it.counts.struck.remove(&Kind::BrokerKilled), "kinds of faults");
        check(|it| it.settled.settled = 299, "299 of 300 acknowledged");
        check(|it| it.settled.confirmed = 197, "197 of 200 orders");
        check(|it| it.settled.wrong = one(), "ended otherwise");
        check(|it| it.balance.lost = one(), "lost");
        check(|it| it.balance.doubled = one(), "doubled");
        check(|it| it.balance.out_of_order = one(), "out of order");
        check(|it| it.unreadable = 1, "no message");
        check(|it| it.dead_letters = 1, "dead letters");
        check(|it| it.check.push("this".into()), "check");
        check(|it| it.broken.push("this".into()), "other things");
    }
}
