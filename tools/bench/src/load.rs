//! Load: so many clients that each wait for the end of their saga, or so many orders a second
//! whether the server keeps up or not.

use crate::book::Book;
use crate::client::Connection;
use crate::events::Events;
use crate::failure::Failure;
use crate::random::Random;
use crate::workload::{Order, Orders, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// Connections of an open loop; what finds none waits, and its waiting counts.
const OPEN_LOOP_CONNECTIONS: usize = 256;
/// How long what was sent may take to be settled once no more is sent.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// A client that was refused tries again after this.
const REFUSED_PAUSE: Duration = Duration::from_millis(10);

/// How orders are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// So many clients; each sends its next order when the saga of its last one has ended.
    Closed(usize),
    /// So many orders a second, at times that the answers have no say in.
    Open(u32),
}

impl fmt::Display for Load {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(1) => formatter.write_str("1 client"),
            Self::Closed(clients) => write!(formatter, "{clients} clients"),
            Self::Open(rate) => write!(formatter, "{rate}/s"),
        }
    }
}

/// What clients share.
pub struct Desk {
    begun: Instant,
    /// Begins the id of every order of this cell.
    run: String,
    orders: Orders,
    /// Whether the ends of sagas are told; else an order counts as settled when acknowledged.
    is_told: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_closed: bool,
    book: Book,
    waiting: BTreeMap<u64, oneshot::Sender<()>>,
}

