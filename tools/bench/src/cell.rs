//! One cell of the benchmark: one workload under one load on one server, measured and proved.

use crate::client::Connection;
use crate::figures::{Figure, Figures};
use crate::ground::Target;
use crate::load::{self, Desk, Load};
use crate::measure::fsync::{Probe, probe};
use crate::measure::machine::busy_seconds;
use crate::measure::metrics::counter;
use crate::measure::process::{Memory, Usage};
use crate::workload::{Orders, Workload};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use terminal::{Failure, Interrupt};

/// Sagas that came to an end, as the server counts them.
const ENDED: &str = "orderweaver_sagas_finished_total";
/// How long sagas may take to end once every order is answered.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// Commits of the store, as the server counts them.
const COMMITS: &str = "orderweaver_rounds_total";

/// One workload under one load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cell {
    /// What is ordered.
    pub workload: Workload,
    /// How it is sent.
    pub load: Load,
}

/// How long each part takes, and what chance is made of.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Settings {
    /// Seconds before the window.
    pub warm_up: f64,
    /// Seconds of the window.
    pub duration: f64,
    /// Seconds with nothing to do.
    pub idle: f64,
    /// Makes the orders and their times.
    pub seed: u64,
}

/// One end of a window.
struct Moment {
    at: u64,
    wall: Instant,
    server: Option<Usage>,
    load: Option<Usage>,
    busy: Option<f64>,
    commits: Option<f64>,
    ends: Ends,
}

/// Sagas that have ended, as the server counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// As it was wished.
    pub completed: u64,
    /// With everything undone.
    pub compensated: u64,
}

impl Ends {
    /// On a page of metrics.
    fn on(page: &str) -> Self {
        let ended = |how| counter(page, ENDED, &format!("outcome=\"{how}\"")).unwrap_or_default();
        Self { completed: ended("completed") as u64, compensated: ended("compensated") as u64 }
    }

    /// Until now.
    ///
    /// # Errors
    /// The server doesn't tell.
    pub async fn read(target: &Target) -> Result<Self, Failure> {
        let page = Connection::open(&target.addresses.orders).await?.get("/metrics").await?;
        Ok(Self::on(&page.text()))
    }

    /// Those after an earlier moment.
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            completed: self.completed.saturating_sub(earlier.completed),
            compensated: self.compensated.saturating_sub(earlier.compensated),
        }
    }

    const fn sum(self) -> u64 {
        self.completed + self.compensated
    }
}

/// Runs a cell: what clients saw and what it cost, and who sent what; nothing if it was asked to
/// end before there was anything to measure.
///
/// # Errors
/// The server is lost, or answers what no sound server does.
pub async fn measure(
    cell: Cell,
    target: &Target,
    settings: &Settings,
    interrupt: &Interrupt,
    ends_before: Ends,
) -> Result<Option<(Figures, Arc<Desk>)>, Failure> {
    let before = target.data.as_deref().and_then(|data| probe(data).ok());
    let desk = Arc::new(Desk::new(Orders::new(cell.workload, settings.seed), cell.load));
    let mut clients = load::start(&desk, settings.seed, &target.addresses.orders).await?;
    load::unless_lost(&mut clients, interrupt.wait(Duration::from_secs_f64(settings.warm_up)))
        .await?;
    if interrupt.is_asked() {
        return Ok(None);
    }
    let begin = moment(&desk, target).await?;
    load::unless_lost(&mut clients, interrupt.wait(Duration::from_secs_f64(settings.duration)))
        .await?;
    let end = moment(&desk, target).await?;
    desk.close();
    load::unless_lost(&mut clients, desk.drained()).await?;
    drop(clients);
    settled(&desk, target, ends_before).await?;
    let window = begin.at..end.at;
    let mut figures = desk.book(|book| Figures::of_book(book, &window));
    cost(&mut figures, &begin, &end);
    probes(&mut figures, before, target.data.as_deref().and_then(|data| probe(data).ok()));
    idle(&mut figures, &desk, target, settings, interrupt).await?;
    if let Some(memory) = target.pid.and_then(Memory::read) {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        figures.set(Figure::PeakMib, mib(memory.peak));
        figures.set(Figure::EndMib, mib(memory.resident));
    }
    Ok(Some((figures, desk)))
}

