//! Time, what is outside, and a bus: each does only what the test says.

use crate::post::tell_message;
use crate::toy::{START, script_of, told_to};
use contracts::{Body, Message, Timestamp};
use engine::{
    Bus, BusError, Clock, Content, Delivery, Effects, Origin, Published, Received, Unreadable,
};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, watch};

/// A clock that stands still until the test lets time pass.
#[derive(Clone)]
pub struct TestClock(Arc<watch::Sender<Timestamp>>);

impl TestClock {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(START)))
    }

    /// Lets so many seconds pass.
    pub fn advance(&self, seconds: u64) {
        self.0.send_modify(|now| *now = *now + Duration::from_secs(seconds));
    }

    /// Lets a moment pass. It takes a real one too, in which others go first: else hours would pass
    /// while a store waits for its disk or its network.
    pub async fn pass(&self) {
        self.0.send_modify(|now| *now = *now + Duration::from_millis(10));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    /// Lets time pass until it is done.
    pub async fn pass_until<T>(&self, done: impl Future<Output = T>) -> T {
        let mut done = std::pin::pin!(done);
        loop {
            tokio::select! {
                biased;
                found = &mut done => return found,
                () = self.pass() => {}
            }
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep(&self, span: Duration) {
        let until = self.now() + span;
        let mut time = self.0.subscribe();
        let _ = time.wait_for(|now| *now >= until).await; // the sender is in this clock
    }
}

/// Performs requests: the answer says what stands in the request, once the gate is open.
#[derive(Clone)]
pub struct Outside {
    is_open: Arc<watch::Sender<bool>>,
    asked: Arc<watch::Sender<Vec<String>>>,
}

impl Outside {
    pub(super) fn new() -> Self {
        Self { is_open: Arc::new(watch::Sender::new(true)), asked: Arc::default() }
    }

    /// From now on answers wait, or no longer do.
    pub fn open(&self, is_open: bool) {
        self.is_open.send_replace(is_open);
    }

    /// Every script that was asked for, in order, once there are so many.
    ///
    /// # Panics
    /// Never: the list outlives its readers.
    pub async fn asked(&self, count: usize) -> Vec<String> {
        let mut asked = self.asked.subscribe();
        asked.wait_for(|asked| asked.len() >= count).await.expect("a list").clone()
    }
}

impl Effects for Outside {
    async fn perform(&self, request: Arc<Message>) -> Body {
        let (place, script) = script_of(&request.body);
        self.asked.send_modify(|asked| asked.push(script.into()));
        let mut gate = self.is_open.subscribe();
        let _ = gate.wait_for(|is_open| *is_open).await; // the sender is in here
        told_to(place, request.subject.as_str(), script)
    }
}

/// A bus in memory.
#[derive(Clone)]
pub struct TestBus(Arc<Inner>);

struct Inner {
    sender: mpsc::UnboundedSender<Received>,
    receiver: Mutex<mpsc::UnboundedReceiver<Received>>,
    next_receipt: AtomicU64,
    caught_up: AtomicBool,
    acknowledged: watch::Sender<Vec<u64>>,
    published: watch::Sender<Vec<String>>,
    /// How many more messages it takes.
    room: AtomicUsize,
    /// How many batches it was given.
    begun: watch::Sender<usize>,
    is_slow: watch::Sender<bool>,
    is_reachable: AtomicBool,
}

impl TestBus {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self(Arc::new(Inner {
            sender,
            receiver: Mutex::new(receiver),
            next_receipt: AtomicU64::new(0),
            caught_up: AtomicBool::new(true),
            acknowledged: watch::Sender::default(),
            published: watch::Sender::default(),
            room: AtomicUsize::new(usize::MAX),
            begun: watch::Sender::default(),
            is_slow: watch::Sender::default(),
            is_reachable: AtomicBool::new(true),
        }))
    }

    /// Puts deliveries on the bus, for their services.
    ///
    /// # Panics
    /// One of them is to be buried already.
    pub fn bring(&self, deliveries: Vec<Delivery>) {
        for Delivery { to, content, origin } in deliveries {
            assert_eq!(origin, Origin::Bus, "only what comes by the bus");
            let receipt = self.0.next_receipt.fetch_add(1, Ordering::SeqCst);
            let message = match content {
                Content::Message(message) => Ok((*message).clone()),
                Content::Unreadable { subject, bytes, reason, id: _ } => Err(Unreadable {
                    topic: "toys".into(),
                    partition: 3,
                    offset: i64::try_from(receipt).expect("a place"),
                    key: subject.as_str().into(),
                    bytes,
                    reason,
                }),
                Content::Condemned { .. } => panic!("nobody condemns on the bus"),
            };
            // The receiver is in here.
            let _ = self.0.sender.send(Received { to, message, receipt });
        }
    }

    /// Whether everything that was there at the start has been brought.
    pub fn set_caught_up(&self, is_caught_up: bool) {
        self.0.caught_up.store(is_caught_up, Ordering::SeqCst);
    }

    /// It takes so many more messages, then it fails.
    pub fn set_room(&self, room: usize) {
        self.0.room.store(room, Ordering::SeqCst);
    }

    /// From now on it keeps whoever publishes waiting, or no longer does.
    pub fn set_slow(&self, is_slow: bool) {
        self.0.is_slow.send_replace(is_slow);
    }

    /// Whether it says that somebody answers there.
    pub fn set_reachable(&self, is_reachable: bool) {
        self.0.is_reachable.store(is_reachable, Ordering::SeqCst);
    }

    /// Waits until it was given so many batches.
    ///
    /// # Panics
    /// Never: the count outlives its readers.
    pub async fn has_begun(&self, batches: usize) {
        let mut begun = self.0.begun.subscribe();
        begun.wait_for(|begun| *begun >= batches).await.expect("a count");
    }

    /// The receipts that came back, once there are so many.
    ///
    /// # Panics
    /// Never: the list outlives its readers.
    pub async fn acknowledged(&self, count: usize) -> Vec<u64> {
        let mut list = self.0.acknowledged.subscribe();
        list.wait_for(|list| list.len() >= count).await.expect("a list").clone()
    }

    /// What was published, once there are so many.
    ///
    /// # Panics
    /// Never: the list outlives its readers.
    pub async fn published(&self, count: usize) -> Vec<String> {
        let mut list = self.0.published.subscribe();
        list.wait_for(|list| list.len() >= count).await.expect("a list").clone()
    }
}

impl Bus for TestBus {
    async fn publish(&self, batch: Vec<Arc<Message>>) -> Result<Published, BusError> {
        self.0.begun.send_modify(|begun| *begun += 1);
        let mut gate = self.0.is_slow.subscribe();
        let _ = gate.wait_for(|is_slow| !is_slow).await; // the sender is in here
        let room = self.0.room.load(Ordering::SeqCst);
        let taken = batch.len().min(room);
        self.0.room.store(room - taken, Ordering::SeqCst);
        self.0.published.send_modify(|list| {
            list.extend(batch.iter().take(taken).map(|message| tell_message(message)));
        });
        if taken == 0 { Err(BusError("no room".into())) } else { Ok(taken) }
    }

    async fn next(&self, messages_max: usize) -> Result<Vec<Received>, BusError> {
        let mut received = vec![];
        self.0.receiver.lock().await.recv_many(&mut received, messages_max).await;
        Ok(received)
    }

    async fn acknowledge(&self, receipts: Vec<u64>) -> Result<(), BusError> {
        self.0.acknowledged.send_modify(|list| list.extend(receipts));
        Ok(())
    }

    fn caught_up(&self) -> bool {
        self.0.caught_up.load(Ordering::SeqCst)
    }

    fn is_reachable(&self) -> bool {
        self.0.is_reachable.load(Ordering::SeqCst)
    }
}