impl Desk {
    /// Open for orders.
    pub fn new(orders: Orders, is_told: bool) -> Self {
        let (begun, run) = (Instant::now(), run_name());
        Self { begun, run, orders, is_told, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What it guards is never left half-way: a panic elsewhere spoils nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Microseconds since it began.
    pub fn now(&self) -> u64 {
        micros(self.begun.elapsed())
    }

    /// From now on no order is begun.
    pub fn close(&self) {
        self.state().is_closed = true;
    }

    fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    /// Waits until every order is answered and every saga has ended. Whatever has not after a while
    /// is told by the proof.
    pub async fn drained(&self) {
        let begun = Instant::now();
        while self.book(Book::open_orders) > 0 && begun.elapsed() < DRAIN_TIMEOUT {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Looks at the book.
    pub fn book<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&self.state().book)
    }

    /// The id of an order.
    pub fn order_id(&self, number: u64) -> String {
        format!("{}-{number:08}", self.run)
    }

    fn number(&self, order_id: &str) -> Option<u64> {
        order_id.strip_prefix(&self.run)?.strip_prefix('-')?.parse().ok()
    }

    /// What was ordered under a number.
    pub fn order(&self, number: u64) -> Order {
        self.orders.order(number)
    }

    /// Sends the next order; whoever wants to wait for its end gets a receiver.
    async fn place(
        &self,
        connection: &mut Connection,
        intended: u64,
    ) -> Result<Option<oneshot::Receiver<()>>, Failure> {
        let (done, end) = oneshot::channel();
        let (number, order) = {
            let mut state = self.state();
            let order = self.orders.order(state.book.entries.len() as u64);
            let number = state.book.open(order.outcome, intended);
            state.waiting.insert(number, done);
            (number, order)
        };
        let body = order.body(&self.order_id(number));
        let answer = connection.call(hyper::Method::POST, "/orders", body).await?;
        let at = self.now();
        let mut state = self.state();
        match answer.status {
            201 => state.book.acknowledge(number, at),
            429 | 503 if answer.json()["code"] != "outcome_unknown" => {
                state.book.refuse(number);
                state.waiting.remove(&number);
                return Ok(None);
            }
            status => {
                let what = format!("POST /orders answers {status}: {}", answer.text());
                return Err(Failure::new(what, "orderweaver bench --keep"));
            }
        }
        if !self.is_told {
            state.book.finish(number, order.outcome, at);
        }
        Ok(Some(end))
    }

    /// Notes every end of a saga that the stream tells of.
    pub async fn listen(&self, mut events: Events) -> Failure {
        loop {
            let events = match events.next().await {
                Ok(events) => events,
                Err(failure) => return failure,
            };
            let at = self.now();
            let mut state = self.state();
            for event in events {
                let outcome = match event.data.state.as_str() {
                    "COMPLETED" => Outcome::Completed,
                    _ => Outcome::Compensated,
                };
                let Some(number) = self.number(&event.subject) else { continue };
                state.book.finish(number, outcome, at);
                if let Some(waiting) = state.waiting.remove(&number) {
                    let _ = waiting.send(()); // an open loop doesn't wait
                }
            }
        }
    }
}

/// Sends orders until the desk is closed.
///
/// # Errors
/// A connection is lost, or an answer is none that a sound server gives.
pub async fn run(desk: Arc<Desk>, load: Load, seed: u64, address: String) -> Result<(), Failure> {
    let mut clients = JoinSet::new();
    match load {
        Load::Closed(count) => {
            for _ in 0..count {
                let connection = Connection::open(&address).await?;
                clients.spawn(closed(desk.clone(), connection));
            }
        }
        Load::Open(rate) => {
            let (due, queue) = mpsc::unbounded_channel();
            let queue = Arc::new(tokio::sync::Mutex::new(queue));
            for _ in 0..OPEN_LOOP_CONNECTIONS {
                let connection = Connection::open(&address).await?;
                clients.spawn(open(desk.clone(), connection, queue.clone()));
            }
            pace(desk.clone(), rate, seed, due)?;
        }
    }
    while let Some(done) = clients.join_next().await {
        done.map_err(|error| Failure::new(error, "orderweaver bench"))??;
    }
    Ok(())
}

async fn closed(desk: Arc<Desk>, mut connection: Connection) -> Result<(), Failure> {
    while !desk.is_closed() {
        match desk.place(&mut connection, desk.now()).await? {
            Some(end) if desk.is_told => drop(end.await),
            Some(_) => {}
            None => tokio::time::sleep(REFUSED_PAUSE).await,
        }
    }
    Ok(())
}

type Queue = Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<u64>>>;

async fn open(desk: Arc<Desk>, mut connection: Connection, queue: Queue) -> Result<(), Failure> {
    loop {
        let Some(intended) = queue.lock().await.recv().await else { return Ok(()) };
        desk.place(&mut connection, intended).await?;
    }
}

/// Orders come as from many people who know nothing of each other (a Poisson process). A thread of
/// its own keeps the times: the runtime's timers are a millisecond coarse.
fn pace(
    desk: Arc<Desk>,
    rate: u32,
    seed: u64,
    due: mpsc::UnboundedSender<u64>,
) -> Result<(), Failure> {
    let mut random = Random::of(seed, u64::from(rate));
    let mut intended = desk.now() as f64;
    let keep_time = move || {
        while !desk.is_closed() {
            intended += -(1.0 - random.unit()).ln() / f64::from(rate) * 1e6;
            let wait = (intended as u64).saturating_sub(desk.now());
            std::thread::sleep(Duration::from_micros(wait));
            if due.send(intended as u64).is_err() {
                return; // whoever was to send them has failed
            }
        }
    };
    let started = std::thread::Builder::new().name("bench-pace".into()).spawn(keep_time);
    started.map(drop).map_err(|error| Failure::new(error, "ulimit -u"))
}

/// Waits for something, unless the stream or the load fail meanwhile.
///
/// # Errors
/// That of the one that failed.
pub async fn unless_lost(
    tasks: &mut JoinSet<Result<(), Failure>>,
    wait: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let mut wait = std::pin::pin!(wait);
    loop {
        tokio::select! {
            () = &mut wait => return Ok(()),
            Some(done) = tasks.join_next() => {
                done.map_err(|error| Failure::new(error, "orderweaver bench"))??;
            }
        }
    }
}

/// Begins every order id of a run, so that no two runs share one. Letters only: digits in a row
/// might look like a card number.
fn run_name() -> String {
    let letter = |byte: u8| char::from(b'a' + byte % 26);
    let letters: String = uuid::Uuid::new_v4().into_bytes().into_iter().map(letter).collect();
    format!("bench-{letters}")
}

/// Whole microseconds.
pub fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
