//! What is aimed at, beside what was reached.

use crate::figures::Figure;
use crate::load::Load;
use crate::place::Kind;
use crate::report::Measurement;
use crate::report::table::{Table, number};
use crate::who::Who;
use crate::workload::Workload::{self, Invoice, Provider};

/// The load under which latency is aimed at.
const PACE: Load = Load::Open(100);

/// A figure to be reached.
struct Goal {
    name: &'static str,
    aim: Aim,
    measured: fn(&Cells) -> Option<f64>,
    digits: usize,
}

/// On which side of it a figure is to be.
enum Aim {
    AtLeast(f64),
    AtMost(f64),
}
use Aim::{AtLeast, AtMost};

/// The cells of a report in which everything held.
struct Cells<'a>(Vec<&'a Measurement>);

impl Cells<'_> {
    /// The cell of that workload with the most sagas a second.
    fn best(&self, workload: Workload) -> Option<&Measurement> {
        let closed = self.0.iter().filter(|it| matches!(it.cell.load, Load::Closed(_)));
        let ours = closed.filter(|it| it.cell.workload == workload);
        let speed = |it: &Measurement| it.median.get(Figure::SagasPerSecond).unwrap_or_default();
        ours.max_by(|one, other| speed(one).total_cmp(&speed(other))).copied()
    }

    fn at_best(&self, workload: Workload, figure: Figure) -> Option<f64> {
        self.best(workload)?.median.get(figure)
    }

    /// CPU seconds of several where most invoices are paid.
    fn cpu(&self, of: &[Who]) -> Option<f64> {
        let best = &self.best(Invoice)?.median;
        of.iter().map(|who| best.get_of(*who, Figure::Cpu)).sum()
    }

    fn paced(&self, figure: Figure) -> Option<f64> {
        let is_paced = |it: &&&Measurement| (it.cell.workload, it.cell.load) == (Invoice, PACE);
        self.0.iter().find(is_paced)?.median.get(figure)
    }

    /// The highest of all cells and parts.
    fn highest(&self, of: &[Who], figure: Figure) -> Option<f64> {
        let each = self.0.iter().flat_map(|it| of.iter().map(|who| it.median.get_of(*who, figure)));
        each.flatten().reduce(f64::max)
    }
}

/// What is measured and told of in every kind of shop.
const SAGAS: fn(&Cells) -> Option<f64> = |it| it.at_best(Invoice, Figure::SagasPerSecond);
const PROVIDED: fn(&Cells) -> Option<f64> = |it| it.at_best(Provider, Figure::SagasPerSecond);
const P50: fn(&Cells) -> Option<f64> = |it| it.paced(Figure::SettledP50);
const P99: fn(&Cells) -> Option<f64> = |it| it.paced(Figure::SettledP99);
const WAL: fn(&Cells) -> Option<f64> = |it| it.at_best(Invoice, Figure::WalKib);
const SYNCS: fn(&Cells) -> Option<f64> = |it| it.at_best(Invoice, Figure::Syncs);
const IDLE: fn(&Cells) -> Option<f64> = |it| it.highest(&[Who::Shop], Figure::IdleCpu);
const IDLE_COMMITS: fn(&Cells) -> Option<f64> =
    |it| it.0.iter().find_map(|it| it.median.get(Figure::IdleCommits));

const fn goal(
    name: &'static str,
    aim: Aim,
    measured: fn(&Cells) -> Option<f64>,
    digits: usize,
) -> Goal {
    Goal { name, aim, measured, digits }
}

const FILE: &[Goal] = &[
    goal("sagas/s by invoice", AtLeast(10_000.0), SAGAS, 0),
    goal("sagas/s through the provider", AtLeast(6_000.0), PROVIDED, 0),
    goal("CPU s per 1,000 by invoice", AtMost(0.12), |it| it.cpu(&[Who::Shop]), 2),
    goal("settled p50 ms at 100/s", AtMost(2.0), P50, 1),
    goal("settled p99 ms at 100/s", AtMost(5.0), P99, 1),
    goal("KiB grown by invoice", AtMost(3.0), |it| it.at_best(Invoice, Figure::GrownKib), 1),
    goal("fsyncs by invoice", AtMost(0.05), |it| it.at_best(Invoice, Figure::Commits), 2),
    goal("idle: % of a core", AtMost(0.5), IDLE, 2),
    goal("idle: commits a minute", AtMost(0.0), IDLE_COMMITS, 0),
];

