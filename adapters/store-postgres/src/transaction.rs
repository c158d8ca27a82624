//! Driving a round. Its commit takes the seal, of which each database has one, so that commits come
//! one after the other and positions in their order. Where others commit too, what a round reads it
//! reads before, without locks; if somebody else has committed meanwhile, whatever the decisions
//! rest on is compared first. After a conflict the round is decided again with the seal already
//! taken, so the second attempt can't meet another one. Where nobody else has committed between our
//! last two the seal is taken first, for nobody waits for it: that saves a way to the server.

use crate::commit::{self, Destination};
use crate::deliveries::position;
use crate::error::{Broken, Outcome};
use crate::flight::{Flight, parameters};
use crate::names::RoundNames;
use crate::session::Session;
use crate::store::{PostgresStore, Shared};
use crate::{load, recognise, unchanged};
use contracts::Timestamp;
use engine::{Committed, Failed, Next, Round, StoreCounts, StoreError, Transactions, UnitOfWork};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Attempts on one round: at most one without the seal, and more than one with it only where the
/// database itself asks for them.
const ATTEMPTS_MAX: usize = 4;

impl Transactions for PostgresStore {
    fn counts(&self) -> StoreCounts {
        StoreCounts {
            conflicts: self.0.conflicts.counted(),
            waiting_for_connections: self.0.connections.waiting(),
        }
    }

    /// In a task of its own: a caller who goes away doesn't break off a transaction half-way.
    async fn transact(&self, round: Round) -> Result<Committed, Failed> {
        let shared = self.0.clone();
        let task = tokio::spawn(async move { transact(&shared, round).await });
        task.await.unwrap_or_else(|error| {
            let error = StoreError::Fatal(format!("a transaction has panicked: {error}"));
            Err(Failed { error, deliveries: vec![] })
        })
    }
}

async fn transact(shared: &Shared, mut round: Round) -> Result<Committed, Failed> {
    match attempts(shared, &mut round).await {
        Ok((unit, positions)) => Ok(Committed::new(round.take_replies(), unit, positions)),
        Err(error) => Err(Failed { error, deliveries: round.into_deliveries() }),
    }
}

async fn attempts(shared: &Shared, round: &mut Round) -> Result<Done, StoreError> {
    for attempts in 0..ATTEMPTS_MAX {
        let mut session = Session::new(shared.connections.worker().await?);
        let takes_seal_first = attempts > 0 || shared.commits.are_all_ours();
        match attempt(shared, &mut session, round, takes_seal_first).await {
            Err(Broken::Conflict) => {
                session.roll_back().await;
                shared.conflicts.count();
                tracing::debug!(attempts, "a round is decided again");
            }
            Err(Broken::Store(error)) => {
                session.roll_back().await;
                return Err(error);
            }
            Ok(done) => return Ok(done),
        }
    }
    Err(Broken::Conflict.into())
}

/// What was committed, and the positions of what leaves.
type Done = (UnitOfWork, Vec<u64>);

/// One attempt at a round.
pub(crate) struct Attempt<'a> {
    pub shared: &'a Shared,
    pub session: &'a mut Session,
    pub names: RoundNames<'a>,
    pub moment: Moment,
    pub takes_seal_first: bool,
    /// Whether it rests on which rows there are in a range.
    pub has_ranges: bool,
}

/// When a round began to read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    /// The store's time.
    pub now: Timestamp,
    /// The number of the last commit; unknown where one was under way. With the seal taken, that of
    /// its own.
    pub commits: Option<i64>,
    /// Whose turn it was among the partitions of the inbox.
    pub turn: i16,
    /// Whether there were any lots: nearly never, and then nobody has to look.
    pub has_lots: bool,
}

async fn attempt(
    shared: &Shared,
    session: &mut Session,
    round: &mut Round,
    takes_seal_first: bool,
) -> Outcome<Done> {
    let (names, moment) = (RoundNames::new(&shared.names), Moment::default());
    let has_ranges = false;
    let mut attempt = Attempt { shared, session, names, moment, takes_seal_first, has_ranges };
    round.restart();
    loop {
        match round.next().map_err(StoreError::Rejected)? {
            Next::Recognise { inbox, consumed } => {
                let recognised = recognise::recognise(&mut attempt, &inbox, consumed).await?;
                round.recognised(recognised);
            }
            Next::Load(wanted) => round.loaded(load::load(&mut attempt, wanted).await?),
            Next::Commit(unit) => {
                let positions = attempt.commit(&unit).await?;
                return Ok((*unit, positions));
            }
        }
    }
}

impl Attempt<'_> {
    /// With the seal taken others wait: where it is taken here, whatever can be done before it is.
    async fn commit(mut self, unit: &UnitOfWork) -> Outcome<Vec<u64>> {
        let named = commit::subjects(unit);
        self.names.name_all(self.session.client(), named.iter().copied()).await?;
        let (tables, names, turn) = (&self.shared.tables, &self.names, self.moment.turn);
        let place = Destination { tables, names, turn };
        let writes = self.session.prepare(commit::writes(&place, unit)?).await?;
        let mut number = self.moment.commits;
        if !self.takes_seal_first {
            let own = take_seal(self.session).await?;
            // Ours is the only one since: whatever was read is as it was.
            if number.replace(own) != Some(own - 1) {
                unchanged::check(&self, unit).await?;
            }
        }
        let mut answers = self.session.commit_prepared(writes).await?;
        self.names.are_committed();
        self.shared.commits.is_made(number);
        if unit.outbox.is_empty() {
            return Ok(vec![]);
        }
        let rows = answers.pop().unwrap_or_default();
        rows.iter().map(|row| Ok(position(row.try_get(0)?))).collect()
    }
}

/// Whoever has it is the only one to commit. The number of this commit.
pub(crate) async fn take_seal(session: &mut Session) -> Outcome<i64> {
    let mut flight = Flight::default();
    flight.add(TAKE_SEAL, parameters![SEAL]);
    let mut answers = session.begin(flight).await?;
    let row = answers.pop().and_then(|mut rows| rows.pop());
    let row = row.ok_or_else(|| StoreError::Unavailable("the seal has no number".into()))?;
    Ok(row.try_get(0)?)
}

/// Takes the seal, then the number of the commit. What comes behind it sees all commits before.
pub(crate) const TAKE_SEAL: &str = "SELECT nextval('orderweaver.commits')
     FROM (SELECT pg_advisory_xact_lock($1) OFFSET 0) AS seal";

/// The advisory lock that is the seal: the letters `OWSEAL`.
pub(crate) const SEAL: i64 = 0x4F57_5345_414C;

/// The numbers of the commits of this process.
#[derive(Default)]
pub(crate) struct Commits {
    last: AtomicI64,
    are_all_ours: AtomicBool,
}

impl Commits {
    /// Whether nobody else committed between our last two.
    pub fn are_all_ours(&self) -> bool {
        self.are_all_ours.load(Ordering::Relaxed)
    }

    fn is_made(&self, number: Option<i64>) {
        let number = number.unwrap_or_default();
        let before = self.last.swap(number, Ordering::Relaxed);
        self.are_all_ours.store(before == number - 1, Ordering::Relaxed);
    }
}
