//! The simulated store: optimistic, with waits between any two steps, so that rounds of several
//! processes mix; and a gap between a commit and its sync, in which the power may fail.

use crate::database::Database;
use crate::executor::{self, Universe, lock};
use crate::faults::{Fault, Faults};
use crate::provider::Books;
use crate::watch::Watch;
use contracts::planted::{Bug, planted};
use contracts::{Message, Subject, Timestamp};
use engine::{
    Backlog, Claim, Committed, DeadLetter, Deliveries, EffectRow, Failed, Group, HopRow, Known,
    Loaded, LoadedRange, LogPage, LogRequest, Next, Page, PageRequest, Queries, Recognised, Round,
    Row, Scan, ScanRequest, StoreError, Stored, Tally, TallyRequest, TimerRow, Transactions,
    UnitOfWork, Waiting, Wanted,
};
use service::{Index, RecordKey, RecordKind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Conflicts of one round before it waits; a hot row must not starve anybody.
const ATTEMPTS_MAX: u64 = 200;

/// A store of one process on a database that others may use too.
#[derive(Clone)]
pub struct SimStore {
    universe: Universe,
    database: Arc<Mutex<Database>>,
    faults: Faults,
    watch: Watch,
    process: executor::Group,
    /// Only for a bug on purpose: a store has nothing to say to a provider.
    books: Arc<Mutex<Books>>,
}

impl SimStore {
    /// On that database.
    pub fn new(
        universe: Universe,
        database: Arc<Mutex<Database>>,
        faults: Faults,
        watch: Watch,
        process: executor::Group,
        books: Arc<Mutex<Books>>,
    ) -> Self {
        Self { universe, database, faults, watch, process, books }
    }

    fn now(&self) -> Timestamp {
        let clock = self.faults.database_clock(self.universe.now());
        lock(&self.database).now(clock)
    }

    async fn drive(&self, round: &mut Round) -> Result<(UnitOfWork, u64), StoreError> {
        for attempt in 0..ATTEMPTS_MAX {
            if self.faults.strikes(Fault::StoreAway) {
                return Err(StoreError::Unavailable("a planned outage".into()));
            }
            if let Some(done) = self.attempt(round).await? {
                return Ok(done);
            }
            self.faults.count(Fault::Conflict);
            let jitter = self.universe.below(1 + attempt.min(50) * 500);
            self.universe.sleep(Duration::from_micros(jitter)).await;
            round.restart();
        }
        Err(StoreError::Unavailable("too many conflicts".into()))
    }

    /// The unit, once it is durable, and behind which position its messages wait to be published;
    /// nothing after a conflict.
    async fn attempt(&self, round: &mut Round) -> Result<Option<(UnitOfWork, u64)>, StoreError> {
        loop {
            self.universe.give_way().await;
            match round.next().map_err(StoreError::Rejected)? {
                Next::Recognise { inbox, consumed } => {
                    let now = self.now();
                    let database = lock(&self.database);
                    let known = inbox.into_iter().filter_map(|(service, key)| {
                        let row = database.inbox(service, key)?;
                        let (fingerprint, reply) = (row.fingerprint, row.reply.clone());
                        Some(Known { service, key, fingerprint, reply })
                    });
                    let known = known.collect();
                    let gone = consumed.into_iter().filter(|row| !database.has(row)).collect();
                    drop(database);
                    round.recognised(Recognised { now, known, gone });
                }
                Next::Load(wanted) => {
                    let loaded = self.load(wanted);
                    round.loaded(loaded);
                }
                Next::Commit(unit) => return self.commit(*unit).await,
            }
        }
    }

    fn load(&self, wanted: Wanted) -> Loaded {
        let database = lock(&self.database);
        let row = |found: Option<&Arc<Row>>| found.map_or(Row::ABSENT, |row| (**row).clone());
        let rows = wanted.rows.into_iter().map(|key| {
            let found = row(database.row(&key));
            (key, found)
        });
        let rows = rows.collect();
        let ranges = wanted.ranges.into_iter().map(|(service, range)| {
            let due = |row: &Row| crate::checks::expires_at(row) <= Some(range.up_to);
            let found = database
                .rows(range.kind)
                .filter(|(_, it)| crate::checks::expires_at(it).is_some() && due(it));
            let mut rows: Vec<(RecordKey, Row)> =
                found.map(|(key, it)| (key.record.clone(), (**it).clone())).collect();
            rows.sort_by_key(|(_, it)| crate::checks::expires_at(it));
            rows.truncate(usize::try_from(range.rows_max).unwrap_or(usize::MAX));
            LoadedRange { service, range, rows }
        });
        let ranges = ranges.collect();
        let lots = wanted.lots.into_iter().map(|lot| {
            let is_there = database.has_lot(&lot);
            (lot, is_there)
        });
        Loaded { rows, ranges, lots: lots.collect() }
    }

    async fn commit(&self, unit: UnitOfWork) -> Result<Option<(UnitOfWork, u64)>, StoreError> {
        if planted(Bug::EffectBeforeCommit) {
            unit.effects.iter().for_each(|effect| self.perform_too_early(&effect.request));
        }
        let leaving = unit.outbox.len();
        let too_early = planted(Bug::RelayByCursor).then(|| lock(&self.database).reserve(leaving));
        self.universe.give_way().await;
        let reserved = {
            let mut database = lock(&self.database);
            if !database.holds(&unit) {
                return Ok(None);
            }
            if let Some(check) = crate::checks::failed_check(&unit) {
                self.faults.count(Fault::CheckFailed);
                return Err(StoreError::Rejected(check));
            }
            if planted(Bug::AcknowledgedBeforeCommit) && self.universe.chance(2_000) {
                return Ok(Some((unit, 0))); // told, but never written
            }
            let reserved = too_early.unwrap_or_else(|| database.reserve(leaving));
            database.apply(&unit, reserved, self.process);
            self.watch.committed(&database, &unit);
            reserved
        };
        self.universe.trace(u64::try_from(unit.log.len()).unwrap_or(0));
        self.universe.give_way().await;
        if !planted(Bug::NotSynced) {
            lock(&self.database).sync();
        }
        self.universe.give_way().await;
        Ok(Some((unit, reserved)))
    }
}

impl SimStore {
    fn perform_too_early(&self, request: &contracts::Message) {
        if let contracts::Body::ProviderRequest(request) = &request.body {
            lock(&self.books).handle(request, self.universe.now());
        }
    }
}

impl Transactions for SimStore {
    async fn transact(&self, mut round: Round) -> Result<Committed, Failed> {
        match self.drive(&mut round).await {
            Ok((unit, behind)) => Ok(Committed::new(round.take_replies(), unit, behind + 1..)),
            Err(error) => Err(Failed { error, deliveries: round.into_deliveries() }),
        }
    }
}

impl Deliveries for SimStore {
    async fn due_timers(&self, timers_max: usize) -> Result<Vec<TimerRow>, StoreError> {
        let now = self.now();
        Ok(lock(&self.database).due_timers(now, timers_max))
    }

    async fn waiting(&self, epoch: u64, published: u64) -> Result<Waiting, StoreError> {
        let now = self.now();
        let database = lock(&self.database);
        Ok(Waiting {
            next_timer: database.timers().map(|timer| timer.at).min(),
            hops: !database.hops(1).is_empty(),
            outbox: database.outbox(published, usize::MAX).last().map(|(position, _)| *position),
            effects: !database.unclaimed(epoch, now).is_empty(),
        })
    }

    async fn hops(&self, rows_max: usize) -> Result<Vec<(u64, HopRow)>, StoreError> {
        self.universe.give_way().await;
        Ok(lock(&self.database).hops(rows_max))
    }

    async fn outbox(
        &self,
        after: u64,
        rows_max: usize,
    ) -> Result<Vec<(u64, Arc<Message>)>, StoreError> {
        self.universe.give_way().await;
        let mut database = lock(&self.database);
        if planted(Bug::ManyRelays) {
            let (rows, now) = (database.durable_outbox(0, rows_max), self.universe.now());
            return Ok(database.locked.choose(rows, after, self.process, now));
        }
        Ok(database.durable_outbox(after, rows_max))
    }

    async fn claim_effects(&self, claim: Claim) -> Result<Vec<EffectRow>, StoreError> {
        let now = self.now();
        let mut database = lock(&self.database);
        let mut claimed = vec![];
        for effect in database.unclaimed(claim.epoch, now).into_iter().take(claim.slots) {
            let mine = EffectRow {
                claimed_by: claim.epoch,
                claimed_until: now + claim.lease,
                ..(*effect).clone()
            };
            database.claim(mine.clone());
            claimed.push(mine);
        }
        database.sync();
        Ok(claimed)
    }

    async fn forget(&self, kept: Duration, rows_max: usize) -> Result<bool, StoreError> {
        let kept = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
        let horizon = Timestamp(self.now().micros().saturating_sub(kept));
        let mut database = lock(&self.database);
        let count = database.forget(horizon, rows_max);
        database.sync();
        Ok(count == rows_max)
    }

    async fn new_epoch(&self) -> Result<u64, StoreError> {
        Ok(lock(&self.database).new_epoch())
    }

    async fn lead(&self, epoch: u64, lease: Duration) -> Result<bool, StoreError> {
        if planted(Bug::ManyRelays) {
            return Ok(true);
        }
        let now = self.now();
        Ok(lock(&self.database).lead(epoch, now, now + lease))
    }
}

/// Nobody reads outside of rounds here: the invariants look into the database itself.
impl Queries for SimStore {
    async fn record(&self, _: RecordKey) -> Result<Option<Stored>, StoreError> {
        Ok(None)
    }

    async fn records_of(
        &self,
        _: &'static RecordKind,
        _: Subject,
        _: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        Ok(vec![])
    }

    async fn page(&self, _: PageRequest) -> Result<Page, StoreError> {
        Ok(Page::default())
    }

    async fn count(
        &self,
        _: &'static RecordKind,
        _: &'static Index,
        _: usize,
    ) -> Result<Vec<Group>, StoreError> {
        Ok(vec![])
    }

    async fn log(&self, request: LogRequest) -> Result<LogPage, StoreError> {
        Ok(LogPage { messages: vec![], next: request.after })
    }

    async fn tallies(&self, _: TallyRequest) -> Result<Vec<Tally>, StoreError> {
        Ok(vec![])
    }

    async fn dead_letters(&self, rows_max: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let database = lock(&self.database);
        Ok(database.dead().take(rows_max).map(|letter| (**letter).clone()).collect())
    }

    async fn scan<T: Send + 'static>(
        &self,
        _: ScanRequest,
        judge: impl FnOnce(Scan) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        Ok(judge(Scan::default()))
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        Ok(Backlog::default())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
