//! The figures of a run: which there are, in what unit, and how several runs become one.

use crate::book::{Book, Latencies};
use crate::who::Who;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::ops::Range;

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Sagas that ended in a second; zero where something was broken.
    SagasPerSecond,
    /// Sagas that ended in the window.
    Sagas,
    /// Orders that were answered with 429 or 503.
    Refused,
    /// Milliseconds from the intended sending to the acknowledgement; half of them took less.
    AcknowledgedP50,
    /// The same; 99 of 100 took less.
    AcknowledgedP99,
    /// The same; 999 of 1,000 took less.
    AcknowledgedP999,
    /// Milliseconds from the intended sending to the end of the saga; half of them took less.
    SettledP50,
    /// The same; 99 of 100 took less.
    SettledP99,
    /// The same; 999 of 1,000 took less.
    SettledP999,
    /// CPU seconds per 1,000 sagas; of somebody.
    Cpu,
    /// Cores that everything else on the machine was using.
    CoresOfOthers,
    /// KiB that somebody caused to be written, per saga.
    WrittenKib,
    /// KiB by which the store has grown once the shop has ended, per saga.
    GrownKib,
    /// Rounds that were committed per saga. On a file each is one `fsync`.
    Commits,
    /// Bytes of the database server's write-ahead log in KiB, per saga.
    WalKib,
    /// How often the database server synced its write-ahead log, per saga.
    Syncs,
    /// Transactions that the databases committed per saga, those included that only read.
    Transactions,
    /// Statements that the databases got per saga, those included that begin and end transactions.
    Statements,
    /// Rows that were inserted per saga.
    Inserted,
    /// Rows that were updated per saga.
    Updated,
    /// Rows that were deleted per saga.
    Deleted,
    /// The most memory of somebody that was ever resident, in MiB.
    PeakMib,
    /// Memory of somebody that is resident when all is settled, in MiB.
    EndMib,
    /// Percent of a core that somebody uses with nothing to do.
    IdleCpu,
    /// Commits a minute with nothing to do, those included that only read.
    IdleCommits,
    /// Milliseconds of appending 4 KiB and `fdatasync` before the run; half of them took less.
    ProbeBeforeP50,
    /// The same; 99 of 100 took less.
    ProbeBeforeP99,
    /// The same after the run; half of them took less.
    ProbeAfterP50,
    /// The same after the run; 99 of 100 took less.
    ProbeAfterP99,
}

/// The figures of a run, some of them of somebody. What this system doesn't tell is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures(BTreeMap<(Option<Who>, Figure), f64>);

impl Figures {
    /// Notes a figure, if there is one.
    pub fn set(&mut self, figure: Figure, value: impl Into<Option<f64>>) {
        self.put(None, figure, value);
    }

    /// Notes a figure of somebody, if there is one.
    pub fn set_of(&mut self, who: Who, figure: Figure, value: impl Into<Option<f64>>) {
        self.put(Some(who), figure, value);
    }

    fn put(&mut self, who: Option<Who>, figure: Figure, value: impl Into<Option<f64>>) {
        if let Some(value) = value.into() {
            self.0.insert((who, figure), value);
        }
    }

    /// A figure.
    pub fn get(&self, figure: Figure) -> Option<f64> {
        self.0.get(&(None, figure)).copied()
    }

    /// A figure of somebody.
    pub fn get_of(&self, who: Who, figure: Figure) -> Option<f64> {
        self.0.get(&(Some(who), figure)).copied()
    }

    /// Notes what clients saw in that time.
    pub fn see(&mut self, book: &Book, window: &Range<u64>) {
        self.set(Figure::Refused, book.refused() as f64);
        let acknowledged = [
            (Figure::AcknowledgedP50, 500),
            (Figure::AcknowledgedP99, 990),
            (Figure::AcknowledgedP999, 999),
        ];
        self.latencies(&book.to_acknowledged(window), acknowledged);
        let settled =
            [(Figure::SettledP50, 500), (Figure::SettledP99, 990), (Figure::SettledP999, 999)];
        self.latencies(&book.to_settled(window), settled);
    }

    fn latencies(&mut self, latencies: &Latencies, wanted: [(Figure, usize); 3]) {
        for (figure, permille) in wanted {
            self.set(figure, latencies.permille(permille).map(|micros| micros as f64 / 1e3));
        }
    }

    /// Figure by figure the one in the middle.
    pub fn median(runs: &[&Self]) -> Self {
        let mut all: BTreeMap<(Option<Who>, Figure), Vec<f64>> = BTreeMap::new();
        for (figure, value) in runs.iter().flat_map(|run| &run.0) {
            all.entry(*figure).or_default().push(*value);
        }
        Self(
            all.into_iter()
                .filter_map(|(figure, values)| Some((figure, median(values)?)))
                .collect(),
        )
    }
}

impl Serialize for Figures {
    /// By name, and of somebody by theirs.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Default, Serialize)]
        struct Named {
            #[serde(flatten)]
            whole: BTreeMap<Figure, f64>,
            of: BTreeMap<Who, BTreeMap<Figure, f64>>,
        }
        let mut named = Named::default();
        for ((who, figure), value) in &self.0 {
            let figures = match who {
                None => &mut named.whole,
                Some(who) => named.of.entry(*who).or_default(),
            };
            figures.insert(*figure, *value);
        }
        named.serialize(serializer)
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => Some(f64::midpoint(*values.get(middle.checked_sub(1)?)?, values[middle])),
        _ => values.get(middle).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Figure, Figures, median};
    use crate::who::Who;

    fn check(values: &[f64], expected: Option<f64>) {
        assert_eq!(median(values.to_vec()), expected, "{values:?}");
    }

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        check(&[], None);
        check(&[3.0], Some(3.0));
        check(&[9.0, 1.0], Some(5.0));
        check(&[9.0, 1.0, 2.0], Some(2.0));
    }

    #[test]
    fn a_figure_that_some_runs_lack_is_the_median_of_the_others() {
        let (mut one, mut other) = (Figures::default(), Figures::default());
        one.set(Figure::Commits, 1.0);
        one.set_of(Who::Broker, Figure::Cpu, 10.0);
        other.set(Figure::Commits, 3.0);
        let median = Figures::median(&[&one, &other]);
        assert_eq!(median.get(Figure::Commits), Some(2.0));
        assert_eq!(median.get_of(Who::Broker, Figure::Cpu), Some(10.0));
        assert_eq!(median.get_of(Who::Load, Figure::Cpu), None);
    }

    #[test]
    fn what_is_somebody_s_stands_under_their_name() {
        let mut figures = Figures::default();
        figures.set(Figure::Commits, 1.0);
        figures.set_of(Who::Broker, Figure::Cpu, 2.0);
        let expected = serde_json::json!({ "commits": 1.0, "of": { "broker": { "cpu": 2.0 } } });
        assert_eq!(serde_json::to_value(figures).expect("JSON"), expected);
    }
}
