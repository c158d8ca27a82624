//! What a round has gathered for its unit of work.

use crate::delivery::{Consumed, Delivery, Fingerprint, Origin};
use crate::desk::Desk;
use crate::ports::Claim;
use crate::unit::{
    DeadLetter, EffectRow, HopRow, InboxRow, LotKey, ParkedRow, Tallied, TallyKey, TimerKey,
    TimerRow, UnitOfWork,
};
use contracts::{Message, MessageId, ServiceName, Source, Subject, Timestamp};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use service::{EffectRequest, Outgoing, Reply, TallyChange, TimerChange};
use std::sync::Arc;

const NO_FINGERPRINT: Fingerprint = [0; 16];

/// Bytes of the content of a message that leaves. Every bus takes so much, with key and attributes
/// around it, none of which is longer than an id; a message that none takes would hold up
/// everything behind it.
const LEAVING_BYTES_MAX: usize = 900_000;

/// Everything but the records, which the desks keep.
#[derive(Default)]
pub(crate) struct Ledger {
    unit: UnitOfWork,
    lots: IndexMap<LotKey, Lot, FxBuildHasher>,
    timers: IndexMap<TimerKey, Option<TimerRow>, FxBuildHasher>,
    tallies: IndexMap<TallyKey, Tallied, FxBuildHasher>,
}

/// A lot as the round knows it.
#[derive(Clone, Copy, Default)]
struct Lot {
    /// Whether it was there when it was loaded; nothing if nobody has looked.
    before: Option<bool>,
    /// Whether it is there now.
    now: bool,
}

impl Ledger {
    /// The delivery counts as handled: it will be recognised from now on.
    pub(crate) fn accept(&mut self, delivery: &Delivery) {
        match &delivery.origin {
            Origin::Row(row) => self.unit.consumed.push(row.clone()),
            Origin::Door(_) | Origin::Bus => {
                let fingerprint = match delivery.origin {
                    Origin::Door(Some(known_by)) => known_by.fingerprint,
                    Origin::Door(None) | Origin::Bus | Origin::Row(_) => NO_FINGERPRINT,
                };
                self.unit.inbox.extend(delivery.inbox_key().map(|key| InboxRow {
                    service: delivery.to,
                    key,
                    fingerprint,
                    reply: None,
                }));
            }
        }
    }

    /// What is said at the door is kept with the row that `accept` has made.
    pub(crate) fn keep_reply(&mut self, delivery: &Delivery, reply: &Reply) {
        let Some(key) = delivery.inbox_key() else { return };
        let row = self.unit.inbox.iter_mut().rev().find(|row| row.key == key);
        if let Some(row) = row {
            row.reply = Some(reply.clone());
        }
    }

    pub(crate) fn log(&mut self, message: &Arc<Message>) {
        self.unit.log.push(message.clone());
    }

    /// A message gets its id, source and time.
    pub(crate) fn send(
        &mut self,
        from: ServiceName,
        cause: &Message,
        index: usize,
        outgoing: Outgoing,
        version: u64,
        now: Timestamp,
    ) -> Arc<Message> {
        let Outgoing { step, body } = outgoing;
        let message = Arc::new(Message { step, version, ..caused(cause, from, index, now, body) });
        self.log(&message);
        message
    }

    /// The message leaves this process.
    pub(crate) fn leave(&mut self, message: &Arc<Message>) {
        self.unit.outbox.push(message.clone());
    }

    /// The hop waits for the next round.
    pub(crate) fn put_off(&mut self, to: ServiceName, message: &Arc<Message>) {
        self.unit.hops.push(HopRow { to, message: message.clone() });
    }

    /// Set and cancelled in one round: no row.
    pub(crate) fn change_timers(
        &mut self,
        service: ServiceName,
        cause: &Message,
        changes: Vec<TimerChange>,
        now: Timestamp,
    ) {
        for (index, change) in changes.into_iter().enumerate() {
            let (label, set) = match change {
                TimerChange::Set { label, at, body } => (label, Some((at, body))),
                TimerChange::Cancel { label } => (label, None),
            };
            let label = Subject::from(label);
            let key = TimerKey { service, subject: cause.subject.clone(), label };
            let row = set.map(|(at, body)| TimerRow {
                key: key.clone(),
                at,
                message: Message {
                    id: timer_id(cause.id, service, index, at),
                    time: at,
                    ..caused(cause, service, index, now, body)
                },
            });
            self.timers.insert(key, row);
        }
    }

    /// However many decisions of the round add to a tally, it is written once.
    pub(crate) fn tally(&mut self, service: ServiceName, changes: Vec<TallyChange>) {
        for TallyChange { name, unit, plus, minus } in changes {
            let tallied = Tallied { plus: plus.into(), minus: minus.into() };
            *self.tallies.entry(TallyKey { service, name, unit }).or_default() += tallied;
        }
    }

