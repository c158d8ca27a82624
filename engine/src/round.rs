//! One transaction in the making: a state machine without I/O.
//!
//! ```text
//! loop {
//!     match round.next()? {
//!         Next::Recognise { .. } => round.recognised(what the store knows of them),
//!         Next::Load(wanted)     => round.loaded(those rows, ranges and lots),
//!         Next::Commit(unit)     => commit it; or round.restart() on a conflict
//!     }
//! }
//! ```

use crate::delivery::{Consumed, Content, Delivery, InboxKey, Origin, not_handled};
use crate::desk::{Desk, Handled};
use crate::hosting::Hosting;
use crate::ports::Claim;
use crate::round_asks::{Known, Loaded, LoadedRange, Next, Recognised, Wanted};
use crate::round_unit::Ledger;
use crate::unit::{LotKey, RowKey, UnitOfWork};
use contracts::planted::{Bug, planted};
use contracts::{Message, ServiceName, Source, Timestamp};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;
use service::{RecordKey, Reply};
use std::collections::VecDeque;
use std::sync::Arc;

type Map<K, V> = IndexMap<K, V, FxBuildHasher>;
type Set<K> = IndexSet<K, FxBuildHasher>;

/// What bounds a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages handled in one round; further hops wait for the next one.
    pub round_messages_max: usize,
    /// How often the rows of one message may be looked up before it is given up as poison.
    pub waves_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { round_messages_max: 16_384, waves_max: 32 }
    }
}

/// One transaction in the making.
pub struct Round {
    hosting: Arc<Hosting>,
    deliveries: Vec<Delivery>,
    limits: Limits,
    claim: Claim,
    /// As [`UnitOfWork::published`].
    published: Option<(u64, u64)>,
    /// The claim with the slots that this attempt has not taken yet.
    left: Claim,
    /// What earlier attempts asked for: asked for at once the next time.
    known: Wanted,
    attempt: Attempt,
}

/// Everything that a conflict throws away.
#[derive(Default)]
struct Attempt {
    now: Option<Timestamp>,
    desks: Map<ServiceName, Box<dyn Desk + Send>>,
    queue: VecDeque<Hop>,
    wanted: Wanted,
    /// How many messages the queue has ever held. It only grows, so once a hop has to wait all
    /// later ones do, and none overtakes it.
    queued: usize,
    replies: Vec<Option<Reply>>,
    /// Requests that came twice in one round, and the first of each.
    twins: Vec<(usize, usize)>,
    ledger: Ledger,
    /// How many deliveries the inbox knew already.
    duplicates: usize,
}

/// A message on its way through the round.
struct Hop {
    to: ServiceName,
    message: Arc<Message>,
    /// Which delivery it is; nothing for what the round itself has caused.
    delivery: Option<usize>,
    waves: u32,
}

impl Round {
    /// A round that handles these, in this order.
    pub fn new(
        hosting: Arc<Hosting>,
        deliveries: Vec<Delivery>,
        limits: Limits,
        claim: Claim,
    ) -> Self {
        let (known, attempt) = (Wanted::default(), Attempt::default());
        Self { hosting, deliveries, limits, claim, published: None, left: claim, known, attempt }
    }

    /// It also deletes what of the outbox was published: [`UnitOfWork::published`].
    pub fn with_published(self, published: Option<(u64, u64)>) -> Self {
        Self { published, ..self }
    }

    /// After a conflict: all over again, on fresh records. Safe because `decide` is pure.
    pub fn restart(&mut self) {
        self.attempt = Attempt::default();
        self.left = self.claim;
    }

    /// What it was made of.
    pub fn into_deliveries(self) -> Vec<Delivery> {
        self.deliveries
    }

    /// What to say at the door once the unit is committed, one for each delivery.
    pub fn take_replies(&mut self) -> Vec<Option<Reply>> {
        for (twin, first) in std::mem::take(&mut self.attempt.twins) {
            self.attempt.replies[twin] = self.attempt.replies[first].clone();
        }
        std::mem::take(&mut self.attempt.replies)
    }

