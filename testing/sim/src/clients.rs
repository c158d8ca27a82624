//! The customers: they order, repeat, hang up and change their mind; and the shelf is filled.

use crate::executor::{Universe, lock};
use crate::faults::{Fault, Faults};
use crate::operator;
use crate::provider::Books;
use crate::world::{Doors, OUTSIDE, World};
use contracts::messages::{
    AdjustStock, CancelOrder, CaptureMode, CreateOrder, Line, ProviderAnswered, SetStock,
    StockPolicy,
};
use contracts::{Body, Currency, Message, MessageId, Money, ServiceName, Source, Timestamp};
use engine::RequestKey;
use service::Reply;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Orders in one world.
pub const ORDERS: u64 = 50;
/// They come within so many seconds.
const WITHIN: u64 = 200;
const SKUS: [&str; 4] = ["tea", "ink", "oak", "zinc"];
const LOCATIONS: [&str; 2] = ["near", "far"];
/// The tokens, and how often each is used of a hundred orders.
const METHODS: [(&str, u64); 10] = [
    ("pm_card_visa", 40),
    ("invoice", 20),
    ("pm_card_declined", 8),
    ("pm_card_insufficient_funds", 4),
    ("pm_capture_declined", 6),
    ("pm_timeout_then_success", 6),
    ("pm_timeout_then_failure", 4),
    ("pm_authorize_late", 5),
    ("pm_void_refused", 3),
    ("pm_requires_action", 4),
];

/// What a client asked for, and what it was told.
#[derive(Clone, Debug)]
pub struct Promise {
    /// What was asked for.
    pub order: CreateOrder,
    /// Whether an answer has come.
    pub acknowledged: bool,
    /// Whether a cancel was accepted.
    pub cancelled: bool,
}

/// What clients were told.
#[derive(Clone, Default)]
pub struct Promises(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    by_order: BTreeMap<String, Promise>,
    received: BTreeMap<String, u64>,
    open: u64,
    broken: Option<String>,
}

impl Promises {
    /// Whether every client has got its answer.
    pub fn all_kept(&self) -> bool {
        lock(&self.0).open == 0
    }

    /// Every order that was asked for.
    pub fn orders(&self) -> BTreeMap<String, Promise> {
        lock(&self.0).by_order.clone()
    }

    /// Units that were brought, by SKU.
    pub fn brought(&self) -> BTreeMap<String, u64> {
        lock(&self.0).received.clone()
    }

    /// A client was told two different things, if one was.
    pub fn broken(&self) -> Option<String> {
        lock(&self.0).broken.clone()
    }
}

/// One client, or the clerk who fills the shelf.
#[derive(Clone)]
pub(crate) struct Client {
    pub universe: Universe,
    pub faults: Faults,
    doors: Doors,
    promises: Promises,
}

/// Everybody outside begins.
pub(crate) fn open(world: &mut World) {
    let client = Client {
        universe: world.universe.clone(),
        faults: world.faults.clone(),
        doors: world.doors(),
        promises: world.promises.clone(),
    };
    let scarce = world.random().chance(5_000);
    for (place, sku) in SKUS.into_iter().enumerate() {
        for location in LOCATIONS {
            let on_hand = if scarce { 20 } else { 60 } + world.random().below(40);
            client.clone().fill(sku, location, on_hand, place as u64);
        }
    }
    for number in 0..ORDERS {
        let order = draw_order(world, number);
        let after = Duration::from_millis(5_000 + world.random().below(WITHIN * 1_000));
        operator::watch_over(client.clone(), &order, after);
        client.clone().order(order, after);
    }
    client.clone().forward_unasked(world.books.clone());
}