    /// Whoever commits a request performs it, as long as there are slots.
    pub(crate) fn request(
        &mut self,
        service: ServiceName,
        cause: &Message,
        first: usize,
        requests: Vec<EffectRequest>,
        now: Timestamp,
        claim: &mut Claim,
    ) {
        for (index, EffectRequest { destination, id, body }) in requests.into_iter().enumerate() {
            let (claimed_until, claimed_by) = claim.take(now);
            self.unit.effects.push(EffectRow {
                service,
                id,
                destination: destination.into(),
                request: Arc::new(caused(cause, service, first + index, now, body)),
                claimed_until,
                claimed_by,
            });
        }
    }

    pub(crate) fn lot(&self, key: &LotKey) -> Option<bool> {
        self.lots.get(key).map(|lot| lot.now)
    }

    pub(crate) fn lots_loaded(&mut self, lots: Vec<(LotKey, bool)>) {
        let lot = |is_there| Lot { before: Some(is_there), now: is_there };
        self.lots.extend(lots.into_iter().map(|(key, is_there)| (key, lot(is_there))));
    }

    /// The message waits behind a dead letter.
    pub(crate) fn park(&mut self, lot: LotKey, message: &Arc<Message>) {
        self.unit.parked.push(ParkedRow { lot, message: message.clone() });
    }

    /// A dead letter; later messages of its lane wait behind it.
    pub(crate) fn bury(
        &mut self,
        service: ServiceName,
        message: &Arc<Message>,
        reason: &str,
        in_lane: bool,
    ) {
        let (source, subject) = (message.source, message.subject.clone());
        self.unit.dead.push(DeadLetter {
            service,
            id: message.id,
            source: Some(source),
            subject: subject.clone(),
            reason: reason.into(),
            bytes: message.encode(),
        });
        if in_lane {
            self.block(LotKey { service, source, subject });
        }
    }

    /// Bytes that are no message. Whose they are is unknown, so nothing waits behind them.
    pub(crate) fn bury_bytes(
        &mut self,
        service: ServiceName,
        id: MessageId,
        subject: &Subject,
        bytes: &[u8],
        reason: &str,
    ) {
        self.unit.dead.push(DeadLetter {
            service,
            id,
            source: None::<Source>,
            subject: subject.clone(),
            reason: reason.into(),
            bytes: bytes.into(),
        });
    }

    fn block(&mut self, lot: LotKey) {
        self.lots.entry(lot).or_default().now = true;
    }

    fn too_large_to_leave(&self) -> Option<String> {
        let mut sizes = self.unit.outbox.iter().map(|it| (it, it.body.encoded_len()));
        let (message, bytes) = sizes.find(|(_, bytes)| *bytes > LEAVING_BYTES_MAX)?;
        let name = message.body.message_type().name();
        Some(format!("{name} has {bytes} bytes; what leaves has at most {LEAVING_BYTES_MAX}"))
    }

    /// The whole, as the store gets it.
    ///
    /// # Errors
    /// It can't be written, or what leaves can't be published.
    pub(crate) fn into_unit(
        self,
        now: Timestamp,
        desks: impl Iterator<Item = Box<dyn Desk + Send>>,
    ) -> Result<UnitOfWork, String> {
        if let Some(reason) = self.too_large_to_leave() {
            return Err(reason);
        }
        let mut unit = UnitOfWork { now, ..self.unit };
        let new_lots = self.lots.iter().filter(|(_, lot)| lot.now && lot.before != Some(true));
        unit.new_lots = new_lots.map(|(key, _)| key.clone()).collect();
        let seen_lots = self.lots.into_iter().filter_map(|(key, lot)| Some((key, lot.before?)));
        unit.seen_lots = seen_lots.collect();
        unit.timers = self.timers.into_iter().collect();
        unit.tallies = self.tallies.into_iter().collect();
        for mut desk in desks {
            unit.seen.extend(desk.seen());
            let (writes, appends) = desk.take_writes()?;
            unit.writes.extend(writes);
            unit.appends.extend(appends);
        }
        Ok(unit)
    }
}

/// The message that `by` sends as its `index`-th because of `cause`.
fn caused(
    cause: &Message,
    by: ServiceName,
    index: usize,
    now: Timestamp,
    body: contracts::Body,
) -> Message {
    Message {
        id: MessageId::derived(cause.id, by, index),
        source: Source::Service(by),
        subject: cause.subject.clone(),
        time: now,
        cause: Some(cause.id),
        step: None,
        version: 0,
        traceparent: cause.traceparent.clone(),
        body,
    }
}

/// Timers have ids of their own line, so that they don't collide with the messages of one cause.
fn timer_id(cause: MessageId, by: ServiceName, index: usize, at: Timestamp) -> MessageId {
    let own_line = MessageId::derived(cause, by, usize::MAX);
    let at = usize::try_from(at.micros()).unwrap_or(0);
    MessageId::derived(MessageId::derived(own_line, by, index), by, at)
}

impl Consumed {
    /// The service whose row it is, where the row says so.
    pub fn service(&self) -> Option<ServiceName> {
        match self {
            Self::Timer { key, .. } => Some(key.service),
            Self::Effect { service, .. } => Some(*service),
            Self::Hop { .. } => None,
        }
    }
}
