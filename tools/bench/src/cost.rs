//! What a span of time has cost, and whom.

use crate::cell::Ends;
use crate::figures::{Figure, Figures};
use crate::ground::Target;
use crate::load::Desk;
use crate::measure::machine::busy_seconds;
use crate::measure::metrics::counter;
use crate::measure::process::{Memory, Usage};
use crate::measure::statistics::Statistics;
use crate::measure::tree;
use crate::process::Role;
use crate::who::Who;
use std::collections::BTreeMap;
use std::time::Instant;
use terminal::Failure;

/// Commits of the store, as the shop counts them.
const COMMITS: &str = "orderweaver_rounds_total";

/// One end of a span of time.
pub struct Moment {
    /// Microseconds since the desk was opened.
    pub at: u64,
    wall: Instant,
    services: Vec<(Role, Option<Usage>)>,
    load: Option<Usage>,
    /// CPU seconds of servers that are none of ours.
    servers: BTreeMap<Who, f64>,
    busy: Option<f64>,
    commits: Option<f64>,
    ends: Ends,
}

/// What was used between two moments.
struct Spent {
    seconds: f64,
    cpu: BTreeMap<Who, f64>,
    written_bytes: Option<u64>,
    busy: Option<f64>,
    commits: Option<f64>,
    sagas: f64,
}

impl Moment {
    /// Now.
    ///
    /// # Errors
    /// The shop doesn't tell.
    pub async fn now(desk: &Desk, target: &Target) -> Result<Self, Failure> {
        let page = target.metrics().await?;
        let processes = target.shop.iter().flat_map(|shop| &shop.processes);
        let servers = target.servers().into_iter();
        Ok(Self {
            at: desk.now(),
            wall: Instant::now(),
            services: processes.map(|it| (it.role, Usage::read(it.pid()))).collect(),
            load: Usage::read(std::process::id()),
            servers: servers
                .filter_map(|(who, pid)| Some((who, tree::cpu_seconds(pid?)?)))
                .collect(),
            busy: busy_seconds(),
            commits: counter(&page, COMMITS, ""),
            ends: Ends::on(&page),
        })
    }

    fn spent_since(&self, begin: &Self) -> Spent {
        let mut cpu = BTreeMap::new();
        let mut written_bytes = Some(0);
        for ((role, after), (_, before)) in self.services.iter().zip(&begin.services) {
            let (Some(after), Some(before)) = (after, before) else { continue };
            let used = after.cpu_since(before);
            if *role != Role::All {
                cpu.insert(Who::from(*role), used.server);
            }
            *cpu.entry(Who::Shop).or_default() += used.server;
            *cpu.entry(Who::Provider).or_default() += used.provider;
            written_bytes = written_bytes.zip(after.written_since(before)).map(|(a, b)| a + b);
        }
        if let (Some(after), Some(before)) = (&self.load, &begin.load) {
            cpu.insert(Who::Load, after.cpu_since(before).server);
        }
        for (who, after) in &self.servers {
            if let Some(before) = begin.servers.get(who) {
                cpu.insert(*who, after - before);
            }
        }
        let between = |now: Option<f64>, then: Option<f64>| Some(now? - then?);
        Spent {
            seconds: (self.wall - begin.wall).as_secs_f64(),
            cpu,
            written_bytes: written_bytes.filter(|_| !self.services.is_empty()),
            busy: between(self.busy, begin.busy),
            commits: between(self.commits, begin.commits),
            sagas: self.ends.since(begin.ends).sum() as f64,
        }
    }
}

/// How many sagas have ended in a window, and what that has cost.
pub fn of_window(figures: &mut Figures, begin: &Moment, end: &Moment) {
    let Spent { seconds, cpu, written_bytes, busy, commits, sagas } = end.spent_since(begin);
    figures.set(Figure::Sagas, sagas);
    figures.set(Figure::SagasPerSecond, sagas / seconds);
    if sagas == 0.0 {
        return;
    }
    for (who, cpu) in &cpu {
        figures.set_of(*who, Figure::Cpu, cpu / sagas * 1e3);
    }
    let written = written_bytes.map(|bytes| bytes as f64 / 1_024.0 / sagas);
    figures.set_of(Who::Shop, Figure::WrittenKib, written);
    // What each service has used is in what the shop has.
    let known: f64 =
        cpu.iter().filter(|(who, _)| !Who::SERVICES.contains(who)).map(|it| it.1).sum();
    figures.set(Figure::CoresOfOthers, busy.map(|busy| (busy - known).max(0.0) / seconds));
    figures.set(Figure::Commits, commits.map(|commits| commits / sagas));
}

/// What is used with nothing to do.
pub fn of_idleness(
    figures: &mut Figures,
    (begin, end): (&Moment, &Moment),
    statistics: Option<&Statistics>,
) {
    let Spent { seconds, cpu, commits, .. } = end.spent_since(begin);
    for (who, cpu) in cpu {
        figures.set_of(who, Figure::IdleCpu, cpu / seconds * 1e2);
    }
    let commits = statistics.map(|it| it.transactions).or(commits);
    figures.set(Figure::IdleCommits, commits.map(|commits| commits / seconds * 60.0));
}

/// What databases have done for so many sagas.
pub fn of_databases(figures: &mut Figures, done: &Statistics, sagas: f64) {
    let each = |count: f64| count / sagas.max(1.0);
    figures.set(Figure::WalKib, each(done.wal_bytes / 1_024.0));
    figures.set(Figure::Syncs, each(done.syncs));
    figures.set(Figure::Transactions, each(done.transactions));
    figures.set(Figure::Statements, done.statements.map(each));
    figures.set(Figure::Inserted, each(done.inserted));
    figures.set(Figure::Updated, each(done.updated));
    figures.set(Figure::Deleted, each(done.deleted));
}

/// The memory of the processes of a shop of our own.
pub fn of_memory(figures: &mut Figures, target: &Target) {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    for process in target.shop.iter().flat_map(|shop| &shop.processes) {
        if let Some(memory) = Memory::read(process.pid()) {
            let who = Who::from(process.role);
            figures.set_of(who, Figure::PeakMib, mib(memory.peak));
            figures.set_of(who, Figure::EndMib, mib(memory.resident));
        }
    }
}
