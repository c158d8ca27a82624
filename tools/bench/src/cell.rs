//! One cell of the benchmark: one workload under one load on one server, measured and proved.

use crate::cost::{self, Moment};
use crate::figures::{Figure, Figures};
use crate::ground::Target;
use crate::load::{self, Desk, Load};
use crate::measure::fsync::{Probe, probe};
use crate::measure::metrics::counter;
use crate::measure::statistics::{self, Statistics};
use crate::site::Site;
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
    pub fn on(page: &str) -> Self {
        let ended = |how| counter(page, ENDED, &format!("outcome=\"{how}\"")).unwrap_or_default();
        Self { completed: ended("completed") as u64, compensated: ended("compensated") as u64 }
    }

    /// Until now.
    ///
    /// # Errors
    /// The server doesn't tell.
    pub async fn read(target: &Target) -> Result<Self, Failure> {
        Ok(Self::on(&target.metrics().await?))
    }

    /// Those after an earlier moment.
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            completed: self.completed.saturating_sub(earlier.completed),
            compensated: self.compensated.saturating_sub(earlier.compensated),
        }
    }

    /// However they ended.
    pub const fn sum(self) -> u64 {
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
    let orders = Orders::new(cell.workload, settings.seed);
    let desk = Arc::new(Desk::new(orders, cell.load, target.is_apart()));
    let databases = target.site.as_ref().and_then(Site::databases);
    let mut figures = Figures::default();
    if settings.idle > 0.0 {
        idle(&mut figures, &desk, target, settings, interrupt).await?;
    }
    let probed_before = disk(target);
    let done_before = match databases {
        Some(databases) => Some(Statistics::at_rest(databases).await?),
        None => None,
    };
    let mut clients = load::start(&desk, settings.seed, &target.addresses.orders).await?;
    load::unless_lost(&mut clients, interrupt.wait(Duration::from_secs_f64(settings.warm_up)))
        .await?;
    if interrupt.is_asked() {
        return Ok(None);
    }
    let begin = Moment::now(&desk, target).await?;
    load::unless_lost(&mut clients, interrupt.wait(Duration::from_secs_f64(settings.duration)))
        .await?;
    let end = Moment::now(&desk, target).await?;
    desk.close();
    load::unless_lost(&mut clients, desk.drained()).await?;
    drop(clients);
    settled(&desk, target, ends_before).await?;
    desk.book(|book| figures.see(book, &(begin.at..end.at)));
    cost::of_window(&mut figures, &begin, &end);
    cost::of_memory(&mut figures, target);
    probes(&mut figures, probed_before, disk(target));
    if let (Some(databases), Some(before)) = (databases, done_before) {
        let done = Statistics::at_rest(databases).await?.since(&before);
        cost::of_databases(&mut figures, &done, desk.book(|book| book.taken().count()) as f64);
    }
    Ok(Some((figures, desk)))
}

/// How fast the disk is under the files of a shop of ours.
fn disk(target: &Target) -> Option<Probe> {
    probe(&target.site.as_ref()?.folder).ok()
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

fn probes(figures: &mut Figures, before: Option<Probe>, after: Option<Probe>) {
    let ms = |micros: u64| micros as f64 / 1e3;
    figures.set(Figure::ProbeBeforeP50, before.map(|probe| ms(probe.p50)));
    figures.set(Figure::ProbeBeforeP99, before.map(|probe| ms(probe.p99)));
    figures.set(Figure::ProbeAfterP50, after.map(|probe| ms(probe.p50)));
    figures.set(Figure::ProbeAfterP99, after.map(|probe| ms(probe.p99)));
}

/// What the shop does when nobody has asked it for anything yet.
async fn idle(
    figures: &mut Figures,
    desk: &Desk,
    target: &Target,
    settings: &Settings,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let databases = target.site.as_ref().and_then(Site::databases);
    if databases.is_some() {
        // What was done to start is told by then.
        interrupt.wait(statistics::TOLD_AFTER_MAX).await;
    }
    let told = || async {
        match databases {
            Some(databases) => Statistics::read(databases).await.map(Some),
            None => Ok(None),
        }
    };
    let (begin, done_before) = (Moment::now(desk, target).await?, told().await?);
    interrupt.wait(Duration::from_secs_f64(settings.idle)).await;
    let (end, done) = (Moment::now(desk, target).await?, told().await?);
    let done = done.zip(done_before).map(|(done, before)| done.since(&before));
    cost::of_idleness(figures, (&begin, &end), done.as_ref());
    Ok(())
}
