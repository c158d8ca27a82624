//! Going through the stores of a shop, a slice of subjects at a time: workers read and judge side
//! by side.

use crate::facts::kinds_of;
use crate::parts::{Gathered, Part, backlogs, gather, held_up};
use crate::pass::{Measure, Pass};
use crate::report::{Progress, Report};
use crate::rules::{HeldUp, Moment, nothing_waits};
use crate::statement::{Stated, Statement};
use contracts::ServiceName;
use engine::{Backlog, Queries, Scan, ScanRequest, StoreError, Subjects, Tally, TallyRequest};
use payments::{Payment, payment_key};
use service::Kept as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// Subjects in one slice: a few milliseconds, so that no reader holds the log of a busy store, and
/// not more than fits near a processor.
const SUBJECTS_MAX: u64 = 256;
/// Workers at once, each with a reader of its own.
const WORKERS_MAX: usize = 4;
/// Operations of the provider in one slice.
const STATED_MAX: usize = 1_000;
/// Balances in one slice.
const TALLIES_MAX: usize = 1_000;

/// What to check, and against what.
#[derive(Clone)]
pub struct Plan {
    /// Whether somebody may write meanwhile: then what is summed over several slices can't be
    /// compared, and half of the time is left to whoever writes.
    pub is_live: bool,
    /// Whether everything must have come to its end: then whatever waits is a finding, and a
    /// message that is under way is lost. Nothing may be live.
    pub is_settled: bool,
    /// The provider's books, where there are any.
    pub statement: Option<Arc<dyn Statement>>,
    /// Set to end between two slices.
    pub is_stopped: Arc<AtomicBool>,
    /// Told after each slice.
    pub progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

/// Checks a whole shop, in one store or in several.
///
/// # Errors
/// One of them, or the provider's books, can't be read.
pub async fn run<S: Queries + Clone>(parts: &[Part<S>], plan: Plan) -> Result<Report, StoreError> {
    let backlogs = backlogs(parts).await?;
    let mut backlog = Backlog::default();
    backlogs.iter().for_each(|it| backlog += *it);
    let held_up = held_up(parts).await?;
    let (moment, is_traced) = match moment(parts.len(), &plan, backlog) {
        Moment::Apart => (Moment::Apart, false),
        _ if parts.len() > 1 && matches!(held_up, HeldUp::Anywhere) => (Moment::Busy, false),
        moment => (moment, true),
    };
    let shop = Arc::new(Shop {
        parts: parts.to_vec(),
        held_up,
        moment,
        plan: plan.clone(),
        seen: AtomicU64::new(0),
    });
    let mut pass = Pass::default();
    if plan.is_settled {
        for (part, backlog) in parts.iter().zip(backlogs) {
            nothing_waits(part, backlog, &mut pass.findings);
        }
    }
    for part in 0..parts.len() {
        pass.merge(Walk::through(&shop, part).await?);
    }
    let is_summed = !plan.is_stopped() && !plan.is_live;
    if is_summed {
        for Part { store, services, .. } in parts {
            for service in COUNTING.into_iter().filter(|it| services.contains(it)) {
                add_kept_sums(&mut pass, store, service).await?;
            }
            if services.contains(&ServiceName::Payments) {
                nothing_was_done_unasked(&mut pass, &plan, store).await?;
            }
        }
        pass.totals.hold(&mut pass.findings);
    }
    let unstated = pass.unstated;
    pass.findings.expect(unstated == 0, "operations", || {
        format!("the provider's books are missing; {unstated} operations were asked of it")
    });
    let mut findings = pass.findings;
    findings.kept.sort();
    let is_complete = !plan.is_stopped();
    Ok(Report { findings, counts: pass.counts, backlog, is_complete, is_summed, is_traced })
}

impl Plan {
    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }
}

fn workers(plan: &Plan) -> usize {
    match plan.is_live {
        true => 1,
        false => std::thread::available_parallelism().map_or(1, usize::from).min(WORKERS_MAX),
    }
}

/// With several stores, what is in an outbox is told by the logs: message by message.
fn moment(stores: usize, plan: &Plan, backlog: Backlog) -> Moment {
    let Backlog { hops, parked, .. } = backlog;
    match (plan.is_live, stores) {
        (true, 2..) => Moment::Apart,
        (false, _) if plan.is_settled => Moment::Quiet,
        (false, 2..) if hops == 0 && parked == 0 => Moment::Quiet,
        (false, _) if backlog.is_settled() => Moment::Quiet,
        _ => Moment::Busy,
    }
}

/// What is checked, and against what.
struct Shop<S> {
    parts: Vec<Part<S>>,
    plan: Plan,
    moment: Moment,
    held_up: HeldUp,
    /// How many subjects were judged.
    seen: AtomicU64,
}

/// What the workers share that go through one of the stores.
struct Walk<S> {
    shop: Arc<Shop<S>>,
    /// Which of them.
    part: usize,
    /// The number of the first subject that nobody has taken.
    first: AtomicU64,
    /// Somebody has taken the newest subject, or can't go on.
    is_over: AtomicBool,
}

impl<S: Queries> Walk<S> {
    /// Judges every subject that comes up in this store and in none before it.
    async fn through(shop: &Arc<Shop<S>>, part: usize) -> Result<Pass, StoreError> {
        let (first, is_over) = (AtomicU64::new(1), AtomicBool::new(false));
        let walk = Arc::new(Self { shop: shop.clone(), part, first, is_over });
        let workers = (0..workers(&shop.plan)).map(|_| tokio::spawn(walk.clone().work()));
        let mut pass = Pass::default();
        for worker in workers.collect::<Vec<_>>() {
            let died = |error: tokio::task::JoinError| StoreError::Unavailable(error.to_string());
            pass.merge(worker.await.map_err(died)??);
        }
        Ok(pass)
    }

