//! What is told of a run: tables, JSON and curves.

pub mod chart;
mod goals;
mod output;
mod sheet;
pub mod table;

use crate::cell::{Cell, Settings};
use crate::figures::{Figure, Figures};
use crate::load::Load;
use crate::measure::machine::Machine;
use crate::place::Setup;
use crate::workload::Workload;
pub use output::Told;

use chart::{Chart, Curve};
use serde::Serialize;
use sheet::sheets;
use table::Table;

/// Everything that was measured, and where.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// When it began; RFC 3339, UTC.
    pub date: String,
    /// Of the server.
    pub version: String,
    /// A build without optimisation tells nothing of speed.
    pub is_debug_build: bool,
    /// Where.
    pub machine: Machine,
    /// What was measured there.
    pub setup: Setup,
    /// How long each part took.
    pub settings: Settings,
    /// In the order of their first runs.
    pub cells: Vec<Measurement>,
}

/// What one cell has given.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// Which.
    #[serde(flatten)]
    pub cell: Cell,
    /// Figure by figure the middle one of all runs; no sagas a second where something is broken.
    pub median: Figures,
    /// Every run.
    pub runs: Vec<Figures>,
    /// What didn't hold.
    pub broken: Vec<String>,
}

impl Report {
    /// A report of nothing yet.
    pub fn new(machine: Machine, setup: Setup, settings: Settings) -> Self {
        Self {
            date: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            version: "unknown".into(),
            is_debug_build: cfg!(debug_assertions),
            machine,
            setup,
            settings,
            cells: vec![],
        }
    }

    /// Adds a run.
    pub fn add(&mut self, cell: Cell, mut figures: Figures, broken: Vec<String>) {
        if !broken.is_empty() {
            figures.set(Figure::SagasPerSecond, 0.0);
        }
        let known = self.cells.iter().position(|it| it.cell == cell);
        let index = known.unwrap_or_else(|| {
            let (median, runs, broken) = Default::default();
            self.cells.push(Measurement { cell, median, runs, broken });
            self.cells.len() - 1
        });
        let measurement = &mut self.cells[index];
        measurement.runs.push(figures);
        measurement.broken.extend(broken);
        measurement.median = Figures::median(&measurement.runs.iter().collect::<Vec<_>>());
        if !measurement.broken.is_empty() {
            measurement.median.set(Figure::SagasPerSecond, 0.0);
        }
    }

    /// Runs of all cells.
    pub fn runs(&self) -> usize {
        self.cells.iter().map(|it| it.runs.len()).sum()
    }

    /// Whether everything held.
    fn holds(&self) -> bool {
        self.cells.iter().all(|it| it.broken.is_empty())
    }

    /// The tables, and everything as a value.
    pub fn told(&self) -> Told {
        // Maps with names as keys and finite numbers: nothing that JSON could not say.
        let value = serde_json::to_value(self).unwrap_or_default();
        let (tables, measured) = (self.tables(), self.runs());
        Told { remarks: vec![], tables, value, is_sound: self.holds(), measured }
    }

    fn tables(&self) -> Vec<Table> {
        let kind = self.setup.kind;
        let sheets = sheets(kind).iter().filter_map(|sheet| sheet.filled(&self.cells));
        sheets.chain(goals::goals(kind, &self.cells)).collect()
    }

    /// Name and picture of every curve there is something to draw of.
    pub fn charts(&self) -> Vec<(&'static str, String)> {
        let clients = |load: Load| match load {
            Load::Closed(clients) => Some(clients as f64),
            Load::Open(_) => None,
        };
        let rate = |load: Load| match load {
            Load::Open(rate) => Some(f64::from(rate)),
            Load::Closed(_) => None,
        };
        let latencies = [Figure::SettledP50, Figure::SettledP99];
        let charts = [
            (
                "throughput",
                ("Sagas settled per second", "clients", "sagas/s"),
                self.curves(clients, &[Figure::SagasPerSecond]),
            ),
            (
                "latency-by-clients",
                ("From sending to settled", "clients", "milliseconds"),
                self.curves(clients, &latencies),
            ),
            (
                "latency-by-rate",
                ("From intended sending to settled", "orders/s", "milliseconds"),
                self.curves(rate, &latencies),
            ),
        ];
        let draw = |(name, (title, right, up), curves): (_, (&str, &str, &str), _)| {
            let (title, right, up) = (title.into(), right.into(), up.into());
            Some((name, Chart { title, right, up, curves }.svg()?))
        };
        charts.into_iter().filter_map(draw).collect()
    }

    /// A curve for each workload and figure.
    fn curves(&self, across: impl Fn(Load) -> Option<f64>, figures: &[Figure]) -> Vec<Curve> {
        let workloads = [Workload::Invoice, Workload::Provider, Workload::Hot, Workload::Wide];
        let wanted =
            workloads.iter().flat_map(|workload| figures.iter().map(move |it| (workload, it)));
        let curve = |(workload, figure): (&Workload, &Figure)| {
            let ours = self.cells.iter().filter(|it| it.cell.workload == *workload);
            let points = ours.filter_map(|it| {
                let value = it.median.get(*figure).filter(|value| *value > 0.0)?;
                Some((across(it.cell.load)?, value))
            });
            let percentile = match figure {
                Figure::SettledP50 => " p50",
                Figure::SettledP99 => " p99",
                _ => "",
            };
            let name = format!("{}{percentile}", workload.name());
            Curve { name, points: points.collect() }
        };
        wanted.map(curve).filter(|curve| !curve.points.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::cell::{Cell, Settings};
    use crate::figures::{Figure, Figures};
    use crate::load::Load;
    use crate::measure::machine::Machine;
    use crate::place::{Kind, Setup};
    use crate::workload::Workload;

    fn report() -> Report {
        let machine = Machine {
            cpu: "a".into(),
            cores: 2,
            memory_mib: 1,
            kernel: "b".into(),
            file_system: "c".into(),
        };
        let settings = Settings { warm_up: 1.0, duration: 1.0, idle: 0.0, seed: 1 };
        let setup = Setup { kind: Kind::File, durability: None, run: None };
        Report::new(machine, setup, settings)
    }

    fn sagas(count: f64) -> Figures {
        let mut figures = Figures::default();
        figures.set(Figure::SagasPerSecond, count);
        figures
    }

    const CELL: Cell = Cell { workload: Workload::Invoice, load: Load::Closed(8) };

    #[test]
    fn several_runs_of_a_cell_are_told_by_their_median() {
        let mut report = report();
        for count in [10.0, 30.0, 20.0] {
            report.add(CELL, sagas(count), vec![]);
        }
        let speed = &report.tables()[0];
        assert_eq!(speed.lines.len(), 1);
        assert_eq!(&speed.lines[0][..3], ["invoice", "8 clients", "20"]);
        assert!(report.holds());
    }

    #[test]
    fn one_broken_run_makes_the_score_of_its_cell_zero() {
        let mut report = report();
        report.add(CELL, sagas(10.0), vec![]);
        report.add(CELL, sagas(30.0), vec!["an order is lost".into()]);
        report.add(CELL, sagas(20.0), vec![]);
        assert_eq!(report.cells[0].median.get(Figure::SagasPerSecond), Some(0.0));
        assert!(!report.holds());
    }

    #[test]
    fn only_what_was_measured_is_drawn() {
        let mut report = report();
        assert!(report.charts().is_empty());
        report.add(CELL, sagas(10.0), vec![]);
        let names: Vec<_> = report.charts().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["throughput"]);
    }
}