    /// What it needs now.
    ///
    /// # Errors
    /// A record can't be encoded, or a message is too large to leave: nothing of the round may be
    /// committed.
    #[expect(clippy::should_implement_trait, reason = "it is no iterator: it can be restarted")]
    pub fn next(&mut self) -> Result<Next, String> {
        let Some(now) = self.attempt.now else { return Ok(self.recognise()) };
        self.handle_what_can_be_handled(now);
        if !self.attempt.wanted.is_empty() {
            let wanted = std::mem::take(&mut self.attempt.wanted);
            self.known.extend(wanted.clone());
            return Ok(Next::Load(wanted));
        }
        let desks = std::mem::take(&mut self.attempt.desks);
        let ledger = std::mem::take(&mut self.attempt.ledger);
        let unit = ledger.into_unit(now, desks.into_values())?;
        let (published, duplicates) = (self.published, self.attempt.duplicates);
        Ok(Next::Commit(Box::new(UnitOfWork { published, duplicates, ..unit })))
    }

    fn recognise(&self) -> Next {
        let keys = self.deliveries.iter().filter_map(|it| Some((it.to, it.inbox_key()?)));
        let rows = self.deliveries.iter().filter_map(|it| match &it.origin {
            Origin::Row(row) => Some(row.clone()),
            Origin::Door(_) | Origin::Bus => None,
        });
        Next::Recognise { inbox: keys.collect(), consumed: rows.collect() }
    }

    /// What the store knows. A saved reply is given again; what is new is queued.
    pub fn recognised(&mut self, recognised: Recognised) {
        self.attempt.now = Some(recognised.now);
        self.attempt.replies = vec![None; self.deliveries.len()];
        self.attempt.wanted = self.known.clone();
        let known = recognised.known.into_iter().map(|known| ((known.service, known.key), known));
        let known: Map<_, _> = known.collect();
        let mut first: Map<(ServiceName, InboxKey), usize> = Map::default();
        let mut rows: Set<Consumed> = recognised.gone.into_iter().collect();
        for index in 0..self.deliveries.len() {
            let delivery = &self.deliveries[index];
            if let Origin::Row(row) = &delivery.origin
                && !rows.insert(row.clone())
            {
                continue; // it is gone, or an earlier delivery of this round takes it
            }
            if let Some(key) = delivery.inbox_key().filter(|_| !planted(Bug::NoInboxCheck)) {
                let key = (delivery.to, key);
                if let Some(known) = known.get(&key) {
                    self.attempt.replies[index] = again(delivery, known);
                    self.attempt.duplicates += 1;
                    continue;
                }
                if let Some(twin) = first.get(&key) {
                    self.attempt.duplicates += 1;
                    self.meet_twin(index, *twin);
                    continue;
                }
                first.insert(key, index);
            }
            self.admit(index);
        }
    }

    /// The same key twice in one round: the second waits for the first one's reply.
    fn meet_twin(&mut self, index: usize, twin: usize) {
        match (&self.deliveries[index].origin, &self.deliveries[twin].origin) {
            (Origin::Door(mine), Origin::Door(firsts)) if mine != firsts => {
                self.attempt.replies[index] = Some(key_reused());
            }
            _ => self.attempt.twins.push((index, twin)),
        }
    }

    fn admit(&mut self, index: usize) {
        let delivery = &self.deliveries[index];
        match &delivery.content {
            Content::Message(message) => {
                let (to, message) = (delivery.to, message.clone());
                self.enqueue(Hop { to, message, delivery: Some(index), waves: 0 });
            }
            Content::Condemned { message, reason } => {
                self.attempt.ledger.accept(delivery);
                self.attempt.ledger.bury(delivery.to, message, reason, !bypasses(delivery));
            }
            Content::Unreadable { subject, bytes, reason, id } => {
                self.attempt.ledger.accept(delivery);
                self.attempt.ledger.bury_bytes(delivery.to, *id, subject, bytes, reason);
            }
        }
    }

