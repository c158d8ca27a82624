//! Load: so many clients that each wait for the end of their saga, or so many orders a second
//! whether the server keeps up or not.

use crate::book::Book;
use crate::client::Connection;
use crate::random::Random;
use crate::workload::{Order, Orders, Outcome};
use hyper::Method;
use serde::Serialize;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use terminal::Failure;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Connections of an open loop; what finds none waits, and its waiting counts.
const OPEN_LOOP_CONNECTIONS: usize = 256;
/// What a client that waits for the end of its saga asks for.
const PREFER: &str = "wait=30";
/// How long what was sent may take to be settled once no more is sent.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(40);
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

impl Load {
    const fn connections(self) -> usize {
        match self {
            Self::Closed(clients) => clients,
            Self::Open(_) => OPEN_LOOP_CONNECTIONS,
        }
    }
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
    load: Load,
    /// Whether a saga is over as soon as its order is acknowledged.
    is_one_round: bool,
    orders_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_closed: bool,
    book: Book,
}

impl Desk {
    /// Open for orders of a shop whose services are apart or not.
    pub fn new(orders: Orders, load: Load, is_apart: bool) -> Self {
        let (begun, run) = (Instant::now(), run_name());
        let is_one_round = !is_apart && orders.is_one_round();
        let (orders_max, state) = (usize::MAX, Mutex::default());
        Self { begun, run, orders, load, is_one_round, orders_max, state }
    }

    /// Open for so many orders.
    pub fn for_orders(self, orders_max: usize) -> Self {
        Self { orders_max, ..self }
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

    /// Whether the server has as many orders as there may be.
    pub fn is_full(&self) -> bool {
        self.book(|book| book.sent() >= self.orders_max && book.unanswered() == 0)
    }

    /// Waits until every order is answered. Whatever is not after a while is told by the proof.
    pub async fn drained(&self) {
        let begun = Instant::now();
        while self.book(Book::unanswered) > 0 && begun.elapsed() < DRAIN_TIMEOUT {
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

    /// What was ordered under a number.
    pub fn order(&self, number: u64) -> Order {
        self.orders.order(number)
    }

    /// Sends the next order, if there may be one more. Whether the server took it.
    async fn place(&self, connection: &mut Connection, intended: u64) -> Result<bool, Failure> {
        let (number, order) = {
            let mut state = self.state();
            if state.book.sent() >= self.orders_max {
                return Ok(false);
            }
            let order = self.orders.order(state.book.entries.len() as u64);
            (state.book.open(order.outcome, intended), order)
        };
        let (path, body) = ("/orders", order.body(&self.order_id(number)));
        let prefer = if self.waits(number) { PREFER } else { "" };
        let answer = connection.call_preferring(Method::POST, path, prefer, body).await?;
        let at = self.now();
        let mut state = self.state();
        match (answer.status, answer.is_waited) {
            (201, true) => {
                state.book.take(number);
                match answer.json()["state"].as_str() {
                    Some("confirmed" | "completed") => {
                        state.book.finish(number, Outcome::Completed, at);
                    }
                    Some("rejected") => state.book.finish(number, Outcome::Compensated, at),
                    _ => {} // the time was over first; the proof tells
                }
            }
            (201, false) => {
                state.book.acknowledge(number, at);
                if self.is_one_round {
                    state.book.finish(number, order.outcome, at);
                }
            }
            (429 | 503, _) if answer.json()["code"] != "outcome_unknown" => {
                state.book.refuse(number);
            }
            (status, _) => {
                let what = format!("POST /orders answers {status}: {}", answer.text());
                return Err(Failure::failed(what, "orderweaver bench --keep"));
            }
        }
        Ok(answer.status == 201)
    }

    /// Whether the client of an order waits for the end of its saga. One that is one round ends
    /// with its acknowledgement. In an open loop every second one waits, so that both are timed.
    const fn waits(&self, number: u64) -> bool {
        let is_asked = matches!(self.load, Load::Closed(_)) || number.is_multiple_of(2);
        is_asked && !self.is_one_round
    }
}

/// Whoever sends orders, until the desk is closed or one of them fails.
pub type Clients = JoinSet<Result<(), Failure>>;

/// Opens every connection, and only then begins to send: a window holds nothing but load.
///
/// # Errors
/// The server doesn't take a connection.
pub async fn start(desk: &Arc<Desk>, seed: u64, address: &str) -> Result<Clients, Failure> {
    let mut connections = vec![];
    for _ in 0..desk.load.connections() {
        connections.push(Connection::open(address).await?);
    }
    let mut clients = JoinSet::new();
    match desk.load {
        Load::Closed(_) => {
            for connection in connections {
                clients.spawn(closed(desk.clone(), connection));
            }
        }
        Load::Open(rate) => {
            let (due, queue) = mpsc::unbounded_channel();
            let queue = Arc::new(tokio::sync::Mutex::new(queue));
            for connection in connections {
                clients.spawn(open(desk.clone(), connection, queue.clone()));
            }
            pace(desk.clone(), rate, seed, due)?;
        }
    }
    Ok(clients)
}

async fn closed(desk: Arc<Desk>, mut connection: Connection) -> Result<(), Failure> {
    while !desk.is_closed() {
        if !desk.place(&mut connection, desk.now()).await? {
            tokio::time::sleep(REFUSED_PAUSE).await;
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
    started.map(drop).map_err(|error| Failure::failed(error, "ulimit -u"))
}

/// Waits for something, unless the load fails meanwhile.
///
/// # Errors
/// A client failed.
pub async fn unless_lost(
    clients: &mut Clients,
    wait: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let mut wait = std::pin::pin!(wait);
    loop {
        tokio::select! {
            () = &mut wait => return Ok(()),
            Some(done) = clients.join_next() => {
                done.map_err(|error| Failure::failed(error, "orderweaver bench"))??;
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