const TOGETHER: &[Goal] = &[
    goal("sagas/s by invoice", AtLeast(8_000.0), SAGAS, 0),
    goal("sagas/s through the provider", AtLeast(4_000.0), PROVIDED, 0),
    goal(
        "CPU s per 1,000 by invoice, server and database",
        AtMost(0.14),
        |it| it.cpu(&[Who::Shop, Who::Databases]),
        2,
    ),
    goal("settled p50 ms at 100/s", AtMost(2.0), P50, 1),
    goal("settled p99 ms at 100/s", AtMost(5.0), P99, 1),
    goal("KiB of WAL by invoice", AtMost(4.0), WAL, 1),
    goal("fsyncs by invoice", AtMost(0.05), SYNCS, 2),
    goal("MiB of the process", AtMost(100.0), |it| it.highest(&[Who::Shop], Figure::PeakMib), 0),
];

const APART: &[Goal] = &[
    goal("sagas/s by invoice", AtLeast(3_000.0), SAGAS, 0),
    goal("sagas/s through the provider", AtLeast(2_000.0), PROVIDED, 0),
    goal("CPU s per 1,000 by invoice, services", AtMost(0.2), |it| it.cpu(&[Who::Shop]), 2),
    goal("databases", AtMost(0.28), |it| it.cpu(&[Who::Databases]), 2),
    goal("broker", AtMost(0.12), |it| it.cpu(&[Who::Broker]), 2),
    goal("settled p50 ms at 100/s", AtMost(15.0), P50, 1),
    goal("settled p99 ms at 100/s", AtMost(40.0), P99, 1),
    goal("KiB of WAL by invoice", AtMost(9.0), WAL, 1),
    goal("fsyncs by invoice", AtMost(0.1), SYNCS, 2),
    goal("MiB of a service", AtMost(40.0), |it| it.highest(&Who::SERVICES, Figure::PeakMib), 0),
    goal("idle: % of a core, services", AtMost(2.0), IDLE, 2),
    goal("idle: commits a minute", AtMost(60.0), IDLE_COMMITS, 0),
];

/// The goals of a kind of shop, and what was reached of them; figures of cells in which something
/// was broken don't count.
pub fn goals(kind: Kind, cells: &[Measurement]) -> Option<Table> {
    let goals = match kind {
        _ if cells.is_empty() => return None,
        Kind::Running => return None,
        Kind::File => FILE,
        Kind::Together => TOGETHER,
        Kind::Apart => APART,
    };
    let sound = Cells(cells.iter().filter(|it| it.broken.is_empty()).collect());
    let headings = ["goal", "aim", "measured", "reached"];
    Some(Table {
        title: "Goals (on 2 cores with everything on them; of the best closed loop)".into(),
        headings: headings.map(String::from).to_vec(),
        lines: goals.iter().map(|goal| goal.line(&sound)).collect(),
    })
}

impl Goal {
    fn line(&self, cells: &Cells) -> Vec<String> {
        let measured = (self.measured)(cells);
        let (sign, aim) = match self.aim {
            AtLeast(aim) => (">=", aim),
            AtMost(aim) => ("<=", aim),
        };
        let is_reached = measured.map(|measured| match self.aim {
            AtLeast(aim) => measured >= aim,
            AtMost(aim) => measured <= aim,
        });
        let reached = match is_reached {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        let measured = measured.map_or("not measured".into(), |it| number(it, self.digits));
        vec![
            self.name.into(),
            format!("{sign} {}", number(aim, self.digits)),
            measured,
            reached.into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::goals;
    use crate::cell::Cell;
    use crate::figures::{Figure, Figures};
    use crate::load::Load;
    use crate::place::Kind;
    use crate::report::Measurement;
    use crate::workload::Workload;

    fn cell(clients: usize, sagas: f64, broken: &[&str]) -> Measurement {
        let mut median = Figures::default();
        median.set(Figure::SagasPerSecond, sagas);
        let cell = Cell { workload: Workload::Invoice, load: Load::Closed(clients) };
        let broken = broken.iter().map(|it| (*it).to_string()).collect();
        Measurement { cell, median, runs: vec![], broken }
    }

    fn check(cells: &[Measurement], expected: &[&str]) {
        let table = goals(Kind::Apart, cells).expect("goals");
        assert_eq!(table.lines[0], expected);
    }

    #[test]
    fn a_goal_is_held_against_the_best_cell_in_which_everything_held() {
        let name = "sagas/s by invoice";
        check(&[cell(64, 1.0, &["all"])], &[name, ">= 3,000", "not measured", "-"]);
        let cells = [cell(64, 3_100.0, &[]), cell(256, 2_000.0, &[])];
        check(&cells, &[name, ">= 3,000", "3,100", "yes"]);
        let cells = [cell(64, 3_100.0, &["an order is lost"]), cell(256, 2_000.0, &[])];
        check(&cells, &[name, ">= 3,000", "2,000", "NO"]);
    }
}