    /// Takes what was asked for. A row that this program can't read is poison to the messages that
    /// need it, and no other is held up by it; a range goes on without it.
    pub fn loaded(&mut self, loaded: Loaded) {
        for (key, row) in loaded.rows {
            if let Some(desk) = self.desk(key.service) {
                desk.load(key.record, &row);
            }
        }
        for LoadedRange { service, range, rows } in loaded.ranges {
            let Some(desk) = self.desk(service) else { continue };
            let mut keys = vec![];
            for (key, row) in rows {
                // A record that was changed in this round is newer than the row.
                if desk.can_use(&key, &row) {
                    keys.push(key);
                }
            }
            desk.load_range(range, keys);
        }
        self.attempt.ledger.lots_loaded(loaded.lots);
    }

    /// Goes through the queue in order. A message whose rows are not here yet waits for the next
    /// load, and with it the later ones of its subject; the others go on.
    fn handle_what_can_be_handled(&mut self, now: Timestamp) {
        if !self.attempt.wanted.is_empty() {
            return;
        }
        let mut waiting = VecDeque::new();
        let mut held_back: Set<(ServiceName, contracts::Subject)> = Set::default();
        while let Some(mut hop) = self.attempt.queue.pop_front() {
            let is_held =
                !held_back.is_empty() && held_back.contains(&(hop.to, hop.message.subject.clone()));
            if is_held {
                waiting.push_back(hop);
            } else if let Err(needed) = self.handle(&hop, now) {
                self.attempt.wanted.extend(*needed);
                held_back.insert((hop.to, hop.message.subject.clone()));
                hop.waves += 1;
                waiting.push_back(hop);
            }
        }
        self.attempt.queue = waiting;
    }

    fn handle(&mut self, hop: &Hop, now: Timestamp) -> Result<(), Box<Wanted>> {
        let Hop { to, message, .. } = hop;
        if self.hosting.service(*to).is_none() {
            self.not_hosted(hop);
            return Ok(());
        }
        let delivery = hop.delivery.map(|index| &self.deliveries[index]);
        let in_lane = !delivery.is_some_and(bypasses);
        let mut needed = Box::<Wanted>::default();
        if in_lane {
            let lot =
                LotKey { service: *to, source: message.source, subject: message.subject.clone() };
            match self.attempt.ledger.lot(&lot) {
                Some(true) => {
                    if let Some(delivery) = delivery {
                        self.attempt.ledger.accept(delivery);
                    }
                    self.attempt.ledger.park(lot, message);
                    return Ok(());
                }
                Some(false) => {}
                None => _ = needed.lots.insert(lot),
            }
        }
        let service = *to;
        let row = |record: RecordKey| RowKey { service, record };
        let Some(desk) = self.desk(service) else { return Ok(()) };
        let missing = desk.missing(message);
        needed.rows.extend(missing.iter().flatten().cloned().map(row));
        if !needed.is_empty() {
            return Err(needed);
        }
        if let Err(reason) = missing {
            self.poisoned(hop, &reason, in_lane);
            return Ok(());
        }
        match desk.handle(message, now) {
            Handled::Needs(keys, ranges) if hop.waves < self.limits.waves_max => {
                needed.rows.extend(keys.into_iter().map(row));
                needed.ranges.extend(ranges.into_iter().map(|range| (service, range)));
                return Err(needed);
            }
            Handled::Needs(..) => {
                let reason = format!("its rows were not found in {} loads", self.limits.waves_max);
                self.poisoned(hop, &reason, in_lane);
            }
            Handled::Poison(reason) => self.poisoned(hop, &reason, in_lane),
            Handled::Ignored(_) => self.accept(hop),
            Handled::Done(changes, version) => {
                self.accept(hop);
                self.change(hop, changes, version, now);
            }
        }
        Ok(())
    }

    /// A hop of a time when the service was hosted here leaves now; without a bus for it, it stays.
    /// Its message has this one reader, so nobody gets it twice.
    fn not_hosted(&mut self, hop: &Hop) {
        let delivery = hop.delivery.map(|index| &self.deliveries[index]);
        match delivery.map(|it| &it.origin) {
            Some(Origin::Row(row)) => {
                let is_hop = matches!(row, Consumed::Hop { .. });
                if is_hop && self.hosting.carries(hop.message.body.message_type()) {
                    self.attempt.ledger.leave(&hop.message);
                    self.accept(hop);
                }
            }
            _ => self.poisoned(hop, &format!("{} isn't hosted in this process", hop.to), false),
        }
    }