fn draw_order(world: &mut World, number: u64) -> CreateOrder {
    let random = world.random();
    let wanted = 1 + random.below(5);
    let mut lines = vec![];
    for _ in 0..wanted {
        let sku = random.pick(&SKUS).copied().unwrap_or("tea");
        let quantity = 1 + u32::try_from(random.below(4)).unwrap_or(0);
        let price = Money::new(1 + i64::try_from(random.below(5_000)).unwrap_or(0), Currency::USD);
        lines.push(Line { sku: sku.into(), quantity, unit_price: Some(price) });
    }
    let mut lines = if random.chance(1_500) { vec![] } else { lines };
    if random.chance(300) {
        lines.push(Line { sku: "unknown".into(), quantity: 1, unit_price: None });
    }
    let sum = lines.iter().filter_map(|line| line.unit_price?.checked_mul(line.quantity));
    let sum = sum.fold(Money::zero(Currency::USD), |sum, it| sum.checked_add(it).unwrap_or(sum));
    let amount = Money::new(i64::try_from(random.below(9_000)).unwrap_or(0), Currency::USD);
    let mut drawn = random.below(METHODS.iter().map(|(_, weight)| weight).sum());
    let method = METHODS.iter().find(|(_, weight)| {
        let here = drawn < *weight;
        drawn = drawn.saturating_sub(*weight);
        here
    });
    let capture_mode =
        if random.chance(800) { CaptureMode::Manual } else { CaptureMode::Automatic };
    CreateOrder {
        order_id: format!("o-{number}"),
        user_id: format!("u-{}", random.below(9)),
        total: Some(if lines.is_empty() { amount } else { sum }),
        lines,
        capture_mode: capture_mode.into(),
        payment_method: method.map_or("pm_card_visa", |(method, _)| method).into(),
        metadata: String::new(),
    }
}

impl Client {
    fn fill(self, sku: &'static str, location: &'static str, on_hand: u64, place: u64) {
        lock(&self.promises.0).open += 1;
        self.universe.clone().spawn(OUTSIDE, async move {
            self.universe.sleep(Duration::from_millis(10 + place)).await;
            let policy = StockPolicy::Deny.into();
            let body = SetStock { sku: sku.into(), location: location.into(), on_hand, policy };
            let key = self.key(&["stock", sku, location]);
            self.insist(ServiceName::Inventory, sku, body.into(), key).await;
            *lock(&self.promises.0).received.entry(sku.into()).or_default() += on_hand;
            // A delivery that is reported twice must count once.
            let delta = 3;
            let reason = "a delivery".to_string();
            let (sku_name, place_name) = (sku.to_string(), location.to_string());
            let body = AdjustStock { sku: sku_name, location: place_name, delta, reason };
            let key = self.key(&["delivery", sku, location]);
            self.insist(ServiceName::Inventory, sku, body.clone().into(), key).await;
            *lock(&self.promises.0).received.entry(sku.into()).or_default() += 3;
            if self.faults.strikes(Fault::ClientRetry) {
                self.insist(ServiceName::Inventory, sku, body.into(), key).await;
            }
            if self.universe.chance(3_000) {
                // More than any shelf holds: the database refuses it, and nobody else may suffer.
                let body = AdjustStock {
                    sku: sku.into(),
                    location: location.into(),
                    delta: crate::checks::ABSURD_DELTA,
                    reason: "a typing error".into(),
                };
                let key = self.key(&["absurd", sku, location]);
                self.insist(ServiceName::Inventory, sku, body.into(), key).await;
            }
            lock(&self.promises.0).open -= 1;
        });
    }

    fn order(self, order: CreateOrder, after: Duration) {
        lock(&self.promises.0).open += 1;
        let promise = Promise { order: order.clone(), acknowledged: false, cancelled: false };
        let order_id = order.order_id.clone();
        self.universe.clone().spawn(OUTSIDE, async move {
            self.universe.sleep(after).await;
            lock(&self.promises.0).by_order.insert(order_id.clone(), promise);
            // Some give no key: the order's id alone makes it safe to repeat.
            let key = self.key(&["order", &order_id]).filter(|_| self.universe.chance(6_000));
            let body: Body = order.clone().into();
            let first = self.insist(ServiceName::Orders, &order_id, body, key).await;
            self.told(&order_id, |promise| promise.acknowledged = true);
            if self.faults.strikes(Fault::ClientRetry) {
                self.universe.sleep(Duration::from_secs(self.universe.below(90))).await;
                let again = self.insist(ServiceName::Orders, &order_id, order.into(), key).await;
                if again != first {
                    let what = format!("order {order_id}: told {first:?}, then {again:?}");
                    lock(&self.promises.0).broken = Some(what);
                }
            }
            if self.faults.strikes(Fault::ClientCancel) {
                self.cancel(&order_id).await;
            }
            lock(&self.promises.0).open -= 1;
        });
    }

