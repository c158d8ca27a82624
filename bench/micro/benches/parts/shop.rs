//! A shop on a file in a temporary folder, driven round by round.

use contracts::messages::{CreateOrder, Line, SetStock, StockPolicy};
use contracts::{Body, Currency, Message, Money, ServiceName};
use engine::{
    Claim, Delivery, Hosting, Limits, Queries, Round, ScanRequest, ScannedSubject, Subjects,
    Transactions,
};
use service::play::{self, NOW};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use store_sqlite::{Durability, Settings, SqliteStore};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// What everybody orders.
const SKU: &str = "tea";
const PRICE: Money = Money::new(450, Currency::USD);

/// A shop with stock.
pub struct Shop {
    store: SqliteStore,
    hosting: Arc<Hosting>,
    runtime: Runtime,
    orders: Cell<u64>,
    _folder: TempDir,
}

impl Shop {
    pub fn open() -> Self {
        let folder = TempDir::new().expect("a folder");
        let hosting = Arc::new(hosting::together());
        let settings = Settings {
            path: folder.path().join("shop.db"),
            durability: Durability::Ephemeral,
            kinds: hosting.record_kinds().collect(),
            clock: Arc::new(|| NOW),
        };
        let store = SqliteStore::open(settings).expect("a store");
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let shop = Self { store, hosting, runtime, orders: Cell::new(0), _folder: folder };
        let (sku, location, policy) = (SKU.into(), "main".into(), StockPolicy::Unspecified.into());
        let count = SetStock { sku, location, on_hand: inventory::ON_HAND_MAX, policy };
        let count = play::message(NOW, SKU, None, count);
        shop.transact(shop.round_of(vec![Delivery::from_door(
            ServiceName::Inventory,
            count,
            None,
        )]));
        shop
    }

    /// A round of so many new orders.
    pub fn round(&self, orders: usize) -> Round {
        let first = self.orders.get();
        self.orders.set(first + orders as u64);
        let deliveries = (first..self.orders.get()).map(|number| {
            Delivery::from_door(ServiceName::Orders, order(&format!("o-{number}")), None)
        });
        self.round_of(deliveries.collect())
    }

    fn round_of(&self, deliveries: Vec<Delivery>) -> Round {
        let claim = Claim { epoch: 1, lease: Duration::from_secs(1), slots: 0 };
        Round::new(self.hosting.clone(), deliveries, Limits::default(), claim)
    }

    /// Handles a round, and commits it.
    pub fn transact(&self, round: Round) {
        let committed = self.runtime.block_on(self.store.transact(round));
        assert!(committed.is_ok(), "the round was committed");
    }

    /// Everything that is kept about an order whose saga is over.
    pub fn one_order(&self) -> ScannedSubject {
        self.transact(self.round(1));
        let subjects = Subjects::Run { first: 1, subjects_max: 10 };
        let request = ScanRequest { kinds: check::kinds(), subjects };
        let scan = self.runtime.block_on(self.store.scan(request, |scan| scan)).expect("a scan");
        let mut subjects = scan.subjects.into_iter();
        subjects.find(|scanned| scanned.subject.as_str() == "o-0").expect("the order")
    }
}

fn order(order_id: &str) -> Message {
    let line = Line { sku: SKU.into(), quantity: 2, unit_price: Some(PRICE) };
    let order = CreateOrder {
        order_id: order_id.into(),
        user_id: "u-1".into(),
        total: Some(Money::new(2 * PRICE.minor_units(), PRICE.currency())),
        lines: vec![line],
        payment_method: "invoice".into(),
        ..CreateOrder::default()
    };
    play::message(NOW, order_id, None, Body::from(order))
}
