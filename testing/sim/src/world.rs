//! A world: processes on databases, a bus between them, a provider and clients outside, and the
//! schedule of crashes.

use crate::bus::{SimBus, Topics};
use crate::clients::{self, Promises};
use crate::database::Database;
use crate::executor::{Executor, Group, Universe, lock};
use crate::faults::{Fault, Faults};
use crate::process::{SimClock, SimPorts};
use crate::provider::{Books, SimProvider};
use crate::random::Random;
use crate::rest;
use crate::store::SimStore;
use crate::watch::Watch;
use check::Facts;
use contracts::{ServiceName, Timestamp};
use engine::{Door, Engine, Limits, Publishing};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The group of everything that no crash of ours touches.
pub const OUTSIDE: Group = 0;
/// The group of what goes on for ever and keeps nobody waiting.
pub const ERRANDS: Group = u64::MAX;

/// For so long things go wrong.
const DISTURBED: Duration = Duration::from_secs(240);
/// Then everything must come to rest within so long.
const REST_MAX: Duration = Duration::from_secs(4 * 3_600);
/// How often the calm world is asked whether it rests.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// Processes on one database, at most.
pub(crate) const REPLICAS_MAX: u64 = 3;
/// Polls of one world; more is a loop that never waits.
const STEPS_MAX: u64 = 3_000_000;

/// Which services run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostingKind {
    /// All four in one process.
    Together,
    /// Each in a process of its own.
    Apart,
    /// Some together, drawn at random.
    Mixed,
}

/// Where requests to a service go in; nothing while its processes are down.
pub type Doors = Arc<Mutex<BTreeMap<ServiceName, Vec<(Group, Door<SimPorts>)>>>>;

/// Some services on one database, in one process or in several replicas.
struct Site {
    services: Vec<ServiceName>,
    database: Arc<Mutex<Database>>,
    replicas: u64,
    running: Vec<Group>,
}