async fn moment(desk: &Desk, target: &Target) -> Result<Moment, Failure> {
    let page = Connection::open(&target.addresses.orders).await?.get("/metrics").await?;
    Ok(Moment {
        at: desk.now(),
        wall: Instant::now(),
        server: target.pid.and_then(Usage::read),
        load: Usage::read(std::process::id()),
        busy: busy_seconds(),
        commits: counter(&page.text(), COMMITS, ""),
        ends: Ends::on(&page.text()),
    })
}

/// Waits until the sagas of all orders have ended. Whatever has not after a while is told by the
/// proof.
async fn settled(desk: &Desk, target: &Target, before: Ends) -> Result<(), Failure> {
    let (begun, taken) = (Instant::now(), desk.book(|book| book.taken().count()));
    while Ends::read(target).await?.since(before).sum() < taken as u64
        && begun.elapsed() < SETTLE_TIMEOUT
    {
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

/// How many sagas have ended in the window, and what that has cost.
fn cost(figures: &mut Figures, begin: &Moment, end: &Moment) {
    let sagas = end.ends.since(begin.ends).sum() as f64;
    figures.set(Figure::Sagas, sagas);
    figures.set(Figure::SagasPerSecond, sagas / (end.wall - begin.wall).as_secs_f64());
    if sagas == 0.0 {
        return;
    }
    let mut known = 0.0;
    if let (Some(before), Some(after)) = (&begin.server, &end.server) {
        let cpu = after.cpu_since(before);
        known += cpu.server + cpu.provider;
        figures.set(Figure::CpuServer, cpu.server / sagas * 1e3);
        figures.set(Figure::CpuProvider, cpu.provider / sagas * 1e3);
        let written = after.written_since(before);
        figures.set(Figure::WrittenKib, written.map(|it| it as f64 / 1_024.0 / sagas));
    }
    if let (Some(before), Some(after)) = (&begin.load, &end.load) {
        let load = after.cpu_since(before).server;
        known += load;
        figures.set(Figure::CpuLoad, load / sagas * 1e3);
    }
    let seconds = (end.wall - begin.wall).as_secs_f64();
    let busy = end.busy.zip(begin.busy).map(|(end, begin)| end - begin);
    figures.set(Figure::CoresOfOthers, busy.map(|busy| (busy - known).max(0.0) / seconds));
    let commits = end.commits.zip(begin.commits).map(|(end, begin)| end - begin);
    figures.set(Figure::Commits, commits.map(|commits| commits / sagas));
}

fn probes(figures: &mut Figures, before: Option<Probe>, after: Option<Probe>) {
    let ms = |micros: u64| micros as f64 / 1e3;
    figures.set(Figure::ProbeBeforeP50, before.map(|probe| ms(probe.p50)));
    figures.set(Figure::ProbeBeforeP99, before.map(|probe| ms(probe.p99)));
    figures.set(Figure::ProbeAfterP50, after.map(|probe| ms(probe.p50)));
    figures.set(Figure::ProbeAfterP99, after.map(|probe| ms(probe.p99)));
}

/// What the server does when nobody asks it for anything.
async fn idle(
    figures: &mut Figures,
    desk: &Desk,
    target: &Target,
    settings: &Settings,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let begin = moment(desk, target).await?;
    let begin_cpu = target.pid.and_then(Usage::read);
    interrupt.wait(Duration::from_secs_f64(settings.idle)).await;
    let end_cpu = target.pid.and_then(Usage::read);
    let end = moment(desk, target).await?;
    let seconds = (end.wall - begin.wall).as_secs_f64();
    let cpu = end_cpu.zip(begin_cpu).map(|(end, begin)| end.cpu_since(&begin));
    let cpu = cpu.map(|cpu| (cpu.server + cpu.provider) / seconds * 1e2);
    let commits = end.commits.zip(begin.commits).map(|(end, begin)| end - begin);
    if settings.idle > 0.0 {
        figures.set(Figure::IdleCpu, cpu);
        figures.set(Figure::IdleCommits, commits.map(|commits| commits / seconds * 60.0));
    }
    Ok(())
}