    async fn cancel(&self, order_id: &str) {
        let spread = if self.universe.chance(5_000) { 3_000 } else { 90_000 };
        self.universe.sleep(Duration::from_millis(self.universe.below(spread))).await;
        let body = CancelOrder { order_id: order_id.into(), reason: "changed my mind".into() };
        let key = self.key(&["cancel", order_id]);
        let reply = self.insist(ServiceName::Orders, order_id, body.into(), key).await;
        if matches!(reply, Reply::Accepted(_)) {
            self.told(order_id, |promise| promise.cancelled = true);
        }
    }

    /// What the provider says unasked comes in like a webhook.
    fn forward_unasked(self, books: Arc<Mutex<Books>>) {
        let universe = self.universe.clone();
        let watcher = self.clone();
        // It belongs to the world's first minute only by its start; it must not keep it awake.
        universe.clone().spawn(crate::world::ERRANDS, async move {
            loop {
                universe.sleep(Duration::from_millis(500)).await;
                let unasked = lock(&books).unasked.first().cloned();
                if let Some(answer) = unasked {
                    watcher.bring(answer).await;
                    lock(&books).unasked.remove(0);
                }
            }
        });
    }

    async fn bring(&self, answer: ProviderAnswered) {
        let (order_id, operation) = (answer.order_id.clone(), answer.operation_id.clone());
        let key = self.key(&["unasked", &operation, &self.universe.below(u64::MAX).to_string()]);
        let (from, to) = (Source::Provider, ServiceName::Payments);
        self.insist_as(from, to, &order_id, answer.into(), key).await;
    }

    fn told(&self, order_id: &str, change: impl FnOnce(&mut Promise)) {
        if let Some(promise) = lock(&self.promises.0).by_order.get_mut(order_id) {
            change(promise);
        }
    }

    pub fn key(&self, parts: &[&str]) -> Option<RequestKey> {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        let key = MessageId::root(Timestamp(0), &parts);
        Some(RequestKey { key, fingerprint: [7; 16] })
    }

    async fn insist(
        &self,
        to: ServiceName,
        subject: &str,
        body: Body,
        key: Option<RequestKey>,
    ) -> Reply {
        self.insist_as(Source::Client, to, subject, body, key).await
    }

    /// Asks until an answer comes.
    pub async fn insist_as(
        &self,
        source: Source,
        to: ServiceName,
        subject: &str,
        body: Body,
        key: Option<RequestKey>,
    ) -> Reply {
        loop {
            let doors: Vec<_> = lock(&self.doors).get(&to).cloned().unwrap_or_default();
            let index = usize::try_from(self.universe.below(doors.len() as u64)).unwrap_or(0);
            if let Some((_, door)) = doors.get(index) {
                let now = self.universe.now();
                let unique = self.universe.below(u64::MAX).to_be_bytes();
                let message = Message {
                    id: MessageId::root(now, &[&unique]),
                    source,
                    subject: subject.into(),
                    time: now,
                    cause: None,
                    step: None,
                    version: 0,
                    traceparent: None,
                    body: body.clone(),
                };
                let mut sending = Box::pin(door.send(to, message, key));
                if self.faults.strikes(Fault::ClientHangUp) {
                    let patience = self.universe.sleep(Duration::from_millis(1));
                    futures_util::future::select(&mut sending, Box::pin(patience)).await;
                } else if let Ok(reply) = sending.await {
                    let nothing = Reply::Accepted(String::new());
                    return reply.unwrap_or(nothing);
                }
            }
            let pause = Duration::from_millis(50 + self.universe.below(2_000));
            self.universe.sleep(pause).await;
        }
    }
}
