//! Going through a store, a slice of subjects at a time: workers read and judge side by side.

use crate::facts::kinds;
use crate::pass::{Measure, Pass};
use crate::report::{Progress, Report};
use crate::rules::Moment;
use crate::statement::{Stated, Statement};
use contracts::ServiceName;
use engine::{Queries, Scan, ScanRequest, StoreError, Tally, TallyRequest};
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
    /// The provider's books, where there are any.
    pub statement: Option<Arc<dyn Statement>>,
    /// Set to end between two slices.
    pub is_stopped: Arc<AtomicBool>,
    /// Told after each slice.
    pub progress: Arc<dyn Fn(Progress) + Send + Sync>,
}

/// Checks a whole store.
///
/// # Errors
/// It, or the provider's books, can't be read.
pub async fn run<S: Queries + Clone>(store: &S, plan: Plan) -> Result<Report, StoreError> {
    let backlog = store.backlog().await?;
    let is_quiet = !plan.is_live && backlog.is_settled();
    let walk = Arc::new(Walk {
        store: store.clone(),
        moment: if is_quiet { Moment::Quiet } else { Moment::Busy },
        plan: plan.clone(),
        first: AtomicU64::new(1),
        seen: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
    });
    let workers: Vec<_> = (0..workers(&plan)).map(|_| tokio::spawn(walk.clone().work())).collect();
    let mut pass = Pass::default();
    for worker in workers {
        let died = |error: tokio::task::JoinError| StoreError::Unavailable(error.to_string());
        pass.merge(worker.await.map_err(died)??);
    }
    let is_complete = !plan.is_stopped.load(Ordering::Relaxed);
    let is_summed = is_complete && !plan.is_live;
    if is_summed {
        add_kept_balances(&mut pass, store).await?;
        pass.totals.hold(&mut pass.findings);
        nothing_was_done_unasked(&mut pass, &plan, store).await?;
    }
    let unstated = pass.unstated;
    pass.findings.expect(unstated == 0, "operations", || {
        format!("the provider's books are missing; {unstated} operations were asked of it")
    });
    let mut findings = pass.findings;
    findings.kept.sort();
    Ok(Report { findings, counts: pass.counts, backlog, is_complete, is_summed })
}

fn workers(plan: &Plan) -> usize {
    match plan.is_live {
        true => 1,
        false => std::thread::available_parallelism().map_or(1, usize::from).min(WORKERS_MAX),
    }
}

/// What the workers share.
struct Walk<S> {
    store: S,
    plan: Plan,
    moment: Moment,
    /// The number of the first subject that nobody has taken.
    first: AtomicU64,
    /// How many subjects were judged.
    seen: AtomicU64,
    /// Somebody has taken the newest subject, or can't go on.
    is_over: AtomicBool,
}

impl<S: Queries> Walk<S> {
    async fn work(self: Arc<Self>) -> Result<Pass, StoreError> {
        let done = self.clone().judge_slices().await;
        if done.is_err() {
            self.is_over.store(true, Ordering::Relaxed);
        }
        done
    }

    async fn judge_slices(self: Arc<Self>) -> Result<Pass, StoreError> {
        let mut pass = Pass::default();
        let ends = [&self.is_over, &*self.plan.is_stopped];
        while !ends.iter().any(|end| end.load(Ordering::Relaxed)) {
            let begun = Instant::now();
            let first = self.first.fetch_add(SUBJECTS_MAX, Ordering::Relaxed);
            let request = ScanRequest { kinds: kinds(), first, subjects_max: SUBJECTS_MAX };
            let walk = self.clone();
            pass = self.store.scan(request, move |scan| walk.judge(scan, pass)).await??;
            if self.plan.is_live {
                tokio::time::sleep(begun.elapsed()).await;
            }
        }
        Ok(pass)
    }

    fn judge(&self, scan: Scan, mut pass: Pass) -> Result<Pass, StoreError> {
        match scan.next {
            Some(next) => _ = self.first.fetch_max(next, Ordering::Relaxed), // behind any gap
            None => self.is_over.store(true, Ordering::Relaxed),
        }
        let (count, left) = (scan.subjects.len() as u64, scan.left);
        let measure = Measure { moment: self.moment, statement: self.plan.statement.as_deref() };
        pass.see(scan, &measure).map_err(StoreError::Unavailable)?;
        let seen = self.seen.fetch_add(count, Ordering::Relaxed) + count;
        (self.plan.progress)(Progress { seen, left });
        Ok(pass)
    }
}

async fn add_kept_balances(pass: &mut Pass, store: &impl Queries) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let request = TallyRequest {
            service: ServiceName::Payments,
            name: None,
            after,
            rows_max: TALLIES_MAX,
        };
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
    let unreadable = StoreError::Unavailable;
    if statement.succeeded().map_err(unreadable)? == pass.counts.stated {
        return Ok(());
    }
    let mut after = String::new();
    loop {
        let page = statement.page(&after, STATED_MAX).map_err(unreadable)?;
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
}

async fn knows(store: &impl Queries, stated: &Stated) -> Result<bool, StoreError> {
    let stored = store.record(payment_key(&stated.order_id).into()).await?;
    let record = stored.and_then(|it| engine::codec::decode::<payments::Record>(&it.body).ok());
    let payment = record.as_ref().and_then(Payment::of);
    Ok(payment.is_some_and(|it| {
        it.operations.iter().any(|operation| operation.id.as_str() == stated.operation_id)
    }))
}
