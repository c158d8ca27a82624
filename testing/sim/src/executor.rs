//! An executor whose order of events and whose time are decided by the seed.

use crate::random::Random;
use contracts::Timestamp;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Locks; a panic elsewhere doesn't make the world unreadable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tasks that end together when their process dies.
pub type Group = u64;

type TaskId = u64;
type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Time and chance, shared by everything in the world.
#[derive(Clone)]
pub struct Universe(Arc<Mutex<Inner>>);

struct Inner {
    now: Timestamp,
    random: Random,
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
    next_sleeper: u64,
    ready: Vec<TaskId>,
    /// Tasks spawned while others run.
    spawned: Vec<(Group, Task)>,
    /// A hash of everything that has happened.
    trace: u64,
}

impl Universe {
    /// A world that begins at a fixed time.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            now: Timestamp(1_700_000_000_000_000),
            random: Random::new(seed),
            sleepers: BTreeMap::new(),
            next_sleeper: 0,
            ready: vec![],
            spawned: vec![],
            trace: 0,
        })))
    }

    /// The true time.
    pub fn now(&self) -> Timestamp {
        lock(&self.0).now
    }

    /// True so many times in ten thousand.
    pub fn chance(&self, of_ten_thousand: u64) -> bool {
        lock(&self.0).random.chance(of_ten_thousand)
    }

    /// From 0 up to `bound`, without it.
    pub fn below(&self, bound: u64) -> u64 {
        lock(&self.0).random.below(bound)
    }

    /// Waits for so long.
    pub fn sleep(&self, span: Duration) -> Sleep {
        let until = self.now() + span;
        Sleep { universe: self.clone(), until, key: None }
    }

    fn wake_at(&self, at: Timestamp, waker: Waker) {
        let mut inner = lock(&self.0);
        inner.next_sleeper += 1;
        let key = (at, inner.next_sleeper);
        inner.sleepers.insert(key, waker);
    }

    /// Lets others go first, now and then.
    pub async fn give_way(&self) {
        if self.chance(3_000) {
            self.sleep(Duration::from_micros(1 + self.below(400))).await;
        }
    }

    /// Runs beside the others.
    pub fn spawn(&self, group: Group, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.0).spawned.push((group, Box::pin(task)));
    }

    /// Something has happened that two runs of a seed must agree on.
    pub fn trace(&self, what: u64) {
        let mut inner = lock(&self.0);
        inner.trace = (inner.trace ^ what).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(5);
    }

    /// The hash of everything that has happened.
    pub fn trace_hash(&self) -> u64 {
        lock(&self.0).trace
    }
}

/// A wait that ends when the world's time has come.
pub struct Sleep {
    universe: Universe,
    until: Timestamp,
    key: Option<(Timestamp, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let universe = self.universe.clone();
        let mut inner = lock(&universe.0);
        if inner.now >= self.until {
            return Poll::Ready(());
        }
        let key = match self.key {
            Some(key) => key,
            None => {
                inner.next_sleeper += 1;
                (self.until, inner.next_sleeper)
            }
        };
        inner.sleepers.insert(key, context.waker().clone());
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            lock(&self.universe.0).sleepers.remove(&key);
        }
    }
}

/// Runs the tasks, one poll at a time.
pub struct Executor {
    universe: Universe,
    tasks: BTreeMap<TaskId, (Group, Task)>,
    next_task: TaskId,
    /// Until when a group stands still.
    stopped: BTreeMap<Group, Timestamp>,
}

struct Alarm {
    task: TaskId,
    universe: Universe,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let mut inner = lock(&self.universe.0);
        if !inner.ready.contains(&self.task) {
            inner.ready.push(self.task);
        }
    }
}

impl Executor {
    /// Nothing runs yet.
    pub const fn new(universe: Universe) -> Self {
        Self { universe, tasks: BTreeMap::new(), next_task: 0, stopped: BTreeMap::new() }
    }

    /// One poll of one task that is ready; if none is, time goes on to the next sleeper, but not
    /// beyond `until`. False: that time has come.
    pub fn step(&mut self, until: Timestamp) -> bool {
        self.adopt();
        let chosen = {
            let mut inner = lock(&self.universe.0);
            let count = inner.ready.len() as u64;
            let index = usize::try_from(inner.random.below(count)).unwrap_or(0);
            (count > 0).then(|| inner.ready.swap_remove(index))
        };
        match chosen {
            Some(task) => {
                self.poll(task);
                true
            }
            None => self.pass_time(until),
        }
    }

    fn adopt(&mut self) {
        let spawned = std::mem::take(&mut lock(&self.universe.0).spawned);
        for (group, task) in spawned {
            self.next_task += 1;
            self.tasks.insert(self.next_task, (group, task));
            lock(&self.universe.0).ready.push(self.next_task);
        }
    }

    fn poll(&mut self, id: TaskId) {
        let Some((group, task)) = self.tasks.get_mut(&id) else { return };
        let alarm = Arc::new(Alarm { task: id, universe: self.universe.clone() });
        let waker = Waker::from(alarm);
        if let Some(until) = self.stopped.get(group).filter(|it| **it > self.universe.now()) {
            return self.universe.wake_at(*until, waker);
        }
        self.universe.trace(id);
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            self.tasks.remove(&id);
        }
    }

    fn pass_time(&self, until: Timestamp) -> bool {
        let woken = {
            let mut inner = lock(&self.universe.0);
            match inner.sleepers.first_key_value() {
                Some((key, _)) if key.0 <= until => {
                    let key = *key;
                    inner.now = inner.now.max(key.0);
                    inner.sleepers.remove(&key)
                }
                _ => {
                    inner.now = inner.now.max(until);
                    None
                }
            }
        };
        let is_woken = woken.is_some();
        if let Some(waker) = woken {
            waker.wake();
        }
        is_woken
    }

    /// All tasks of a group stand still until then, wherever they are, and then go on as if nothing
    /// had happened.
    pub fn stop(&mut self, group: Group, until: Timestamp) {
        self.stopped.insert(group, until);
    }

    /// All tasks of a group are dropped wherever they stand.
    pub fn kill(&mut self, group: Group) {
        self.adopt();
        self.stopped.remove(&group);
        let doomed = self.tasks.iter().filter(|(_, (of, _))| *of == group).map(|(id, _)| *id);
        let doomed: Vec<TaskId> = doomed.collect();
        for id in doomed {
            let task = self.tasks.remove(&id);
            drop(task); // outside of any lock: it may wake others
        }
    }

    /// Whether any task of a group still runs.
    pub fn runs(&self, group: Group) -> bool {
        self.tasks.values().any(|(of, _)| *of == group)
    }
}
