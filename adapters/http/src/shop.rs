//! What the routes need of the engine, with the adapters' types out of sight.

use crate::Settings;
use crate::limits::Limits;
use crate::problem::{
    INTERNAL_ERROR, OUTCOME_UNKNOWN, OVERLOADED, Problem, STOPPING, STORAGE_FULL, STORE_UNAVAILABLE,
};
use contracts::{Currency, Message, MessageId, ServiceName, Source, Subject, Timestamp};
use engine::{
    Bus, BusError, Door, DoorError, Effects, Group, LogPage, LogPlace, LogRequest, LoggedMessage,
    News, Page, PageRequest, Ports, Queries, RequestKey, Status, StoreError, Stored, Tally,
    TallyRequest, codec,
};
use futures_util::future::BoxFuture;
use service::{Index, Kept, Key, Record, RecordKey, RecordKind, Reply, Value};
use std::sync::Arc;
use tokio::sync::watch;

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// The engine of this process, whatever its adapters are.
pub trait Shop: Send + Sync + 'static {
    /// Brings a request in and waits until it is on disk.
    fn send(
        &self,
        to: ServiceName,
        message: Message,
        key: Option<RequestKey>,
    ) -> BoxFuture<'_, Result<Option<Reply>, DoorError>>;
    /// One record.
    fn record(&self, key: RecordKey) -> Answer<'_, Option<Stored>>;
    /// A subject's records of one kind.
    fn records_of(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        rows_max: usize,
    ) -> Answer<'_, Vec<Stored>>;
    /// A page of the records of a kind.
    fn page(&self, request: PageRequest) -> Answer<'_, Page>;
    /// How many records there are by the columns of an index.
    fn count(
        &self,
        kind: &'static RecordKind,
        index: &'static Index,
        groups_max: usize,
    ) -> Answer<'_, Vec<Group>>;
    /// A run of the log.
    fn log(&self, request: LogRequest) -> Answer<'_, LogPage>;
    /// Sums that many orders add to.
    fn tallies(&self, request: TallyRequest) -> Answer<'_, Vec<Tally>>;
    /// What is committed from now on by this process.
    fn news(&self, about: Option<Subject>) -> News;
    /// Whether the store can be read.
    fn ping(&self) -> Answer<'_, ()>;
    /// How the process is doing.
    fn status(&self) -> Status;
    /// What the broker says: `ok`, or what is missing there.
    fn broker(&self) -> Result<&'static str, String>;
    /// Whether the payment provider answers; none where nobody elsewhere is asked.
    fn provider(&self) -> BoxFuture<'_, Option<Result<(), String>>>;
    /// The time by this process's clock.
    fn now(&self) -> Timestamp;
}

impl<P: Ports> Shop for Door<P> {
    fn send(
        &self,
        to: ServiceName,
        message: Message,
        key: Option<RequestKey>,
    ) -> BoxFuture<'_, Result<Option<Reply>, DoorError>> {
        Box::pin(Self::send(self, to, message, key))
    }

    fn record(&self, key: RecordKey) -> Answer<'_, Option<Stored>> {
        Box::pin(self.ports().store().record(key))
    }

    fn records_of(
        &self,
        kind: &'static RecordKind,
        subject: Subject,
        rows_max: usize,
    ) -> Answer<'_, Vec<Stored>> {
        Box::pin(self.ports().store().records_of(kind, subject, rows_max))
    }

    fn page(&self, request: PageRequest) -> Answer<'_, Page> {
        Box::pin(self.ports().store().page(request))
    }

    fn count(
        &self,
        kind: &'static RecordKind,
        index: &'static Index,
        groups_max: usize,
    ) -> Answer<'_, Vec<Group>> {
        Box::pin(self.ports().store().count(kind, index, groups_max))
    }

    fn log(&self, request: LogRequest) -> Answer<'_, LogPage> {
        Box::pin(self.ports().store().log(request))
    }

    fn tallies(&self, request: TallyRequest) -> Answer<'_, Vec<Tally>> {
        Box::pin(self.ports().store().tallies(request))
    }

    fn news(&self, about: Option<Subject>) -> News {
        Self::news(self, about)
    }

    fn ping(&self) -> Answer<'_, ()> {
        Box::pin(self.ports().store().ping())
    }

    fn status(&self) -> Status {
        Self::status(self).borrow().clone()
    }

    fn broker(&self) -> Result<&'static str, String> {
        match self.ports().bus() {
            None if self.hosting().publishes() => Ok("disabled: what is to be published is kept"),
            None => Ok("not used"),
            Some(bus) => match bus.status() {
                Err(BusError(what)) => Err(what),
                Ok(()) if bus.caught_up() => Ok("ok"),
                Ok(()) => {
                    Err("what was there when partitions changed hands is still being read".into())
                }
            },
        }
    }

    fn provider(&self) -> BoxFuture<'_, Option<Result<(), String>>> {
        Box::pin(self.ports().effects().status())
    }

    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

/// What every route has at hand.
#[derive(Clone)]
pub struct Api {
    shop: Arc<dyn Shop>,
    /// The currency of amounts that name none.
    currency: Currency,
    limits: Limits,
    /// Whether the process is about to end.
    leaving: watch::Receiver<bool>,
}

