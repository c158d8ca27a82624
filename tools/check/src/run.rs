//! Going through a store, a slice of subjects at a time.

use crate::facts::{Facts, kinds};
use crate::findings::Findings;
use crate::rules::{Moment, Totals, agree, asked, hold};
use crate::statement::{Stated, Statement};
use engine::{Backlog, Queries, ScanRequest, ScannedSubject, StoreError};
use payments::{Payment, payment_key};
use service::Kept as _;
use std::fmt;

/// Subjects in one slice: a few milliseconds, so that no reader holds the log of a busy store.
const SUBJECTS_MAX: usize = 1_000;
/// Operations of the provider in one slice.
const STATED_MAX: usize = 1_000;

/// What to check, and against what.
pub struct Plan<'a> {
    /// Whether somebody may write meanwhile: then what is summed over several slices can't be
    /// compared.
    pub is_live: bool,
    /// The provider's books, where there are any.
    pub statement: Option<&'a dyn Statement>,
    /// Told now and then how many subjects were seen.
    pub progress: &'a dyn Fn(u64),
}

/// How much was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders.
    pub orders: u64,
    /// Sagas.
    pub sagas: u64,
    /// Payments.
    pub payments: u64,
    /// Transactions of the ledger.
    pub transactions: u64,
    /// Reservations.
    pub reservations: u64,
    /// Places of SKUs.
    pub places: usize,
    /// Movements of stock.
    pub movements: u64,
    /// Operations that the provider has done.
    pub stated: u64,
}

/// What was seen and found.
#[derive(Clone, Debug)]
pub struct Report {
    /// What is broken, in the order of the store.
    pub findings: Findings,
    /// How much was seen.
    pub counts: Counts,
    /// What waits.
    pub backlog: Backlog,
}

/// The last line of the command.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { orders, sagas, payments, transactions, reservations, .. } = self.counts;
        let Counts { places, movements, stated, .. } = self.counts;
        let Backlog { timers, pending, effects, parked, dead_letters } = self.backlog;
        write!(
            formatter,
            "checked {orders} orders, {sagas} sagas, {payments} payments, {transactions} ledger \
             transactions, {reservations} reservations, {places} stock places, {movements} \
             movements, {stated} provider operations; waiting: {timers} timers, {pending} \
             messages, {effects} effects, {parked} parked, {dead_letters} dead letters; {} broken",
            self.findings.0.len()
        )
    }
}

/// Checks a whole store.
///
/// # Errors
/// It, or the provider's books, can't be read.
pub async fn run(store: &impl Queries, plan: Plan<'_>) -> Result<Report, StoreError> {
    let backlog = store.backlog().await?;
    let is_quiet = !plan.is_live && backlog.pending == 0 && backlog.parked == 0;
    let moment = if is_quiet { Moment::Quiet } else { Moment::Busy };
    let mut pass = Pass::new(&plan, moment);
    let mut seen = 0;
    let mut after = None;
    loop {
        let request = ScanRequest { kinds: kinds(), after, subjects_max: SUBJECTS_MAX };
        let scan = store.scan(request).await?;
        for scanned in scan.subjects {
            pass.see(scanned)?;
            seen += 1;
        }
        (plan.progress)(seen);
        after = scan.next;
        if after.is_none() {
            break;
        }
    }
    if !plan.is_live {
        pass.totals.hold(&mut pass.findings);
        pass.nothing_was_done_unasked(store).await?;
    }
    pass.counts.places = pass.totals.places();
    let unstated = pass.unstated;
    pass.findings.expect(unstated == 0, "operations", || {
        format!("the provider's books are missing; {unstated} operations were asked of it")
    });
    Ok(Report { findings: pass.findings, counts: pass.counts, backlog })
}

/// One way through a store.
struct Pass<'a> {
    plan: &'a Plan<'a>,
    moment: Moment,
    totals: Totals,
    findings: Findings,
    counts: Counts,
    /// Operations asked of a provider whose books are missing.
    unstated: usize,
}

impl<'a> Pass<'a> {
    fn new(plan: &'a Plan<'a>, moment: Moment) -> Self {
        let (totals, findings, counts) = Default::default();
        Self { plan, moment, totals, findings, counts, unstated: 0 }
    }

    fn see(&mut self, scanned: ScannedSubject) -> Result<(), StoreError> {
        let mut facts = Facts::new(scanned.subject.as_str());
        facts.timers = scanned.timers;
        for record in scanned.records {
            facts.add(&record.key, &record.row, Some(&record.columns), &mut self.findings);
        }
        hold(&facts, self.moment, &mut self.findings);
        self.totals.add(&facts);
        self.count(&facts);
        if let Some(statement) = self.plan.statement {
            let seen = agree(&facts, statement, &mut self.findings);
            self.counts.stated += seen.map_err(StoreError::Unavailable)?;
        } else {
            self.unstated += asked(&facts).count();
        }
        Ok(())
    }

    fn count(&mut self, facts: &Facts) {
        let counts = &mut self.counts;
        counts.orders += u64::from(facts.order.is_some());
        counts.sagas += facts.sagas.len() as u64;
        counts.payments += u64::from(facts.payment.is_some());
        counts.transactions += facts.ledger.len() as u64;
        counts.reservations += u64::from(facts.reservation.is_some());
        counts.movements += facts.movements.len() as u64;
    }

    /// 4, the other way round: the provider has done nothing that we don't know of. Its books are
    /// gone through only where the counts differ.
    async fn nothing_was_done_unasked(&mut self, store: &impl Queries) -> Result<(), StoreError> {
        let Some(statement) = self.plan.statement else { return Ok(()) };
        let unreadable = StoreError::Unavailable;
        if statement.succeeded().map_err(unreadable)? == self.counts.stated {
            return Ok(());
        }
        let mut after = String::new();
        loop {
            let page = statement.page(&after, STATED_MAX).map_err(unreadable)?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.operation_id);
            for stated in page.iter().filter(|stated| stated.succeeded == Some(true)) {
                let is_known = self.knows(store, stated).await?;
                let row = ("operations", stated.operation_id.as_str());
                self.findings.expect(is_known, row, || {
                    format!(
                        "the provider has done it for order {}, and nobody asked",
                        stated.order_id
                    )
                });
            }
        }
    }

    async fn knows(&self, store: &impl Queries, stated: &Stated) -> Result<bool, StoreError> {
        let stored = store.record(payment_key(&stated.order_id).into()).await?;
        let record = stored.and_then(|it| engine::codec::decode::<payments::Record>(&it.body).ok());
        let payment = record.as_ref().and_then(Payment::of);
        Ok(payment.is_some_and(|it| {
            it.operations.iter().any(|operation| operation.id.as_str() == stated.operation_id)
        }))
    }
}
