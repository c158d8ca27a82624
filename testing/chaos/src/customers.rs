//! Customers who order one thing after the other, whatever becomes of the shop, and what they were
//! told.

use crate::chronicle::Chronicle;
use crate::http::{Answer, Http};
use hyper::Method;
use sim::Random;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Customers at once.
const CUSTOMERS: u64 = 32;
/// Between two orders of one of them, in milliseconds: from 0 up to this.
const PAUSE_MAX: u64 = 1_200;
/// Between two attempts at the same thing.
const RETRY_PAUSE: Duration = Duration::from_millis(200);
/// Of ten thousand orders, so many are repeated although they were acknowledged, and so many are
/// cancelled.
const REPEATED: u64 = 500;
const CANCELLED: u64 = 500;
/// Of ten thousand orders, so many want what runs out.
const SCARCE: u64 = 500;

/// What is always there, and how much of it.
pub const PLENTY: (&str, u64) = ("tea", 1_000_000_000);
/// What runs out.
pub const FEW: (&str, u64) = ("scarce", 100);

/// How customers pay, and whether that goes well.
const METHODS: [(&str, Card); 10] = [
    ("pm_card_visa", Card::Good),
    ("pm_card_visa", Card::Good),
    ("pm_card_visa", Card::Good),
    ("pm_card_visa", Card::Good),
    ("pm_card_visa", Card::Good),
    ("invoice", Card::Good),
    ("invoice", Card::Good),
    ("pm_timeout_then_success", Card::Good),
    ("pm_card_declined", Card::Declined),
    ("pm_capture_declined", Card::Declined),
];

/// Whether somebody can pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Card {
    /// Yes.
    Good,
    /// No.
    Declined,
}

/// What became of a customer's change of mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// There was none.
    NotAsked,
    /// It was asked for, and nobody knows whether it was heard.
    Unknown,
    /// It was accepted.
    Accepted,
    /// It came too late.
    Refused,
}

/// An order that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// Whether it can be paid.
    pub card: Card,
    /// Whether there is enough of what it wants, for certain.
    pub has_stock: bool,
    /// Whether it was taken back.
    pub cancel: Cancel,
}

impl Ordered {
    /// Nothing speaks against it.
    pub fn is_good(&self) -> bool {
        self.card == Card::Good && self.has_stock && self.cancel == Cancel::NotAsked
    }
}

/// What was acknowledged, by order id.
pub type Book = BTreeMap<String, Ordered>;

/// Customers at work.
pub struct Customers {
    crowd: Arc<Crowd>,
    at_work: JoinSet<Book>,
}

struct Crowd {
    http: Http,
    entrances: Vec<u16>,
    chronicle: Arc<Chronicle>,
    acknowledged: AtomicU64,
    go_home: AtomicBool,
}

impl Customers {
    /// They come to these ports.
    pub fn come(seed: u64, entrances: Vec<u16>, chronicle: &Arc<Chronicle>) -> Self {
        let crowd = Arc::new(Crowd {
            http: Http::default(),
            entrances,
            chronicle: chronicle.clone(),
            acknowledged: AtomicU64::new(0),
            go_home: AtomicBool::new(false),
        });
        let mut at_work = JoinSet::new();
        for number in 0..CUSTOMERS {
            let random = Random::new(seed.wrapping_mul(CUSTOMERS).wrapping_add(number));
            at_work.spawn(Customer { number, random, crowd: crowd.clone() }.order());
        }
        Self { crowd, at_work }
    }

    /// How many orders were acknowledged by now.
    pub fn acknowledged(&self) -> u64 {
        self.crowd.acknowledged.load(Ordering::Relaxed)
    }

    /// What was acknowledged.
    pub async fn go_home(self) -> Book {
        self.crowd.go_home.store(true, Ordering::Relaxed);
        self.at_work.join_all().await.into_iter().flatten().collect()
    }
}

struct Customer {
    number: u64,
    random: Random,
    crowd: Arc<Crowd>,
}

impl Customer {
    /// One thing after the other.
    async fn order(mut self) -> Book {
        let mut book = Book::new();
        for turn in 0.. {
            sleep(Duration::from_millis(self.random.below(PAUSE_MAX))).await;
            let order_id = format!("o-{}-{turn}", self.number);
            let (method, card) = *self.random.pick(&METHODS).unwrap_or(&METHODS[0]);
            let has_stock = !self.random.chance(SCARCE);
            let body = body(&order_id, method, if has_stock { PLENTY.0 } else { FEW.0 });
            let Some(answer) = self.insist("/orders", &order_id, &body, &[201]).await else {
                return book;
            };
            self.crowd.acknowledged.fetch_add(1, Ordering::Relaxed);
            let cancel = Cancel::NotAsked;
            book.insert(order_id.clone(), Ordered { card, has_stock, cancel });
            if self.random.chance(REPEATED) {
                self.repeat(&order_id, &body, &answer).await;
            }
            if self.random.chance(CANCELLED) {
                let cancel = self.cancel(&order_id).await;
                book.insert(order_id, Ordered { card, has_stock, cancel });
            }
        }
        book
    }

    /// An acknowledgement is the same for ever.
    async fn repeat(&mut self, order_id: &str, body: &str, before: &Answer) {
        let again = self.insist("/orders", order_id, body, &[201]).await;
        if let Some(again) = again.filter(|again| again.body != before.body) {
            let said = |answer: &Answer| String::from_utf8_lossy(&answer.body).into_owned();
            let what = format!("{order_id} was {}, and is {}", said(before), said(&again));
            self.crowd.chronicle.broken(what);
        }
    }

    async fn cancel(&mut self, order_id: &str) -> Cancel {
        let path = format!("/orders/{order_id}/cancel");
        let key = format!("cancel-{order_id}");
        match self.insist(&path, &key, "{}", &[202, 409]).await {
            Some(answer) if answer.status == 202 => Cancel::Accepted,
            Some(_) => Cancel::Refused,
            None => Cancel::Unknown,
        }
    }

    /// Until an answer of one of these kinds comes; nothing if it is time to go home first.
    async fn insist(
        &mut self,
        path: &str,
        key: &str,
        body: &str,
        wanted: &[u16],
    ) -> Option<Answer> {
        while !self.crowd.go_home.load(Ordering::Relaxed) {
            let entrance = *self.random.pick(&self.crowd.entrances)?;
            let answer = self.crowd.http.call(entrance, Method::POST, path, key, body).await;
            match answer {
                Some(answer) if wanted.contains(&answer.status) => return Some(answer),
                Some(answer) if answer.status < 500 && answer.status != 429 => {
                    let said = String::from_utf8_lossy(&answer.body).into_owned();
                    let what = format!("{path} {key} was answered {}: {said}", answer.status);
                    self.crowd.chronicle.broken(what);
                    return None;
                }
                _ => sleep(RETRY_PAUSE).await,
            }
        }
        None
    }
}

fn body(order_id: &str, method: &str, sku: &str) -> String {
    format!(
        r#"{{"order_id":"{order_id}","user_id":"u","payment_method":"{method}",
            "lines":[{{"sku":"{sku}","quantity":1,"unit_price":"2.50"}}]}}"#
    )
}
