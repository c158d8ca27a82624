//! Which tables are told of which kind of shop, and their columns.

use crate::figures::Figure;
use crate::figures::Figure::{
    AcknowledgedP50, AcknowledgedP99, AcknowledgedP999, Commits, CoresOfOthers, Cpu, Deleted,
    EndMib, GrownKib, IdleCommits, IdleCpu, Inserted, PeakMib, ProbeAfterP50, ProbeBeforeP50,
    Refused, SagasPerSecond, SettledP50, SettledP99, SettledP999, Statements, Syncs, Transactions,
    Updated, WalKib, WrittenKib,
};
use crate::place::Kind;
use crate::report::Measurement;
use crate::report::table::{Table, number};
use crate::who::Who::{
    self, Broker, Databases, Inventory, Load, Orchestrator, Orders, Payments, Provider, Shop,
};

/// A column: its heading, whose figure it is, which, and how many digits after the point.
pub type Column = (&'static str, Option<Who>, Figure, usize);

/// One table, still without figures.
pub struct Sheet {
    /// What it is about.
    pub title: &'static str,
    /// From left to right.
    pub columns: &'static [Column],
    /// What stands for a figure that is not there.
    pub absent: &'static str,
}

impl Sheet {
    /// With a line for each cell of which it has anything to say; none if there is none.
    pub fn filled(&self, cells: &[Measurement]) -> Option<Table> {
        let lines: Vec<_> = cells.iter().filter_map(|cell| self.line(cell)).collect();
        let names = self.columns.iter().map(|(heading, ..)| (*heading).to_string());
        let headings = ["workload".into(), "load".into()].into_iter().chain(names).collect();
        let title = self.title.into();
        (!lines.is_empty()).then_some(Table { title, headings, lines })
    }

    fn line(&self, of: &Measurement) -> Option<Vec<String>> {
        let figures = self.columns.iter().map(|(_, who, figure, digits)| {
            let value = match who {
                None => of.median.get(*figure),
                Some(who) => of.median.get_of(*who, *figure),
            };
            value.map(|value| number(value, *digits))
        });
        let figures: Vec<_> = figures.collect();
        figures.iter().any(Option::is_some).then(|| {
            let cell = [of.cell.workload.name().to_string(), of.cell.load.to_string()];
            let told = figures.into_iter().map(|told| told.unwrap_or_else(|| self.absent.into()));
            cell.into_iter().chain(told).collect()
        })
    }
}

/// The tables of a kind of shop.
pub const fn sheets(kind: Kind) -> &'static [Sheet] {
    match kind {
        Kind::Running | Kind::File => &[SPEED, COST, IDLE],
        Kind::Together => &[SPEED, COST_TOGETHER, DATABASES, IDLE_TOGETHER],
        Kind::Apart => &[SPEED, COST_APART, SERVICES, DATABASES, IDLE_APART],
    }
}

const SPEED: Sheet = Sheet {
    title: "Speed (milliseconds from the intended sending; probe: 4 KiB and fdatasync)",
    columns: &[
        ("sagas/s", None, SagasPerSecond, 0),
        ("refused", None, Refused, 0),
        ("ack p50", None, AcknowledgedP50, 2),
        ("p99", None, AcknowledgedP99, 2),
        ("p99.9", None, AcknowledgedP999, 2),
        ("settled p50", None, SettledP50, 2),
        ("p99", None, SettledP99, 2),
        ("p99.9", None, SettledP999, 2),
        ("probe before", None, ProbeBeforeP50, 2),
        ("after", None, ProbeAfterP50, 2),
        ("cores of others", None, CoresOfOthers, 2),
    ],
    absent: "-",
};

const COST: Sheet = Sheet {
    title: "Cost (per saga; CPU in seconds per 1,000 sagas; each commit is one fsync)",
    columns: &[
        ("CPU server", Some(Shop), Cpu, 3),
        ("provider", Some(Provider), Cpu, 3),
        ("load", Some(Load), Cpu, 3),
        ("KiB written", Some(Shop), WrittenKib, 1),
        ("KiB grown", None, GrownKib, 2),
        ("commits", None, Commits, 3),
        ("MiB peak", Some(Shop), PeakMib, 0),
        ("MiB end", Some(Shop), EndMib, 0),
    ],
    absent: "-",
};

const COST_TOGETHER: Sheet = Sheet {
    title: "Cost (CPU in seconds per 1,000 sagas; memory of the process)",
    columns: &[
        ("CPU server", Some(Shop), Cpu, 3),
        ("database", Some(Databases), Cpu, 3),
        ("provider", Some(Provider), Cpu, 3),
        ("load", Some(Load), Cpu, 3),
        ("MiB peak", Some(Shop), PeakMib, 0),
        ("MiB end", Some(Shop), EndMib, 0),
    ],
    absent: "not measured",
};

const COST_APART: Sheet = Sheet {
    title: "Cost (CPU in seconds per 1,000 sagas)",
    columns: &[
        ("CPU services", Some(Shop), Cpu, 3),
        ("databases", Some(Databases), Cpu, 3),
        ("broker", Some(Broker), Cpu, 3),
        ("provider", Some(Provider), Cpu, 3),
        ("load", Some(Load), Cpu, 3),
    ],
    absent: "not measured",
};

const SERVICES: Sheet = Sheet {
    title: "Each service (CPU in seconds per 1,000 sagas; the most memory that was resident)",
    columns: &[
        ("CPU orders", Some(Orders), Cpu, 3),
        ("payments", Some(Payments), Cpu, 3),
        ("inventory", Some(Inventory), Cpu, 3),
        ("orchestrator", Some(Orchestrator), Cpu, 3),
        ("MiB orders", Some(Orders), PeakMib, 0),
        ("payments", Some(Payments), PeakMib, 0),
        ("inventory", Some(Inventory), PeakMib, 0),
        ("orchestrator", Some(Orchestrator), PeakMib, 0),
    ],
    absent: "not measured",
};

const DATABASES: Sheet = Sheet {
    title: "Databases (per saga, over all sagas of the cell; rounds are those of its window)",
    columns: &[
        ("WAL KiB", None, WalKib, 2),
        ("KiB grown", None, GrownKib, 2),
        ("fsyncs", None, Syncs, 3),
        ("rounds", None, Commits, 3),
        ("transactions", None, Transactions, 3),
        ("statements", None, Statements, 2),
        ("rows inserted", None, Inserted, 1),
        ("updated", None, Updated, 1),
        ("deleted", None, Deleted, 1),
    ],
    absent: "not measured",
};

const IDLE_TITLE: &str = "With nothing to do (percent of a core; commits a minute)";

const IDLE: Sheet = Sheet {
    title: IDLE_TITLE,
    columns: &[("CPU server", Some(Shop), IdleCpu, 2), ("commits/min", None, IdleCommits, 0)],
    absent: "-",
};

const IDLE_TOGETHER: Sheet = Sheet {
    title: IDLE_TITLE,
    columns: &[
        ("CPU server", Some(Shop), IdleCpu, 2),
        ("database", Some(Databases), IdleCpu, 2),
        ("commits/min", None, IdleCommits, 0),
    ],
    absent: "not measured",
};

const IDLE_APART: Sheet = Sheet {
    title: IDLE_TITLE,
    columns: &[
        ("CPU services", Some(Shop), IdleCpu, 2),
        ("databases", Some(Databases), IdleCpu, 2),
        ("broker", Some(Broker), IdleCpu, 2),
        ("commits/min", None, IdleCommits, 0),
    ],
    absent: "not measured",
};