    /// A hop that waited stands in the log already: it was logged when it was sent.
    fn accept(&mut self, hop: &Hop) {
        let Some(index) = hop.delivery else { return };
        let delivery = &self.deliveries[index];
        self.attempt.ledger.accept(delivery);
        if !matches!(delivery.origin, Origin::Row(Consumed::Hop { .. })) {
            self.attempt.ledger.log(&hop.message);
        }
    }

    /// A dead letter; but a request at the door is only refused and not kept.
    fn poisoned(&mut self, hop: &Hop, reason: &str, in_lane: bool) {
        if let Some(index) = hop.delivery {
            let delivery = &self.deliveries[index];
            if delivery.is_door() {
                self.attempt.replies[index] = Some(not_handled(reason));
                return;
            }
            self.attempt.ledger.accept(delivery);
        }
        self.attempt.ledger.bury(hop.to, &hop.message, reason, in_lane);
    }

    fn change(&mut self, hop: &Hop, changes: service::Changes<()>, version: u64, now: Timestamp) {
        if let (Some(index), Some(reply)) = (hop.delivery, changes.reply) {
            self.attempt.ledger.keep_reply(&self.deliveries[index], &reply);
            self.attempt.replies[index] = Some(reply);
        }
        let effects = changes.sends.len() + changes.timers.len();
        for (index, outgoing) in changes.sends.into_iter().enumerate() {
            let sent =
                self.attempt.ledger.send(hop.to, &hop.message, index, outgoing, version, now);
            self.forward(sent);
        }
        let ledger = &mut self.attempt.ledger;
        ledger.change_timers(hop.to, &hop.message, changes.timers, now);
        ledger.tally(hop.to, changes.tallies);
        ledger.request(hop.to, &hop.message, effects, changes.effects, now, &mut self.left);
    }

    /// To services in this process: handled in this round, or over its limit in the next one. To
    /// others: into the outbox.
    fn forward(&mut self, message: Arc<Message>) {
        let (here, leaves) = self.hosting.route(message.body.message_type());
        if leaves {
            self.attempt.ledger.leave(&message);
        }
        for to in here {
            if self.attempt.queued < self.limits.round_messages_max {
                self.enqueue(Hop { to, message: message.clone(), delivery: None, waves: 0 });
            } else {
                self.attempt.ledger.put_off(to, &message);
            }
        }
    }

    fn enqueue(&mut self, hop: Hop) {
        self.attempt.queued += 1;
        self.attempt.queue.push_back(hop);
    }

    fn desk(&mut self, service: ServiceName) -> Option<&mut Box<dyn Desk + Send>> {
        let hosted = self.hosting.service(service)?;
        Some(self.attempt.desks.entry(service).or_insert_with(|| hosted.clone().open_desk()))
    }
}

/// Operator commands, timers and requests don't wait behind a dead letter.
fn bypasses(delivery: &Delivery) -> bool {
    let is_timer = matches!(delivery.origin, Origin::Row(Consumed::Timer { .. }));
    let source = match &delivery.content {
        Content::Message(message) | Content::Condemned { message, .. } => Some(message.source),
        Content::Unreadable { .. } => None,
    };
    is_timer || delivery.is_door() || source == Some(Source::Operator)
}

/// The saved reply; but another request under the same key is refused.
fn again(delivery: &Delivery, known: &Known) -> Option<Reply> {
    match delivery.origin {
        Origin::Door(Some(it)) if it.fingerprint != known.fingerprint => Some(key_reused()),
        _ => known.reply.clone(),
    }
}

fn key_reused() -> Reply {
    Reply::Refused {
        code: "idempotency_key_reused".into(),
        detail: "this idempotency key came before with another request: use a new key".into(),
    }
}
