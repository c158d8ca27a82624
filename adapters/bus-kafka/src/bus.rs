//! The bus of one process, from its opening to its end.

use crate::client::Trouble;
use crate::consumer::{Member, Shared};
use crate::counts::Counters;
use crate::dead_letters::DeadLetters;
use crate::error::OpenError;
use crate::patience::Patience;
use crate::producer::Publisher;
use crate::readers::Reader;
use crate::settings::Settings;
use crate::topics;
use contracts::{Message, MessageType, ServiceName};
use engine::{Bus, BusCounts, BusError, Published, Received, Routing};
use rdkafka::producer::Producer as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};

/// Between two looks whether Kafka is there.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// The same as long as something stands in the way.
const WAITING_INTERVAL: Duration = Duration::from_millis(500);
/// For an answer to such a look.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(2);
/// A topic of the house, to be asked for.
const PROBED: MessageType = MessageType::OrderCreated;
/// For groups to be left in order.
const LEAVING_LASTS_MAX: Duration = Duration::from_secs(10);

/// Kafka, as one process has it.
pub struct KafkaBus {
    inner: Arc<Inner>,
    looking: JoinHandle<()>,
}

struct Inner {
    settings: Settings,
    readers: Vec<Reader>,
    trouble: Trouble,
    publisher: Publisher,
    shared: Arc<Shared>,
    /// One for each reader, once Kafka was found to be as it must be.
    members: Mutex<Vec<Arc<Member>>>,
    is_open: AtomicBool,
    /// What stands in the way now.
    status: watch::Sender<Result<(), OpenError>>,
}

impl KafkaBus {
    /// Opens the bus for the services hosted here; `routing` says what they read. Topics that are
    /// missing are made. If Kafka doesn't answer the bus is opened later, by itself: until then it
    /// brings nothing, publishes nothing, and [`Self::state`] says why.
    ///
    /// # Errors
    /// The settings can't be, or Kafka answers but is not as it must be.
    pub async fn open(
        settings: Settings,
        hosted: &[ServiceName],
        routing: &Routing,
    ) -> Result<Self, OpenError> {
        settings.check()?;
        let (trouble, counters) = (Trouble::default(), Arc::<Counters>::default());
        let shared = Shared {
            queue: Default::default(),
            dead_letters: DeadLetters::new(&settings, &trouble),
            counters: counters.clone(),
        };
        let inner = Arc::new(Inner {
            publisher: Publisher::new(&settings, &trouble, counters)?,
            readers: Reader::all(hosted, routing),
            settings,
            trouble,
            shared: Arc::new(shared),
            members: Mutex::default(),
            is_open: AtomicBool::new(false),
            status: watch::Sender::new(Ok(())),
        });
        match inner.begin().await {
            Err(error) if !error.is_unreachable() => return Err(error),
            outcome => inner.set_status(outcome),
        }
        let looking = tokio::spawn(look(inner.clone()));
        Ok(Self { inner, looking })
    }

    /// Whether Kafka is there and as it must be.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn state(&self) -> Result<(), OpenError> {
        self.inner.status.borrow().clone()
    }
}

impl Drop for KafkaBus {
    /// The same without waiting for it.
    fn drop(&mut self) {
        self.looking.abort();
        let members = std::mem::take(&mut *self.inner.members());
        if !members.is_empty() {
            std::thread::spawn(|| leave(members));
        }
    }
}

fn leave(members: Vec<Arc<Member>>) {
    members.iter().for_each(|member| member.end());
    members.into_iter().filter_map(Arc::into_inner).for_each(Member::leave);
}

impl Bus for KafkaBus {
    async fn publish(&self, batch: Vec<Arc<Message>>) -> Result<Published, BusError> {
        match self.status() {
            Err(error) if !self.inner.is_open() => Err(error),
            _ => self.inner.publisher.publish(&batch).await,
        }
    }

    async fn next(&self, messages_max: usize) -> Result<Vec<Received>, BusError> {
        loop {
            let failure = self.inner.failure();
            let taken = match &failure {
                None => self.inner.shared.queue.take(messages_max).await,
                Some(_) => self.inner.shared.queue.try_take(messages_max),
            };
            match failure {
                Some(error) if taken.is_empty() => return Err(BusError(error.to_string())),
                _ if taken.is_empty() => {}
                _ => return Ok(taken),
            }
        }
    }

    async fn acknowledge(&self, receipts: Vec<u64>) -> Result<(), BusError> {
        let members = self.inner.members().clone();
        for receipt in receipts {
            let index = usize::try_from(receipt % self.inner.members_count()).unwrap_or(0);
            if let Some(member) = members.get(index) {
                member.acknowledge(receipt);
            }
        }
        Ok(())
    }

    fn caught_up(&self) -> bool {
        let members = self.inner.members();
        members.len() == self.inner.readers.len() && members.iter().all(|it| it.is_caught_up())
    }

