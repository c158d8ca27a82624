//! The loops around the rounds. They speak only to ports.
//!
//! - `pump`: gathers what came in, makes rounds of it, and tells those who wait;
//! - `effects`: performs claimed requests and brings their answers in;
//! - `hops`: brings back the hops that did not fit into a round;
//! - `relay`: publishes what leaves, where there is a bus; `leaving` is what it shares with `pump`;
//! - `consumer`: brings in what the bus has for the services hosted here;
//! - `recovery`: finds what replicas that died have left, and wakes those above;
//! - `inbox`: forgets what was handled long ago.

mod consumer;
mod door;
mod effects;
mod hops;
mod inbox;
mod leaving;
mod news;
mod pump;
mod recovery;
mod relay;
mod rows;
mod status;
mod warm_up;

pub use door::{Door, DoorError};
pub use inbox::INBOX_KEPT;
pub use news::News;
pub use status::Status;

use crate::delivery::Delivery;
use crate::hosting::Hosting;
use crate::ports::{
    Bus, Claim, Clock, Committed, Deliveries, Effects, Queries, StoreError, Transactions, Waiting,
};
use crate::round::Limits;
use crate::unit::EffectRow;
use leaving::Leaving;
use news::Listeners;
use recovery::NextTimer;
use service::Reply;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use warm_up::WarmUp;

/// The adapters of one process.
pub trait Ports: Send + Sync + 'static {
    /// Its store.
    type Store: Transactions + Deliveries + Queries;
    /// Its bus.
    type Bus: Bus;
    /// Who performs its effects.
    type Effects: Effects;
    /// Its clock.
    type Clock: Clock;

    /// The store.
    fn store(&self) -> &Self::Store;
    /// The bus; none where all services are hosted together and nothing leaves.
    fn bus(&self) -> Option<&Self::Bus>;
    /// The effects.
    fn effects(&self) -> &Self::Effects;
    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// Told of every round that was committed, for metrics.
    fn observe(&self, _round: &ObservedRound<'_>) {}
}

/// A round that was committed, as an observer sees it.
#[derive(Clone, Copy, Debug)]
pub struct ObservedRound<'a> {
    /// How many deliveries it was made of.
    pub deliveries: usize,
    /// From when it was given to the store until it was durable.
    pub took: Duration,
    /// What it has changed.
    pub committed: &'a Committed,
}

/// Deliveries that wait for a round; beyond that the door is overloaded.
const WAITING_MAX: usize = 8_192;
/// Deliveries in one round.
const ROUND_DELIVERIES_MAX: usize = 1_024;
/// Timers in one round, so that a backlog of them doesn't keep requests waiting.
const TIMERS_MAX: usize = 256;
/// Hops brought back at once.
const HOPS_MAX: usize = 1_024;
/// Messages published at once.
const PUBLISHED_MAX: usize = 1_024;
/// Requests performed at once.
const EFFECTS_MAX: usize = 512;
/// For how long a request is claimed; more than any effect may take.
const EFFECT_LEASE: Duration = Duration::from_secs(60);
/// For how long a process leads the publishing of its store.
pub const RELAY_LEASE: Duration = Duration::from_secs(5);
/// Between two attempts on a store or bus that is away: the first wait, and the longest.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));

/// What is said to whoever brought a delivery.
pub(crate) type Outcome = Result<Option<Reply>, StoreError>;

/// A delivery, and who waits for it.
pub(crate) struct Arrival {
    pub delivery: Delivery,
    pub done: Option<oneshot::Sender<Outcome>>,
}

/// One process at work: its loops and what they share.
pub struct Engine<P: Ports> {
    shared: Arc<Shared<P>>,
    arrivals: mpsc::Receiver<Arrival>,
    claimed: mpsc::UnboundedReceiver<EffectRow>,
}

