//! The real store, some of whose calls fail because the test says so.

use super::TestClock;
use contracts::{Message, Subject};
use engine::{
    Backlog, Claim, Committed, DeadLetter, Deliveries, EffectRow, Failed, Group, HopRow, LogPage,
    LogRequest, Page, PageRequest, Queries, Round, Scan, ScanRequest, StoreError, Stored, Tally,
    TallyRequest, TimerRow, Transactions, Waiting,
};
use service::{Index, RecordKey, RecordKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A call that can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// [`Transactions::transact`].
    Transact,
    /// [`Deliveries::due_timers`].
    DueTimers,
    /// [`Deliveries::waiting`].
    Waiting,
    /// [`Deliveries::hops`].
    Hops,
    /// [`Deliveries::outbox`].
    Outbox,
    /// [`Deliveries::lead`].
    Lead,
    /// [`Deliveries::claim_effects`].
    ClaimEffects,
    /// [`Queries::ping`].
    Ping,
}

/// Which calls fail, and how: each plan is used up by one call.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<(Call, StoreError)>>>);

impl Faults {
    /// The next such call that has no plan yet fails like that.
    pub fn plan(&self, call: Call, error: StoreError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((call, error));
    }

    /// Whether every plan was used.
    pub fn are_over(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Waits until every plan was used; time goes on meanwhile.
    pub async fn strike_all(&self, clock: &TestClock) {
        while !self.are_over() {
            clock.pass().await;
        }
    }

    fn strike(&self, call: Call) -> Result<(), StoreError> {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match plans.iter().position(|(planned, _)| *planned == call) {
            Some(index) => Err(plans.remove(index).1),
            None => Ok(()),
        }
    }
}

/// A store with its faults.
pub struct Faulty<S> {
    store: S,
    faults: Faults,
}

impl<S> Faulty<S> {
    pub(super) const fn new(store: S, faults: Faults) -> Self {
        Self { store, faults }
    }
}

impl<S: Transactions> Transactions for Faulty<S> {
    async fn transact(&self, round: Round) -> Result<Committed, Failed> {
        match self.faults.strike(Call::Transact) {
            Ok(()) => self.store.transact(round).await,
            Err(error) => Err(Failed { error, deliveries: round.into_deliveries() }),
        }
    }
}

impl<S: Deliveries> Deliveries for Faulty<S> {
    async fn due_timers(&self, timers_max: usize) -> Result<Vec<TimerRow>, StoreError> {
        self.faults.strike(Call::DueTimers)?;
        self.store.due_timers(timers_max).await
    }

    async fn waiting(&self, epoch: u64, published: u64) -> Result<Waiting, StoreError> {
        self.faults.strike(Call::Waiting)?;
        self.store.waiting(epoch, published).await
    }

    async fn hops(&self, rows_max: usize) -> Result<Vec<(u64, HopRow)>, StoreError> {
        self.faults.strike(Call::Hops)?;
        self.store.hops(rows_max).await
    }

    async fn outbox(
        &self,
        after: u64,
        rows_max: usize,
    ) -> Result<Vec<(u64, Arc<Message>)>, StoreError> {
        self.faults.strike(Call::Outbox)?;
        self.store.outbox(after, rows_max).await
    }

    async fn claim_effects(&self, claim: Claim) -> Result<Vec<EffectRow>, StoreError> {
        self.faults.strike(Call::ClaimEffects)?;
        self.store.claim_effects(claim).await
    }

    async fn forget(&self, kept: Duration, rows_max: usize) -> Result<bool, StoreError> {
        self.store.forget(kept, rows_max).await
    }

    async fn new_epoch(&self) -> Result<u64, StoreError> {
        self.store.new_epoch().await
    }

    async fn lead(&self, epoch: u64, lease: Duration) -> Result<bool, StoreError> {
        self.faults.strike(Call::Lead)?;
        self.store.lead(epoch, lease).await
    }
}

impl<S: Queries> Queries for Faulty<S> {
    async fn record(&self, key: RecordKey) -> Result<Option<Stored>, StoreError> {
        self.store.record(key).await
    }

    async fn records_of(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        rows_max: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        self.store.records_of(kind, subject, rows_max).await
    }

    async fn page(&self, request: PageRequest) -> Result<Page, StoreError> {
        self.store.page(request).await
    }

    async fn count(
        &self,
        kind: &'static RecordKind,
        index: &'static Index,
        groups_max: usize,
    ) -> Result<Vec<Group>, StoreError> {
        self.store.count(kind, index, groups_max).await
    }

    async fn log(&self, request: LogRequest) -> Result<LogPage, StoreError> {
        self.store.log(request).await
    }

    async fn tallies(&self, request: TallyRequest) -> Result<Vec<Tally>, StoreError> {
        self.store.tallies(request).await
    }

    async fn dead_letters(&self, rows_max: usize) -> Result<Vec<DeadLetter>, StoreError> {
        self.store.dead_letters(rows_max).await
    }

    async fn scan<T: Send + 'static>(
        &self,
        request: ScanRequest,
        judge: impl FnOnce(Scan) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        self.store.scan(request, judge).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.store.backlog().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.faults.strike(Call::Ping)?;
        self.store.ping().await
    }
}