    async fn work(self: Arc<Self>) -> Result<Pass, StoreError> {
        let done = self.clone().judge_slices().await;
        if done.is_err() {
            self.is_over.store(true, Ordering::Relaxed);
        }
        done
    }

    async fn judge_slices(self: Arc<Self>) -> Result<Pass, StoreError> {
        let Shop { parts, plan, .. } = &*self.shop;
        let mut pass = Pass::default();
        let ends = [&self.is_over, &*plan.is_stopped];
        while !ends.iter().any(|end| end.load(Ordering::Relaxed)) {
            let begun = Instant::now();
            let first = self.first.fetch_add(SUBJECTS_MAX, Ordering::Relaxed);
            let subjects = Subjects::Run { first, subjects_max: SUBJECTS_MAX };
            let Part { store, services } = &parts[self.part];
            let request = ScanRequest { kinds: kinds_of(services), subjects };
            let walk = self.clone();
            pass = if parts.len() == 1 {
                let judge = move |scan: Scan| {
                    let left = walk.come_to(&scan);
                    walk.judge(Gathered::alone(scan), left, pass)
                };
                store.scan(request, judge).await??
            } else {
                let scan = store.scan(request, |scan| scan).await?;
                let left = self.come_to(&scan);
                let gathered = gather(parts, self.part, scan).await?;
                let judged = tokio::task::spawn_blocking(move || walk.judge(gathered, left, pass));
                judged.await.map_err(|error| StoreError::Unavailable(error.to_string()))??
            };
            if plan.is_live {
                tokio::time::sleep(begun.elapsed()).await;
            }
        }
        Ok(pass)
    }

    /// The next slice begins behind this one. About how many subjects are left.
    fn come_to(&self, scan: &Scan) -> u64 {
        match scan.next {
            Some(next) => _ = self.first.fetch_max(next, Ordering::Relaxed), // behind any gap
            None => self.is_over.store(true, Ordering::Relaxed),
        }
        scan.left
    }

    fn judge(&self, slice: Gathered, left: u64, mut pass: Pass) -> Result<Pass, StoreError> {
        let count = slice.subjects.len() as u64;
        let Shop { parts, plan, moment, held_up, seen } = &*self.shop;
        let measure = Measure {
            moment: *moment,
            is_settled: plan.is_settled,
            statement: plan.statement.as_deref(),
            held_up,
            stores: parts.iter().map(|part| (&part.services, part.database())).collect(),
        };
        pass.see(slice, &measure).map_err(StoreError::Unavailable)?;
        let seen = seen.fetch_add(count, Ordering::Relaxed) + count;
        (plan.progress)(Progress { seen, left });
        Ok(pass)
    }
}

/// The services that keep sums of what their records say.
const COUNTING: [ServiceName; 2] = [ServiceName::Payments, ServiceName::Orchestrator];

async fn add_kept_sums(
    pass: &mut Pass,
    store: &impl Queries,
    service: ServiceName,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let request = TallyRequest { service, name: None, after, rows_max: TALLIES_MAX };
        let tallies = store.tallies(request).await?;
        tallies.iter().for_each(|tally| pass.totals.add_kept(tally));
        let Some(Tally { key, .. }) = tallies.into_iter().last() else { return Ok(()) };
        after = Some((key.name, key.unit));
    }
}

/// 4, the other way round: the provider has done nothing that we don't know of. Its books are gone
/// through only where the counts differ.
async fn nothing_was_done_unasked(
    pass: &mut Pass,
    plan: &Plan,
    store: &impl Queries,
) -> Result<(), StoreError> {
    let Some(statement) = &plan.statement else { return Ok(()) };
    if of_books(statement, |books| books.succeeded()).await? == pass.counts.stated {
        return Ok(());
    }
    let mut after = String::new();
    while !plan.is_stopped() {
        let behind = after.clone();
        let page = of_books(statement, move |books| books.page(&behind, STATED_MAX)).await?;
        if page.iter().any(|stated| stated.operation_id == after) {
            let what = format!("the provider's statement doesn't go on behind operation {after}");
            return Err(StoreError::Unavailable(what));
        }
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.operation_id);
        for stated in &page {
            let is_known = knows(store, stated).await?;
            let row = ("operations", stated.operation_id.as_str());
            pass.findings.expect(is_known, row, || {
                format!("the provider has done it for order {}, and nobody asked", stated.order_id)
            });
        }
    }
    Ok(())
}

/// Reads the provider's books, which takes as long as it takes, on a thread that may wait.
async fn of_books<T: Send + 'static>(
    books: &Arc<dyn Statement>,
    read: impl FnOnce(&dyn Statement) -> Result<T, String> + Send + 'static,
) -> Result<T, StoreError> {
    let books = books.clone();
    let read = tokio::task::spawn_blocking(move || read(&*books)).await;
    let read = read.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    read.map_err(StoreError::Unavailable)
}

async fn knows(store: &impl Queries, stated: &Stated) -> Result<bool, StoreError> {
    let stored = store.record(payment_key(&stated.order_id).into()).await?;
    let record = stored.and_then(|it| engine::codec::decode::<payments::Record>(&it.body).ok());
    let payment = record.as_ref().and_then(Payment::of);
    Ok(payment.is_some_and(|it| {
        it.operations.iter().any(|operation| operation.id.as_str() == stated.operation_id)
    }))
}