pub(crate) struct Shared<P: Ports> {
    pub ports: P,
    pub hosting: Arc<Hosting>,
    pub limits: Limits,
    pub epoch: u64,
    pub arrivals: mpsc::Sender<Arrival>,
    pub slots: Arc<Semaphore>,
    /// Hops wait to be brought back.
    pub hops: Notify,
    /// Messages on their way to the bus and out of the outbox.
    pub leaving: Leaving,
    /// This process leads, and has published something since `recovery` looked last.
    pub has_relayed: AtomicBool,
    /// This process has committed something since `recovery` looked last.
    pub has_committed: AtomicBool,
    /// Requests wait to be claimed.
    pub unclaimed: Notify,
    pub next_timer: NextTimer,
    /// Requests that this process has claimed with a commit; bounded by the slots of its claims.
    pub claimed: mpsc::UnboundedSender<EffectRow>,
    pub warm_up: WarmUp,
    pub status: watch::Sender<Status>,
    /// Who waits for commits.
    pub listeners: Arc<Listeners>,
}

/// What a loop is to whoever runs it.
pub type Loop = Pin<Box<dyn Future<Output = ()> + Send>>;

impl<P: Ports> Engine<P> {
    /// Begins work on the store: what processes that are no more had claimed is free again.
    ///
    /// # Errors
    /// The store can't be reached.
    pub async fn start(
        ports: P,
        hosting: Arc<Hosting>,
        limits: Limits,
    ) -> Result<Self, StoreError> {
        let epoch = ports.store().new_epoch().await?;
        let (arrivals, receiver) = mpsc::channel(WAITING_MAX);
        let (claimed, claimed_receiver) = mpsc::unbounded_channel();
        let shared = Shared {
            ports,
            hosting,
            limits,
            epoch,
            arrivals,
            slots: Arc::new(Semaphore::new(EFFECTS_MAX)),
            hops: Notify::new(),
            leaving: Leaving::default(),
            has_relayed: AtomicBool::new(false),
            has_committed: AtomicBool::new(false),
            unclaimed: Notify::new(),
            next_timer: NextTimer::unknown(),
            claimed,
            warm_up: WarmUp::default(),
            status: watch::channel(Status::Running).0,
            listeners: Arc::default(),
        };
        Ok(Self { shared: Arc::new(shared), arrivals: receiver, claimed: claimed_receiver })
    }

    /// Where requests come in.
    pub fn door(&self) -> Door<P> {
        Door::new(self.shared.clone())
    }

    /// The loops, each to be run by the executor of this process until it ends.
    pub fn into_loops(self) -> Vec<Loop> {
        let Self { shared, arrivals, claimed } = self;
        let mut loops: Vec<Loop> = vec![
            Box::pin(pump::run(shared.clone(), arrivals)),
            Box::pin(effects::run(shared.clone(), claimed)),
            Box::pin(hops::run(shared.clone())),
            Box::pin(inbox::run(shared.clone())),
            Box::pin(recovery::run(shared.clone())),
        ];
        if shared.ports.bus().is_some() {
            loops.push(Box::pin(relay::run(shared.clone())));
            loops.push(Box::pin(consumer::run(shared)));
        }
        loops
    }
}

impl<P: Ports> Shared<P> {
    /// Whether the error says that the store can't be trusted any more; then the process must end.
    pub fn gives_up(&self, error: &StoreError) -> bool {
        let StoreError::Fatal(what) = error else { return false };
        tracing::error!(what, "the store can't be trusted any more");
        self.status.send_replace(Status::Failed(what.clone()));
        true
    }

    /// What waits in the store for this process.
    pub async fn waiting(&self) -> Result<Waiting, StoreError> {
        self.ports.store().waiting(self.epoch, self.leaving.published()).await
    }

    /// A claim for the requests of the next round.
    pub fn claim(&self) -> Claim {
        Claim { epoch: self.epoch, lease: EFFECT_LEASE, slots: self.slots.available_permits() }
    }
}

/// Waits between attempts: doubling, capped.
pub(crate) fn backoff(attempt: u32) -> Duration {
    BACKOFF.0.saturating_mul(2_u32.saturating_pow(attempt.min(16))).min(BACKOFF.1)
}
