//! A running engine on a store, in a world that the test decides: its time, what is outside, its
//! bus, and which calls of the store fail.

mod faulty;
mod world;

pub use faulty::{Call, Faults, Faulty};
pub use world::{Outside, TestBus, TestClock};

use crate::bench::{tell_error, tell_replies, tell_reply, tell_runs};
use crate::toy::everybody;
use crate::{Opening, Post, Site, look, toys};
use engine::{
    Claim, Content, Deliveries, Delivery, Door, DoorError, Engine, Hosting, Limits, Origin, Ports,
    Publishing, Queries, Round, Status, Transactions,
};
use futures_util::future::join_all;
use service::Reply;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// What outlives the process: a test keeps it to start again.
#[derive(Clone)]
pub struct World {
    /// The time.
    pub clock: TestClock,
    /// Who performs effects.
    pub outside: Outside,
    /// The bus, if there is one.
    pub bus: Option<TestBus>,
    /// Which calls of the store fail.
    pub faults: Faults,
    /// What bounds a round.
    pub limits: Limits,
    /// Who writes to the door and the bus.
    pub post: Post,
}

impl World {
    /// Without a bus; what is outside answers at once.
    pub fn new() -> Self {
        Self {
            clock: TestClock::new(),
            outside: Outside::new(),
            bus: None,
            faults: Faults::default(),
            limits: Limits::default(),
            post: Post::default(),
        }
    }

    /// What leaves beside what others read: commands too, so that the bus is used.
    const fn publishing(&self) -> Publishing {
        match self.bus {
            None => Publishing::Nothing,
            Some(_) => Publishing::EventsAndCommands,
        }
    }

    /// The same with a bus.
    #[must_use]
    pub fn with_bus(self) -> Self {
        Self { bus: Some(TestBus::new()), ..self }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// The adapters of the process.
pub struct Gear<S> {
    store: Faulty<S>,
    world: World,
}

impl<P> Ports for Gear<P>
where
    P: Transactions + Deliveries + Queries,
{
    type Store = Faulty<P>;
    type Bus = TestBus;
    type Effects = Outside;
    type Clock = TestClock;

    fn store(&self) -> &Faulty<P> {
        &self.store
    }

    fn bus(&self) -> Option<&TestBus> {
        self.world.bus.as_ref()
    }

    fn effects(&self) -> &Outside {
        &self.world.outside
    }

    fn clock(&self) -> &TestClock {
        &self.world.clock
    }
}

/// A process: an engine on a store.
pub struct Plant<S>
where
    S: Transactions + Deliveries + Queries,
{
    door: Door<Gear<S>>,
    engine: Option<Engine<Gear<S>>>,
    loops: JoinSet<()>,
    post: Post,
}

impl<S> Plant<S>
where
    S: Transactions + Deliveries + Queries,
{
    /// Opens the store. Nothing moves before `run`.
    ///
    /// # Panics
    /// The store can't begin.
    pub async fn open<P: Site<Store = S>>(site: &P, world: &World) -> Self {
        let hosting: Arc<Hosting> = Arc::new(toys(false, world.publishing()));
        let clock = world.clock.clone();
        let opening = Opening {
            kinds: hosting.record_kinds().collect(),
            clock: Arc::new(move || engine::Clock::now(&clock)),
        };
        let store = Faulty::new(site.open(opening).await, world.faults.clone());
        let gear = Gear { store, world: world.clone() };
        let engine = Engine::start(gear, hosting, world.limits).await.expect("an epoch");
        let (door, post) = (engine.door(), world.post.clone());
        Self { door, engine: Some(engine), loops: JoinSet::new(), post }
    }

    /// Opens the store and lets everything run.
    pub async fn start<P: Site<Store = S>>(site: &P, world: &World) -> Self {
        let mut plant = Self::open(site, world).await;
        plant.run();
        plant
    }

    /// Everything runs. What waits at the door or on the bus by now comes into one round.
    ///
    /// # Panics
    /// It runs already.
    pub fn run(&mut self) {
        let loops = self.engine.take().expect("an engine at rest").into_loops();
        for engine_loop in loops.into_iter().rev() {
            self.loops.spawn(engine_loop);
        }
    }

    /// The door.
    pub const fn door(&self) -> &Door<Gear<S>> {
        &self.door
    }

    /// What is said at the door to each of these requests. They are at the door as soon as the
    /// future is polled once.
    pub fn ask(&mut self, words: &str) -> impl Future<Output = String> + Send + use<S> {
        let deliveries = self.post.deliveries(words);
        let requests = deliveries.into_iter().map(|it| request(self.door.clone(), it));
        let answers = join_all(requests);
        tokio::task::unconstrained(async move {
            tell_runs(&answers.await.iter().map(tell_answer).collect::<Vec<_>>())
        })
    }

    /// What is said at the door of another process on the same store, which dies right after it.
    pub async fn elsewhere(&self, world: &World, words: &str) -> String {
        self.hosted_as(toys(false, world.publishing()), world, words).await
    }

    /// The same of a process that hosts everybody, also those who are elsewhere for this one.
    pub async fn together(&self, world: &World, words: &str) -> String {
        self.hosted_as(everybody(), world, words).await
    }

    async fn hosted_as(&self, hosting: Hosting, world: &World, words: &str) -> String {
        let nobody = Claim { epoch: 0, lease: Duration::ZERO, slots: 0 };
        let deliveries = self.post.deliveries(words);
        let round = Round::new(Arc::new(hosting), deliveries, world.limits, nobody);
        match self.door.ports().store().transact(round).await {
            Ok(committed) => tell_replies(&committed.replies),
            Err(failed) => tell_error(&failed.error),
        }
    }

    /// What the store says to these words.
    pub async fn look(&self, words: &str) -> String {
        look(self.door.ports().store(), words).await
    }

    /// Waits until the process is like that.
    ///
    /// # Panics
    /// Never: the status outlives its readers.
    pub async fn is(&self, like: impl FnMut(&Status) -> bool) -> Status {
        let mut status = self.door.status();
        status.wait_for(like).await.expect("a status").clone()
    }

    /// Waits until a question is answered so; time goes on meanwhile.
    pub async fn shows(&self, world: &World, words: &str, expected: &str) {
        loop {
            let told = self.look(words).await;
            if told == expected {
                return;
            }
            world.clock.pass().await;
        }
    }

    /// Ends in order: what came in is handled first.
    pub async fn close(self) {
        self.door.close();
        self.is(|status| matches!(status, Status::Stopped | Status::Failed(_))).await;
        self.crash().await;
    }

    /// Ends at once, wherever its loops stand.
    pub async fn crash(mut self) {
        self.loops.shutdown().await;
    }
}

async fn request<S>(door: Door<Gear<S>>, delivery: Delivery) -> Result<Option<Reply>, DoorError>
where
    S: Transactions + Deliveries + Queries,
{
    let Delivery { to, content, origin } = delivery;
    let (Content::Message(message), Origin::Door(key)) = (content, origin) else {
        panic!("only requests come to the door");
    };
    door.send(to, (*message).clone(), key).await
}

fn tell_answer(answer: &Result<Option<Reply>, DoorError>) -> String {
    match answer {
        Ok(reply) => tell_reply(reply.as_ref()),
        Err(DoorError::Overloaded) => "overloaded".into(),
        Err(DoorError::Stopping) => "stopping".into(),
        Err(DoorError::Store(error)) => tell_error(error),
    }
}