/// A whole shop and its surroundings.
pub struct World {
    /// Time and chance.
    pub universe: Universe,
    /// What goes wrong.
    pub faults: Faults,
    /// Which services run together.
    pub hosting: HostingKind,
    /// The largest number of processes on one database, in the beginning.
    pub replicas: u64,
    /// The provider's books.
    pub books: Arc<Mutex<Books>>,
    /// What clients were told.
    pub promises: Promises,
    /// What was seen at each commit.
    pub watch: Watch,
    executor: Executor,
    random: Random,
    sites: Vec<Site>,
    topics: Arc<Mutex<Topics>>,
    doors: Doors,
    next_group: Group,
    ordered: bool,
    publishing: Publishing,
    limits: Limits,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64) -> Self {
        let universe = Universe::new(seed);
        let mut random = Random::new(seed.wrapping_mul(31).wrapping_add(7));
        let (hosting, homes) = draw_hosting(&mut random);
        let faults = Faults::draw(universe.clone(), &mut random);
        let mut sites = vec![];
        for home in 0..4 {
            let here = ServiceName::ALL.into_iter().zip(homes).filter(|(_, at)| *at == home);
            let services: Vec<_> = here.map(|(service, _)| service).collect();
            if services.is_empty() {
                continue;
            }
            let exclusive = hosting == HostingKind::Together && random.chance(5_000);
            let replicas = if exclusive { 1 } else { 1 + random.below(REPLICAS_MAX) };
            let database = Database::new(exclusive);
            let database = Arc::new(Mutex::new(database));
            sites.push(Site { services, database, replicas, running: vec![] });
        }
        let publishing = match hosting {
            HostingKind::Together if random.chance(5_000) => Publishing::Nothing,
            HostingKind::Together => Publishing::Events,
            HostingKind::Apart | HostingKind::Mixed => Publishing::EventsAndCommands,
        };
        let round_messages_max = if random.chance(3_000) { 3 } else { 512 };
        Self {
            executor: Executor::new(universe.clone()),
            promises: Promises::default(),
            watch: Watch::default(),
            books: Arc::default(),
            topics: Arc::default(),
            doors: Arc::default(),
            next_group: OUTSIDE,
            ordered: random.chance(5_000),
            publishing,
            limits: Limits { round_messages_max, ..Limits::default() },
            universe,
            faults,
            hosting,
            replicas: sites.iter().map(|site| site.replicas).max().unwrap_or(0),
            random,
            sites,
        }
    }

    /// A disturbed stretch, then a calm one until everything rests; the invariants all along. What
    /// is there in the end, by subject.
    ///
    /// # Errors
    /// What was broken, as a sentence.
    pub fn run(&mut self) -> Result<BTreeMap<String, Facts>, String> {
        (0..self.sites.len()).for_each(|site| self.start(site));
        clients::open(self);
        let end = self.universe.now() + DISTURBED;
        while self.universe.now() < end {
            let pause = Duration::from_millis(200 + self.random.below(20_000));
            self.advance(self.universe.now() + pause)?;
            self.disturb();
        }
        self.faults.calm_down();
        (0..self.sites.len()).for_each(|site| self.start(site));
        self.come_to_rest()?;
        rest::at_rest(self)
    }

    fn come_to_rest(&mut self) -> Result<(), String> {
        let patience = self.universe.now() + REST_MAX;
        let mut quiet = 0;
        while quiet < 3 {
            if self.universe.now() > patience {
                return Err(format!("it never comes to rest: {}", rest::what_is_open(self)));
            }
            self.advance(self.universe.now() + LOOK_INTERVAL)?;
            quiet = if self.is_quiet() { quiet + 1 } else { 0 };
        }
        Ok(())
    }

    fn is_quiet(&self) -> bool {
        let rests = |site: &Site| {
            let database = lock(&site.database);
            let nothing_leaves = database.outbox(0, 1).is_empty() && database.hops(1).is_empty();
            let nothing_waits = database.effects().is_empty();
            nothing_leaves && nothing_waits && database.timers().next().is_none()
        };
        lock(&self.topics).is_empty()
            && self.sites.iter().all(rests)
            && lock(&self.books).unasked.is_empty()
            && self.promises.all_kept()
            && !self.executor.runs(OUTSIDE)
    }

    /// Everything that happens until then.
    fn advance(&mut self, until: Timestamp) -> Result<(), String> {
        let mut steps = 0_u64;
        while self.executor.step(until) {
            steps += 1;
            if let Some(broken) = self.watch.broken() {
                return Err(broken);
            }
            self.nothing_is_asked_before_it_is_recorded()?;
            if steps > STEPS_MAX {
                return Err("a loop never waits".into());
            }
        }
        Ok(())
    }

    /// I6, at any moment: whatever the provider has heard of is on record.
    fn nothing_is_asked_before_it_is_recorded(&self) -> Result<(), String> {
        let news = std::mem::take(&mut lock(&self.books).news);
        for (order_id, operation) in news {
            let knows = |site: &Site| lock(&site.database).has_operation(&order_id, &operation);
            if !self.sites.iter().any(knows) {
                return Err(format!("I6: {operation} was asked for before it was recorded"));
            }
        }
        Ok(())
    }

    /// One trouble by schedule, now and then: a crash, a loss of power, a jump of the clock.
    fn disturb(&mut self) {
        let site = usize::try_from(self.random.below(self.sites.len() as u64)).unwrap_or(0);
        match self.random.below(8) {
            0 | 1 => self.crash(site),
            2 => self.lose_power(site),
            3 => self.lose_replica(site),
            4 => self.stand_still(site),
            5 => {
                // Now and then beyond every deadline of a hold or a saga.
                let seconds = if self.random.chance(1_000) { 1_500 } else { 120 };
                self.faults.jump(Duration::from_secs(self.random.below(seconds)));
            }
            _ => {}
        }
        for site in 0..self.sites.len() {
            // Others may have to do without the one that died.
            if self.sites[site].running.is_empty() || self.random.chance(5_000) {
                self.start(site);
            }
        }
    }

    fn crash(&mut self, site: usize) {
        let Some(group) = self.random.pick(&self.sites[site].running).copied() else { return };
        self.kill(site, group);
        self.faults.count(Fault::Crash);
        if self.sites[site].running.is_empty() {
            let downtime = Duration::from_millis(self.random.below(30_000));
            let _ = self.advance(self.universe.now() + downtime);
        }
    }

    /// One of several dies for ever. What it had in hand is left to the others.
    fn lose_replica(&mut self, site: usize) {
        let Site { running, replicas, .. } = &mut self.sites[site];
        let Some(group) = self.random.pick(running).copied().filter(|_| *replicas > 1) else {
            return;
        };
        *replicas -= 1;
        self.kill(site, group);
        self.faults.count(Fault::ReplicaLost);
    }

    /// One is stopped by a signal, mostly for longer than it may lead, now and then for longer than
    /// its requests are claimed. The bus takes it for dead.
    fn stand_still(&mut self, site: usize) {
        let Some(group) = self.random.pick(&self.sites[site].running).copied() else { return };
        let seconds = if self.random.chance(1_500) { 90 } else { 1 + self.random.below(15) };
        self.executor.stop(group, self.universe.now() + Duration::from_secs(seconds));
        lock(&self.topics).release(group);
        self.faults.count(Fault::Standstill);
    }

    /// The machine of a database loses power: all its processes die, and what was not synced.
    fn lose_power(&mut self, site: usize) {
        for group in self.sites[site].running.clone() {
            self.kill(site, group);
        }
        let mut database = lock(&self.sites[site].database);
        let kept = self.random.below(1 + database.unsynced() as u64);
        let lost = database.lose_power(usize::try_from(kept).unwrap_or(0));
        drop(database);
        if lost > 0 {
            self.watch.rebuild(&self.databases());
        }
        self.faults.count(Fault::PowerLoss);
    }

    fn kill(&mut self, site: usize, group: Group) {
        for doors in lock(&self.doors).values_mut() {
            doors.retain(|(of, _)| *of != group);
        }
        self.executor.kill(group);
        lock(&self.topics).release(group);
        self.sites[site].running.retain(|running| *running != group);
    }

    /// As many processes as the site shall have.
    fn start(&mut self, site: usize) {
        while (self.sites[site].running.len() as u64) < self.sites[site].replicas {
            self.next_group += 1;
            let group = self.next_group;
            self.sites[site].running.push(group);
            let ports = self.ports(site, group);
            let publishing = self.publishing;
            let hosting = Arc::new(hosting::of(&self.sites[site].services, publishing));
            let (universe, doors) = (self.universe.clone(), self.doors.clone());
            let limits = self.limits;
            self.universe.spawn(group, async move {
                let names: Vec<_> = hosting.names().collect();
                let Ok(engine) = Engine::start(ports, hosting, limits).await else { return };
                for name in names {
                    lock(&doors).entry(name).or_default().push((group, engine.door()));
                }
                for engine_loop in engine.into_loops() {
                    universe.spawn(group, engine_loop);
                }
            });
        }
    }

    fn ports(&self, site: usize, process: Group) -> SimPorts {
        let Site { services, database, .. } = &self.sites[site];
        let (universe, faults) = (self.universe.clone(), self.faults.clone());
        let watch = self.watch.clone();
        let bus = (self.publishing != Publishing::Nothing).then(|| SimBus {
            universe: universe.clone(),
            topics: self.topics.clone(),
            faults: faults.clone(),
            watch: watch.clone(),
            routing: hosting::routing(),
            hosted: services.clone(),
            process,
            started_at: universe.now(),
            ordered: self.ordered,
            silent_until: Arc::default(),
        });
        let (database, books) = (database.clone(), self.books.clone());
        SimPorts {
            store: SimStore::new(
                universe.clone(),
                database,
                faults.clone(),
                watch,
                process,
                books.clone(),
            ),
            bus,
            provider: SimProvider { universe: universe.clone(), faults, books },
            clock: SimClock(universe),
        }
    }

    /// Where requests go in.
    pub fn doors(&self) -> Doors {
        self.doors.clone()
    }

    /// Draws from the stream of the world's plan.
    pub const fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Every database of the world.
    pub fn databases(&self) -> Vec<Arc<Mutex<Database>>> {
        self.sites.iter().map(|site| site.database.clone()).collect()
    }
}

fn draw_hosting(random: &mut Random) -> (HostingKind, [u64; 4]) {
    match random.below(3) {
        0 => (HostingKind::Together, [0; 4]),
        1 => (HostingKind::Apart, [0, 1, 2, 3]),
        _ => (HostingKind::Mixed, std::array::from_fn(|_| random.below(3))),
    }
}

impl World {
    /// Every message about a subject, by the time it was sent, one line each.
    pub fn story(&self, subject: &str) -> Vec<String> {
        let mut told = vec![];
        for database in self.databases() {
            let database = lock(&database);
            let log = database.log().map(|(_, message)| message);
            let about = log.filter(|message| message.subject.as_str() == subject);
            told.extend(about.map(|message| {
                let step = message.step.as_ref().map_or("", contracts::StepId::as_str);
                let (from, name) = (message.source.as_str(), message.body.message_type().name());
                let said = format!("{from:<12} {name:<22} {step:<32} {:?}", message.body);
                (message.time, message.id, said)
            }));
        }
        told.sort();
        told.dedup();
        told.into_iter()
            .map(|(time, _, said)| format!("{:>12.6} {said}", time.micros() as f64 / 1e6))
            .collect()
    }
}