    fn status(&self) -> Result<(), BusError> {
        self.state().map_err(|error| BusError(error.to_string()))
    }

    fn is_reachable(&self) -> bool {
        self.inner.is_open() && !self.state().is_err_and(|error| error.is_unreachable())
    }

    fn counts(&self) -> BusCounts {
        self.inner.shared.counters.read()
    }

    /// What was acknowledged doesn't come again, and other replicas take over at once.
    async fn close(&self) {
        self.looking.abort();
        let members = std::mem::take(&mut *self.inner.members());
        let (done, left) = oneshot::channel();
        // The runtime waits for the threads of its own until they end, however long that takes.
        std::thread::spawn(|| {
            leave(members);
            let _ = done.send(()); // by now nobody may wait for it
        });
        if timeout(LEAVING_LASTS_MAX, left).await.is_err() {
            tracing::warn!("Kafka doesn't answer: what was acknowledged last may come again");
        }
    }
}

/// Opens what could not be opened at first, lets those join again who were put out, and looks
/// whether Kafka is still there.
async fn look(inner: Arc<Inner>) {
    let mut failures = 0;
    let mut patience: Vec<_> = inner.readers.iter().map(|_| Patience::new()).collect();
    loop {
        let is_well = inner.status.borrow().is_ok();
        sleep(if is_well { LOOK_INTERVAL } else { WAITING_INTERVAL }).await;
        inner.rejoin(&mut patience);
        let failed = inner.shared.counters.read().publishing_failures;
        let status = if !inner.is_open() {
            inner.begin().await
        } else if failed != failures {
            failures = failed;
            inner.prepare().await // a topic may be gone, or be another one by now
        } else {
            inner.probe().await
        };
        inner.set_status(status.and_then(|()| inner.publishing()));
    }
}

impl Inner {
    fn members(&self) -> MutexGuard<'_, Vec<Arc<Member>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The receipts of one member are so far from each other.
    fn members_count(&self) -> u64 {
        u64::try_from(self.readers.len()).unwrap_or(u64::MAX).max(1)
    }

    /// Prepares the topics and joins the groups; those that it has joined it joins no second time.
    async fn begin(&self) -> Result<(), OpenError> {
        self.prepare().await?;
        let step = self.members_count();
        let mut members = self.members();
        for (first, reader) in (0..).zip(&self.readers).skip(members.len()) {
            let receipts = (first, step);
            let member =
                Member::join(&self.settings, &self.trouble, reader, &self.shared, receipts)?;
            members.push(Arc::new(member));
        }
        drop(members);
        self.is_open.store(true, Ordering::Release);
        Ok(())
    }

    /// Members that read no more give way to new ones, who know nothing of what those had in hand.
    fn rejoin(&self, patience: &mut [Patience]) {
        let mut members = self.members();
        for ((member, reader), patience) in members.iter_mut().zip(&self.readers).zip(patience) {
            if !patience.is_over(member.failure().is_some(), Instant::now()) {
                continue;
            }
            let receipts = (member.forget_all(), self.members_count());
            match Member::join(&self.settings, &self.trouble, reader, &self.shared, receipts) {
                Ok(new) => {
                    let old = std::mem::replace(member, Arc::new(new));
                    std::thread::spawn(|| leave(vec![old]));
                }
                Err(error) => tracing::warn!(%error, "the group can't be joined again yet"),
            }
        }
    }

    async fn prepare(&self) -> Result<(), OpenError> {
        topics::prepare(&self.settings, &self.readers, &self.trouble).await
    }

    /// Whether what was published last is there, unless that was long ago.
    fn publishing(&self) -> Result<(), OpenError> {
        let failure = self.publisher.failure();
        failure.map_or(Ok(()), |reason| Err(OpenError::refused("what is published", reason)))
    }

    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Whether a broker answers, and all members read.
    async fn probe(&self) -> Result<(), OpenError> {
        let client = self.publisher.client();
        let topic = self.settings.topic(PROBED.topic().unwrap_or_default());
        let asked = spawn_blocking(move || {
            client.client().fetch_metadata(Some(&topic), ANSWER_WAIT_MAX).map(|_| ())
        });
        match asked.await {
            Ok(Err(error)) => {
                Err(self.trouble.unreachable(&self.settings.brokers, &error.to_string()))
            }
            _ => {
                let denial = || self.members().iter().find_map(|it| it.denial());
                self.failure().or_else(denial).map_or(Ok(()), Err)
            }
        }
    }

    /// Why one of the members reads no more.
    fn failure(&self) -> Option<OpenError> {
        self.members().iter().find_map(|member| member.failure())
    }

    fn set_status(&self, status: Result<(), OpenError>) {
        if status.is_ok() {
            self.trouble.forget();
        }
        let before = self.status.send_replace(status.clone());
        match (before, status) {
            (Ok(()), Err(error)) => tracing::warn!(%error, "the bus waits"),
            (Err(_), Ok(())) => tracing::info!("the bus is there"),
            _ => {}
        }
    }
}