impl Api {
    /// Over the engine of this process. `leaving` becomes true when it is about to end: then it
    /// isn't ready any more, though it goes on answering.
    pub fn new(shop: impl Shop, settings: Settings, leaving: watch::Receiver<bool>) -> Self {
        let limits = Limits::new(&settings);
        Self { shop: Arc::new(shop), currency: settings.currency, limits, leaving }
    }

    /// How the process is doing.
    pub fn status(&self) -> Status {
        match self.shop.status() {
            Status::Running if self.is_leaving() => Status::Stopping,
            status => status,
        }
    }

    /// The currency of amounts that name none.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// How much is let in.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether the process is about to end.
    pub fn is_leaving(&self) -> bool {
        *self.leaving.borrow()
    }

    /// Until the process is about to end.
    pub async fn left(&self) {
        let mut leaving = self.leaving.clone();
        if leaving.wait_for(|is_leaving| *is_leaving).await.is_err() {
            std::future::pending::<()>().await; // nobody is there to say so
        }
    }

    /// The engine.
    pub fn shop(&self) -> &dyn Shop {
        &*self.shop
    }

    /// A message from outside about a subject.
    pub fn message(&self, subject: &str, body: impl Into<contracts::Body>) -> Message {
        let now = self.shop.now();
        let unique = uuid::Uuid::now_v7();
        Message {
            id: MessageId::root(now, &[unique.as_bytes()]),
            source: Source::Client,
            subject: subject.into(),
            time: now,
            cause: None,
            step: None,
            version: 0,
            traceparent: crate::trace::current(),
            body: body.into(),
        }
    }

    /// Brings a request in; what a service refuses becomes a problem.
    ///
    /// # Errors
    /// It was refused, or not handled.
    pub async fn send(
        &self,
        to: ServiceName,
        message: Message,
        key: Option<RequestKey>,
    ) -> Result<String, Problem> {
        match self.shop.send(to, message, key).await {
            Ok(Some(Reply::Accepted(json))) => Ok(json),
            Ok(Some(Reply::Refused { code, detail })) => Err(Problem::from_code(&code, detail)),
            Ok(None) => {
                Err(Problem::new(&INTERNAL_ERROR, "the service said nothing to the request"))
            }
            Err(error) => Err(door_problem(&error)),
        }
    }

    /// Every message about a subject, oldest first, at most so many.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn log_of(
        &self,
        subject: &str,
        messages_max: usize,
    ) -> Result<Vec<LoggedMessage>, Problem> {
        let about = Some(subject.into());
        let request = LogRequest { about, after: LogPlace::BEGIN, messages_max };
        let page = self.shop.log(request).await;
        page.map(|page| page.messages).map_err(|error| store_problem(&error))
    }

    /// A record and its version.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn record<R: Record, T: Kept<R> + Clone>(
        &self,
        key: Key<T>,
    ) -> Result<Option<(T, u64)>, Problem> {
        let stored = self.shop.record(key.into()).await.map_err(|error| store_problem(&error))?;
        stored.map(|stored| decode::<R, T>(&stored)).transpose()
    }
}

/// What a service replied, as its type.
///
/// # Errors
/// It is of another type.
pub fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Problem> {
    let broken = |error| Problem::new(&INTERNAL_ERROR, format!("the reply can't be read: {error}"));
    serde_json::from_str(json).map_err(broken)
}

/// A stored record as its type.
///
/// # Errors
/// It is of another kind, or can't be read.
pub fn decode<R: Record, T: Kept<R> + Clone>(stored: &Stored) -> Result<(T, u64), Problem> {
    let record = decoded::<R>(stored)?;
    let content = T::of(&record).ok_or_else(|| broken(stored, "it is of another kind"))?;
    Ok((content.clone(), stored.version))
}

/// What a stored record has in its columns.
///
/// # Errors
/// It can't be read.
pub fn columns<R: Record>(stored: &Stored) -> Result<Vec<Value>, Problem> {
    Ok(decoded::<R>(stored)?.columns())
}

fn decoded<R: Record>(stored: &Stored) -> Result<R, Problem> {
    codec::decode(&stored.body).map_err(|error| broken(stored, &error.to_string()))
}

fn broken(stored: &Stored, what: &str) -> Problem {
    Problem::new(&INTERNAL_ERROR, format!("{:?} can't be read: {what}", stored.key))
}

fn door_problem(error: &DoorError) -> Problem {
    match error {
        DoorError::Overloaded => Problem::new(&OVERLOADED, error.to_string()),
        DoorError::Stopping => Problem::new(&STOPPING, error.to_string()),
        DoorError::Store(StoreError::Fatal(_)) => {
            Problem::new(&OUTCOME_UNKNOWN, "the store failed: whether it was done is not known")
        }
        DoorError::Store(error) => store_problem(error),
    }
}

/// What a reader is told of a store that could not be read.
pub fn store_problem(error: &StoreError) -> Problem {
    let kind = match error {
        StoreError::StorageFull(_) => &STORAGE_FULL,
        StoreError::Unavailable(_) => &STORE_UNAVAILABLE,
        StoreError::Rejected(_) | StoreError::Fatal(_) => &INTERNAL_ERROR,
    };
    Problem::new(kind, error.to_string())
}
