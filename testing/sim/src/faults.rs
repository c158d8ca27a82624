//! What goes wrong: each seed draws its own rates, and every fault that strikes is counted.

use crate::executor::{Universe, lock};
use crate::random::Random;
use contracts::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A process dies between any two steps.
    Crash,
    /// A process dies and is never started again; others carry on with its database.
    ReplicaLost,
    /// A process stands still for a while, and goes on as if nothing had happened.
    Standstill,
    /// Commits that were not synced are lost.
    PowerLoss,
    /// Two rounds wanted the same row.
    Conflict,
    /// A store can't be reached.
    StoreAway,
    /// A CHECK of the database fails.
    CheckFailed,
    /// The bus brings a message again.
    Duplicate,
    /// The bus brings messages in another order.
    Reorder,
    /// A message dawdles beyond timeouts.
    Delay,
    /// The bus can't be reached.
    BusAway,
    /// The bus takes longer than a lease lasts.
    BusSlow,
    /// Bytes on the bus that are no message.
    Garbage,
    /// The provider never hears the request.
    RequestLost,
    /// The provider's answer is lost.
    AnswerLost,
    /// The provider takes its time.
    AnswerLate,
    /// The provider says it twice.
    AnswerDoubled,
    /// The provider contradicts itself.
    AnswerContrary,
    /// A client repeats a request that was answered.
    ClientRetry,
    /// A client hangs up before the answer.
    ClientHangUp,
    /// A client no longer wants the order.
    ClientCancel,
    /// An operator lets a saga rest for a while.
    OperatorPause,
    /// An operator retries, then skips, a compensation that was refused for good.
    OperatorDecides,
    /// A clock jumps.
    ClockJump,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 24] = [
        Self::Crash,
        Self::ReplicaLost,
        Self::Standstill,
        Self::PowerLoss,
        Self::Conflict,
        Self::StoreAway,
        Self::CheckFailed,
        Self::Duplicate,
        Self::Reorder,
        Self::Delay,
        Self::BusAway,
        Self::BusSlow,
        Self::Garbage,
        Self::RequestLost,
        Self::AnswerLost,
        Self::AnswerLate,
        Self::AnswerDoubled,
        Self::AnswerContrary,
        Self::ClientRetry,
        Self::ClientHangUp,
        Self::ClientCancel,
        Self::OperatorPause,
        Self::OperatorDecides,
        Self::ClockJump,
    ];

    /// The highest rate that a seed may draw, of ten thousand occasions.
    const fn rate_max(self) -> u64 {
        match self {
            // By schedule.
            Self::Crash | Self::ReplicaLost | Self::Standstill | Self::PowerLoss => 0,
            Self::Conflict | Self::CheckFailed | Self::ClockJump => 0,
            Self::BusSlow => 30,
            Self::StoreAway | Self::BusAway => 100,
            Self::Duplicate | Self::Reorder => 1_500,
            Self::Delay => 400,
            Self::Garbage => 60,
            Self::RequestLost | Self::AnswerLost | Self::AnswerLate => 1_500,
            Self::AnswerDoubled | Self::AnswerContrary => 800,
            Self::ClientRetry | Self::ClientHangUp | Self::ClientCancel => 2_000,
            Self::OperatorPause => 1_000,
            Self::OperatorDecides => 8_000,
        }
    }
}

/// The faults of one world.
#[derive(Clone)]
pub struct Faults(Arc<Mutex<Inner>>);

struct Inner {
    universe: Universe,
    rates: BTreeMap<Fault, u64>,
    counts: BTreeMap<Fault, u64>,
    calm: bool,
    clock_offset: Duration,
}

impl Faults {
    /// Rates drawn for this seed: a third of the faults doesn't occur at all.
    pub fn draw(universe: Universe, random: &mut Random) -> Self {
        let rates = Fault::ALL.into_iter().map(|fault| match random.below(3) {
            0 => (fault, 0),
            _ => (fault, random.below(fault.rate_max() + 1)),
        });
        let (rates, counts) = (rates.collect(), BTreeMap::new());
        let clock_offset = Duration::ZERO;
        Self(Arc::new(Mutex::new(Inner { universe, rates, counts, calm: false, clock_offset })))
    }

    /// Whether it happens now. If so, it is counted.
    pub fn strikes(&self, fault: Fault) -> bool {
        let mut inner = lock(&self.0);
        let rate = inner.rates.get(&fault).copied().unwrap_or(0);
        let strikes = !inner.calm && rate > 0 && inner.universe.chance(rate);
        if strikes {
            *inner.counts.entry(fault).or_default() += 1;
        }
        strikes
    }

    /// It has happened.
    pub fn count(&self, fault: Fault) {
        *lock(&self.0).counts.entry(fault).or_default() += 1;
    }

    /// From now on nothing goes wrong any more.
    pub fn calm_down(&self) {
        lock(&self.0).calm = true;
    }

    /// Whether nothing goes wrong any more.
    pub fn is_calm(&self) -> bool {
        lock(&self.0).calm
    }

    /// The clock of the databases jumps, forward or back.
    pub fn jump(&self, to: Duration) {
        lock(&self.0).clock_offset = to;
        self.count(Fault::ClockJump);
    }

    /// What a database's clock says.
    pub fn database_clock(&self, now: Timestamp) -> Timestamp {
        now + lock(&self.0).clock_offset
    }

    /// How often each has happened.
    pub fn counts(&self) -> BTreeMap<Fault, u64> {
        lock(&self.0).counts.clone()
    }
}
