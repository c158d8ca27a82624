//! One cell of the benchmark: one workload under one load on one server, measured and proved.

use crate::book::Book;
use crate::client::Connection;
use crate::ending::Ending;
use crate::events::Events;
use crate::failure::Failure;
use crate::figures::{Figure, Figures};
use crate::load::{self, Desk, Load};
use crate::measure::fsync::{Probe, probe};
use crate::measure::machine::busy_seconds;
use crate::measure::metrics::counter;
use crate::measure::process::{Memory, Usage};
use crate::server::Addresses;
use crate::workload::{Orders, Workload};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How long what was sent may take to be settled once no more is sent.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
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

/// The server that a cell runs against.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it listens.
    pub addresses: Addresses,
    /// Its process, if it is on this machine.
    pub pid: Option<u32>,
    /// Its data, if it is ours.
    pub data: Option<PathBuf>,
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

/// What a cell has given before it is proved.
pub struct Measured {
    /// What clients saw, and what it cost.
    pub figures: Figures,
    /// Who sent what.
    pub desk: Arc<Desk>,
}

/// One end of a window.
struct Moment {
    at: u64,
    wall: Instant,
    server: Option<Usage>,
    load: Option<Usage>,
    busy: Option<f64>,
    commits: Option<f64>,
}

/// Runs a cell and measures it.
///
/// # Errors
/// The server is lost, or answers what no sound server does.
pub async fn measure(
    cell: Cell,
    target: &Target,
    settings: &Settings,
    ending: &Ending,
) -> Result<Measured, Failure> {
    let before = target.data.as_deref().and_then(|data| probe(data).ok());
    let events = Events::open(&target.addresses.orchestrator, "type=SagaFinished").await.ok();
    let orders = Orders::new(cell.workload, settings.seed);
    let desk = Arc::new(Desk::new(run_name(), orders, events.is_some()));
    if events.is_none() {
        eprintln!("This server has no stream of events: acknowledged counts as settled.");
    }
    let mut told = JoinSet::new();
    if let Some(events) = events {
        let desk = desk.clone();
        told.spawn(async move { Err(desk.listen(events).await) });
    }
    let address = target.addresses.orders.clone();
    told.spawn(load::run(desk.clone(), cell.load, settings.seed, address));
    unless_lost(&mut told, ending.wait(settings.warm_up)).await?;
    let begin = moment(&desk, target).await?;
    unless_lost(&mut told, ending.wait(settings.duration)).await?;
    let end = moment(&desk, target).await?;
    desk.close();
    unless_lost(&mut told, drained(&desk)).await?;
    drop(told);
    if !desk.is_told {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let window = begin.at..end.at;
    let mut figures = desk.book(|book| Figures::of_book(book, &window));
    cost(&mut figures, &begin, &end);
    probes(&mut figures, before, target.data.as_deref().and_then(|data| probe(data).ok()));
    idle(&mut figures, &desk, target, settings, ending).await?;
    if let Some(memory) = target.pid.and_then(Memory::read) {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        figures.set(Figure::PeakMib, mib(memory.peak));
        figures.set(Figure::EndMib, mib(memory.resident));
    }
    Ok(Measured { figures, desk })
}

/// Begins every order id of a run, so that no two runs share one. Letters only: digits in a row
/// might look like a card number.
fn run_name() -> String {
    let letter = |byte: u8| char::from(b'a' + byte % 26);
    let letters: String = uuid::Uuid::new_v4().into_bytes().into_iter().map(letter).collect();
    format!("bench-{letters}")
}

async fn moment(desk: &Desk, target: &Target) -> Result<Moment, Failure> {
    let page = Connection::open(&target.addresses.orders).await?.get("/metrics").await?;
    Ok(Moment {
        at: desk.now(),
        wall: Instant::now(),
        server: target.pid.and_then(Usage::read),
        load: Usage::read(std::process::id()),
        busy: busy_seconds(),
        commits: counter(&String::from_utf8_lossy(&page.body), COMMITS),
    })
}

/// Waits for something, unless the stream or the load fail meanwhile.
async fn unless_lost(
    tasks: &mut JoinSet<Result<(), Failure>>,
    wait: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let mut wait = std::pin::pin!(wait);
    loop {
        tokio::select! {
            () = &mut wait => return Ok(()),
            Some(done) = tasks.join_next() => {
                done.map_err(|error| Failure::new(error, "orderweaver bench"))??;
            }
        }
    }
}

/// Waits until every order is answered and every saga has ended. Whatever has not after a while is
/// told by the proof.
async fn drained(desk: &Desk) {
    let begun = Instant::now();
    while desk.book(Book::open_orders) > 0 && begun.elapsed() < DRAIN_TIMEOUT {
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// What the window has cost, per saga.
fn cost(figures: &mut Figures, begin: &Moment, end: &Moment) {
    let sagas = figures.get(Figure::Sagas).filter(|sagas| *sagas > 0.0);
    let Some(sagas) = sagas else { return };
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
    ending: &Ending,
) -> Result<(), Failure> {
    let begin = moment(desk, target).await?;
    let begin_cpu = target.pid.and_then(Usage::read);
    ending.wait(settings.idle).await;
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
