//! The suite that every bus passes, on the simulated one in calm weather.

use super::{SimBus, Topics};
use crate::executor::{Executor, Universe, lock};
use crate::faults::Faults;
use crate::random::Random;
use crate::watch::Watch;
use conformance::Crossing;
use contracts::{Message, ServiceName};
use engine::{Routing, Unreadable};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A story that takes longer waits for what never comes.
const STORY_LASTS_MAX: Duration = Duration::from_secs(3_600);
/// The task that plays the story.
const STORY: u64 = 1;

struct Simulated {
    universe: Universe,
    topics: Arc<Mutex<Topics>>,
    faults: Faults,
    processes: AtomicU64,
}

impl Crossing for Simulated {
    type Bus = SimBus;

    async fn open(&self, hosted: &'static [ServiceName], routing: Routing) -> SimBus {
        SimBus {
            universe: self.universe.clone(),
            topics: self.topics.clone(),
            faults: self.faults.clone(),
            watch: Watch::default(), // nothing was committed, so nobody looks at what it says
            routing,
            hosted: hosted.to_vec(),
            process: self.processes.fetch_add(1, Ordering::Relaxed),
            started_at: self.universe.now(),
            ordered: true,
            silent_until: Arc::default(),
        }
    }

    async fn close(&self, bus: SimBus) {
        self.kill(bus).await;
    }

    async fn kill(&self, bus: SimBus) {
        lock(&self.topics).release(bus.process);
    }

    async fn spoil(&self, message: Message, bytes: &'static [u8]) {
        let now = self.universe.now();
        let mut topics = lock(&self.topics);
        let unreadable = Unreadable {
            topic: "garbage".into(),
            partition: 0,
            offset: i64::try_from(topics.next).unwrap_or(i64::MAX),
            key: message.subject.as_str().into(),
            bytes: bytes.to_vec(),
            reason: "planned".into(),
        };
        topics.push(ServiceName::Orders, Err(unreadable), now, now);
    }

    async fn pause(&self) {
        self.universe.sleep(Duration::from_millis(10)).await;
    }
}

fn play(rule: &'static str) {
    let universe = Universe::new(1);
    let faults = Faults::draw(universe.clone(), &mut Random::new(1));
    faults.calm_down();
    let (topics, processes) = (Arc::default(), AtomicU64::new(0));
    let crossing = Simulated { universe: universe.clone(), topics, faults, processes };
    universe.spawn(STORY, conformance::tell_of_bus(rule, crossing));
    let mut executor = Executor::new(universe.clone());
    let until = universe.now() + STORY_LASTS_MAX;
    while executor.step(until) {
        if !executor.runs(STORY) {
            return;
        }
    }
    panic!("it waited for what never came");
}

conformance::bus_suite!(play);
