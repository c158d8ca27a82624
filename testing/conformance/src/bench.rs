//! Plays stories against a store: each line does something, and `->` is what came of it.
//!
//! ```text
//! left a: add 5, say -> 5                  a request at the door in a round of its own; its reply
//! key k left a: say | bus 7 right b: say   two in one round; the key and the id are given
//! 1000 x left a: add 1 -> 1000 x -         so many in one round
//! together left a: add 1 || left a: add 1  two rounds at once
//! again                                    the deliveries of the last round, as they were
//! at 10                                    it is ten seconds after the start
//! limit messages 1                         also waves, and slots for effects
//! reopen                                   closes the store and opens it
//! ```
//!
//! The other lines stand in `ask.rs`.

use crate::toy::{START, toys};
use crate::{Opening, Post, Site};
use contracts::Timestamp;
use engine::{
    Claim, Committed, Deliveries, Delivery, EffectRow, Hosting, Limits, LogPlace, PageRequest,
    Publishing, Round, StoreError, Transactions,
};
use service::Reply;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long a claim of effects lasts in stories.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// A store with the toys on it, and what the story has seen so far.
pub(crate) struct Bench<'a, P: Site> {
    site: &'a P,
    pub store: Option<P::Store>,
    clock: Arc<AtomicI64>,
    hosting: Arc<Hosting>,
    limits: Limits,
    slots: usize,
    pub epoch: u64,
    pub older_epoch: u64,
    post: Post,
    last: Vec<Delivery>,
    /// Due timers in hand, not handled yet.
    pub held: Vec<Delivery>,
    pub claimed: Vec<EffectRow>,
    pub page: Option<PageRequest>,
    /// Up to there the outbox was published.
    pub published: u64,
    /// How far the log was told.
    pub told_up_to: LogPlace,
}

impl<'a, P: Site> Bench<'a, P> {
    pub async fn open(site: &'a P) -> Self {
        let mut bench = Self {
            site,
            store: None,
            clock: Arc::new(AtomicI64::new(START.micros())),
            hosting: Arc::new(toys(false, Publishing::Nothing)),
            limits: Limits::default(),
            slots: usize::MAX,
            epoch: 0,
            older_epoch: 0,
            post: Post::default(),
            last: vec![],
            held: vec![],
            claimed: vec![],
            page: None,
            published: 0,
            told_up_to: LogPlace::BEGIN,
        };
        bench.reopen(false).await;
        bench.epoch = bench.store().new_epoch().await.expect("an epoch");
        bench
    }

    pub fn store(&self) -> &P::Store {
        self.store.as_ref().expect("it is open")
    }

    async fn reopen(&mut self, is_newer: bool) {
        drop(self.store.take());
        self.hosting = Arc::new(toys(is_newer, Publishing::Nothing));
        let clock = self.clock.clone();
        let opening = Opening {
            kinds: self.hosting.record_kinds().collect(),
            clock: Arc::new(move || Timestamp(clock.load(Ordering::SeqCst))),
        };
        self.store = Some(self.site.open(opening).await);
    }

    pub fn claim(&self, slots: usize) -> Claim {
        Claim { epoch: self.epoch, lease: LEASE, slots }
    }

    /// What came of a line; nothing for one that only arranges.
    pub async fn play(&mut self, line: &str) -> Option<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["at", time] => {
                let time = crate::toy::at(time.parse().expect("seconds"));
                self.clock.store(time.micros(), Ordering::SeqCst);
                return None;
            }
            ["reopen"] => self.reopen(false).await,
            ["reopen", "newer"] => self.reopen(true).await,
            ["limit", "waves", waves] => self.limits.waves_max = waves.parse().expect("waves"),
            ["limit", "messages", messages] => {
                self.limits.round_messages_max = messages.parse().expect("messages");
            }
            ["limit", "slots", slots] => self.slots = slots.parse().expect("slots"),
            ["again"] => return Some(self.commit(self.last.clone()).await),
            ["together", ..] => return Some(self.together(line).await),
            _ if line.contains(':') => {
                let deliveries = self.post.deliveries(line);
                return Some(self.commit(deliveries).await);
            }
            _ => return Some(self.ask(&words).await),
        }
        None
    }

    async fn together(&mut self, line: &str) -> String {
        let rest = line.strip_prefix("together ").expect("two rounds");
        let (first, second) = rest.split_once("||").expect("two rounds");
        let (first, second) = (self.post.deliveries(first), self.post.deliveries(second));
        let (first, second) = tokio::join!(self.round(first, None), self.round(second, None));
        let mut told = [self.tell(first), self.tell(second)];
        told.sort(); // either may have been first
        told.join(" || ")
    }

    pub async fn commit(&mut self, deliveries: Vec<Delivery>) -> String {
        self.last.clone_from(&deliveries);
        let outcome = self.round(deliveries, None).await;
        self.tell(outcome)
    }

    /// What leaves gets positions in a row, and waits there.
    pub async fn round(
        &self,
        deliveries: Vec<Delivery>,
        published: Option<(u64, u64)>,
    ) -> Result<Committed, StoreError> {
        let before = deliveries.clone();
        let claim = self.claim(self.slots);
        let round = Round::new(self.hosting.clone(), deliveries, self.limits, claim);
        let committed = self.store().transact(round.with_published(published)).await;
        let committed = committed.map_err(|failed| {
            assert_eq!(failed.deliveries, before, "they are given back to be tried again");
            failed.error
        })?;
        if let Some((first, _)) = committed.outbox.first() {
            let waiting = self.store().outbox(first - 1, committed.outbox.len()).await;
            assert_eq!(waiting.as_ref(), Ok(&committed.outbox));
            assert!((*first..).zip(&committed.outbox).all(|(position, row)| position == row.0));
        }
        Ok(committed)
    }

    fn tell(&mut self, outcome: Result<Committed, StoreError>) -> String {
        match outcome {
            Ok(committed) => {
                self.claimed.extend(committed.effects);
                tell_replies(&committed.replies)
            }
            Err(error) => tell_error(&error),
        }
    }
}

/// What is said at the door, in a word.
pub(crate) fn tell_reply(reply: Option<&Reply>) -> String {
    match reply {
        None => "-".into(),
        Some(Reply::Accepted(text)) => text.clone(),
        Some(Reply::Refused { code, .. }) => format!("refused {code}"),
    }
}

pub(crate) fn tell_replies(replies: &[Option<Reply>]) -> String {
    tell_runs(&replies.iter().map(|reply| tell_reply(reply.as_ref())).collect::<Vec<_>>())
}

/// Many equal ones in a row are counted.
pub(crate) fn tell_runs(told: &[String]) -> String {
    let runs = told.chunk_by(|a, b| a == b).map(|run| match run.len() {
        1..=3 => run.join(" | "),
        count => format!("{count} x {}", run[0]),
    });
    let told = runs.collect::<Vec<_>>().join(" | ");
    if told.is_empty() { "nothing".into() } else { told }
}

/// Stores have words of their own for what they reject.
pub(crate) fn tell_error(error: &StoreError) -> String {
    match error {
        StoreError::Rejected(_) => "rejected".into(),
        StoreError::Unavailable(what) => format!("unavailable: {what}"),
        StoreError::StorageFull(_) => "full".into(),
        StoreError::Fatal(what) => format!("fatal: {what}"),
    }
}
