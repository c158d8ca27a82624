//! A database as the simulator has it: what was committed, and which of it would be lost if the
//! power failed now.

use crate::executor::Group;
use crate::naive::LockedRows;
use contracts::planted::{Bug, planted};
use contracts::{Message, MessageId, ServiceName, Subject, Timestamp};
use engine::{
    Consumed, DeadLetter, EffectRow, HopRow, InboxRow, LotKey, Row, RowKey, Tallied, TallyKey,
    TimerKey, TimerRow, UnitOfWork, codec,
};
use payments::{Payment, payment_key};
use service::Kept as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names one cell of the database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum CellKey {
    Row(RowKey),
    Inbox(ServiceName, MessageId),
    Timer(TimerKey),
    Effect(ServiceName, Subject),
    Tally(TallyKey),
    Outbox(u64),
    Hop(u64),
    Lot(LotKey),
    Dead(u64),
    Log(u64),
    Lease,
}

#[derive(Clone, Debug)]
enum Cell {
    Row(Arc<Row>),
    Inbox(Arc<InboxRow>, Timestamp),
    Timer(Arc<TimerRow>),
    Effect(Arc<EffectRow>),
    Tally(Tallied),
    Outbox(Arc<Message>),
    Hop(HopRow),
    Lot,
    Dead(Arc<DeadLetter>),
    Log(Arc<Message>),
    Lease(u64, Timestamp),
}

/// What one commit changed, to be taken back.
type Undo = Vec<(CellKey, Option<Cell>)>;

/// Everything that the services on it keep.
#[derive(Default)]
pub struct Database {
    cells: BTreeMap<CellKey, Cell>,
    /// Commits that are not synced yet, oldest first.
    unsynced: Vec<Undo>,
    next: u64,
    /// The last position that survives.
    synced: u64,
    epoch: u64,
    last_now: Timestamp,
    /// Only for bugs on purpose.
    pub locked: LockedRows,
    /// Whether one process owns it, as SQLite, or several may, as PostgreSQL.
    pub exclusive: bool,
}

impl Database {
    /// Nothing was committed yet.
    pub fn new(exclusive: bool) -> Self {
        Self { exclusive, ..Self::default() }
    }

    /// Its time, which never goes back.
    pub fn now(&mut self, clock: Timestamp) -> Timestamp {
        self.last_now = self.last_now.max(clock);
        self.last_now
    }

    /// A new epoch.
    pub fn new_epoch(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    /// The row under a key.
    pub fn row(&self, key: &RowKey) -> Option<&Arc<Row>> {
        match self.cells.get(&CellKey::Row(key.clone())) {
            Some(Cell::Row(row)) => Some(row),
            _ => None,
        }
    }

    /// All rows.
    pub fn all_rows(&self) -> impl Iterator<Item = (&RowKey, &Arc<Row>)> {
        self.cells.iter().filter_map(|(key, cell)| match (key, cell) {
            (CellKey::Row(key), Cell::Row(row)) => Some((key, row)),
            _ => None,
        })
    }

    /// The services that keep records on it.
    pub fn services(&self) -> BTreeSet<ServiceName> {
        self.all_rows().map(|(key, _)| key.service).collect()
    }

    /// All rows of one kind.
    pub fn rows(&self, kind: &str) -> impl Iterator<Item = (&RowKey, &Arc<Row>)> {
        self.all_rows().filter(move |(key, _)| key.record.kind.name == kind)
    }

    /// Whether payments has recorded an operation of an order.
    pub fn has_operation(&self, order_id: &str, operation_id: &str) -> bool {
        let record = payment_key(order_id).into();
        let row = self.row(&RowKey { service: ServiceName::Payments, record });
        let record = row.and_then(|row| codec::decode::<payments::Record>(&row.body).ok());
        let payment = record.as_ref().and_then(Payment::of);
        payment.is_some_and(|it| it.operation(&operation_id.into()).is_some())
    }

    /// What the inbox knows under a key.
    pub fn inbox(&self, service: ServiceName, key: MessageId) -> Option<&InboxRow> {
        match self.cells.get(&CellKey::Inbox(service, key)) {
            Some(Cell::Inbox(row, _)) => Some(row),
            _ => None,
        }
    }

    /// Whether there is such a lot.
    pub fn has_lot(&self, lot: &LotKey) -> bool {
        self.cells.contains_key(&CellKey::Lot(lot.clone()))
    }

    /// Whether a row that was to be consumed is still there.
    pub fn has(&self, consumed: &Consumed) -> bool {
        match consumed {
            Consumed::Timer { key, at } => match self.cells.get(&CellKey::Timer(key.clone())) {
                Some(Cell::Timer(timer)) => timer.at == *at,
                _ => false,
            },
            Consumed::Effect { service, id } => {
                self.cells.contains_key(&CellKey::Effect(*service, id.clone()))
            }
            Consumed::Hop { position } => self.cells.contains_key(&CellKey::Hop(*position)),
        }
    }

    /// Whether nothing that the unit rests on has changed.
    pub fn holds(&self, unit: &UnitOfWork) -> bool {
        let version = |key: &RowKey| self.row(key).map_or(0, |row| row.version);
        let rows = planted(Bug::NoVersionCheck)
            || unit.seen.iter().all(|(key, seen)| version(key) == *seen);
        let inbox = planted(Bug::NoInboxCheck)
            || unit.inbox.iter().all(|row| self.inbox(row.service, row.key).is_none());
        rows && inbox
            && unit.seen_lots.iter().all(|(lot, seen)| self.has_lot(lot) == *seen)
            && unit.consumed.iter().all(|row| self.has(row))
    }

    /// Makes the unit of a process so; it is not durable yet. What leaves gets the positions behind
    /// `reserved`.
    pub fn apply(&mut self, unit: &UnitOfWork, reserved: u64, process: Group) {
        let mut undo = vec![];
        self.delete_published(unit.published, process, &mut undo);
        for (position, message) in (reserved + 1..).zip(&unit.outbox) {
            self.put(CellKey::Outbox(position), Cell::Outbox(message.clone()), &mut undo);
        }
        for write in unit.writes.iter().chain(&unit.appends) {
            let (version, schema) = (write.version, write.key.record.kind.schema);
            let row = Row { version, schema, body: write.body.clone() };
            self.put(CellKey::Row(write.key.clone()), Cell::Row(Arc::new(row)), &mut undo);
        }
        for row in &unit.inbox {
            let key = CellKey::Inbox(row.service, row.key);
            self.put(key, Cell::Inbox(Arc::new(row.clone()), unit.now), &mut undo);
        }
        self.apply_waiting(unit, &mut undo);
        for letter in &unit.dead {
            self.add(CellKey::Dead, Cell::Dead(Arc::new(letter.clone())), &mut undo);
        }
        for lot in &unit.new_lots {
            self.put(CellKey::Lot(lot.clone()), Cell::Lot, &mut undo);
        }
        for message in &unit.log {
            self.add(CellKey::Log, Cell::Log(message.clone()), &mut undo);
        }
        self.unsynced.push(undo);
    }

    fn delete_published(&mut self, range: Option<(u64, u64)>, by: Group, undo: &mut Undo) {
        let Some((after, to)) = range else { return };
        let rows = self.outbox(after, usize::MAX).into_iter().map(|(position, _)| position);
        let rows: Vec<u64> = rows.take_while(|position| *position <= to).collect();
        for position in rows {
            if !planted(Bug::ManyRelays) || self.locked.is_free(position, by) {
                self.remove(CellKey::Outbox(position), undo);
            }
        }
    }

    fn apply_waiting(&mut self, unit: &UnitOfWork, undo: &mut Undo) {
        let mut fired = vec![];
        for row in &unit.consumed {
            let key = match row {
                Consumed::Timer { key, .. } => {
                    fired.push(key);
                    CellKey::Timer(key.clone())
                }
                Consumed::Effect { service, id } => CellKey::Effect(*service, id.clone()),
                Consumed::Hop { position } => CellKey::Hop(*position),
            };
            self.remove(key, undo);
        }
        for (key, row) in &unit.timers {
            let is_lost = planted(Bug::TimerLost) && fired.contains(&key);
            match row.clone().filter(|_| !is_lost) {
                Some(row) => {
                    let key = CellKey::Timer(key.clone());
                    self.put(key, Cell::Timer(Arc::new(row)), undo);
                }
                None => self.remove(CellKey::Timer(key.clone()), undo),
            }
        }
        for effect in &unit.effects {
            let key = CellKey::Effect(effect.service, effect.id.clone());
            self.put(key, Cell::Effect(Arc::new(effect.clone())), undo);
        }
        for (key, added) in &unit.tallies {
            let mut sums = self.tally(key);
            sums += *added;
            self.put(CellKey::Tally(key.clone()), Cell::Tally(sums), undo);
        }
        for row in &unit.hops {
            self.add(CellKey::Hop, Cell::Hop(row.clone()), undo);
        }
    }

    /// Everything committed so far survives from now on.
    pub fn sync(&mut self) {
        self.unsynced.clear();
        self.synced = self.next;
    }

    /// The power fails: of what was not synced, the newest commits are lost, `kept` stay.
    pub fn lose_power(&mut self, kept: usize) -> usize {
        let lost = self.unsynced.split_off(kept.min(self.unsynced.len()));
        let count = lost.len();
        for undo in lost.into_iter().rev() {
            for (key, before) in undo.into_iter().rev() {
                match before {
                    Some(cell) => self.cells.insert(key, cell),
                    None => self.cells.remove(&key),
                };
            }
        }
        self.unsynced.clear();
        count
    }

    /// Commits that would be lost.
    pub fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// Whether the orchestrator has a timer of that label.
    pub fn has_timer(&self, subject: &Subject, label: &str) -> bool {
        let (subject, label) = (subject.clone(), Subject::from(label));
        let key = TimerKey { service: ServiceName::Orchestrator, subject, label };
        self.cells.contains_key(&CellKey::Timer(key))
    }

    /// Every timer that waits.
    pub fn timers(&self) -> impl Iterator<Item = &Arc<TimerRow>> {
        let waiting = self.cells.range(CellKey::Timer(first_timer())..);
        waiting.map_while(|(_, cell)| match cell {
            Cell::Timer(timer) => Some(timer),
            _ => None,
        })
    }

    /// Timers that are due, earliest first.
    pub fn due_timers(&self, now: Timestamp, timers_max: usize) -> Vec<TimerRow> {
        let mut due: Vec<_> = self.timers().filter(|timer| timer.at <= now).collect();
        due.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
        due.into_iter().take(timers_max).map(|timer| (**timer).clone()).collect()
    }

    /// What waits to be published and would survive, in order. A real database shows nobody a
    /// commit before it is durable. What is decided on it here would be lost together with it, but
    /// not what is published.
    pub fn durable_outbox(&self, after: u64, rows_max: usize) -> Vec<(u64, Arc<Message>)> {
        let rows = self.outbox(after, rows_max).into_iter();
        rows.take_while(|(position, _)| *position <= self.synced).collect()
    }

    /// Positions for so many messages that leave, behind the one given back.
    pub const fn reserve(&mut self, count: usize) -> u64 {
        let before = self.next;
        self.next += count as u64;
        before
    }

    /// What waits to be published behind that position, in order.
    pub fn outbox(&self, after: u64, rows_max: usize) -> Vec<(u64, Arc<Message>)> {
        let cells = self.cells.range(CellKey::Outbox(after.saturating_add(1))..);
        let rows = cells.map_while(|(key, cell)| match (key, cell) {
            (CellKey::Outbox(position), Cell::Outbox(it)) => Some((*position, it.clone())),
            _ => None,
        });
        rows.take(rows_max).collect()
    }

    /// What waits to be handled, in order.
    pub fn hops(&self, rows_max: usize) -> Vec<(u64, HopRow)> {
        let cells = self.cells.range(CellKey::Hop(0)..);
        let rows = cells.map_while(|(key, cell)| match (key, cell) {
            (CellKey::Hop(position), Cell::Hop(row)) => Some((*position, row.clone())),
            _ => None,
        });
        rows.take(rows_max).collect()
    }

    /// Requests whose answer has not been handled.
    pub fn effects(&self) -> Vec<Arc<EffectRow>> {
        let first = CellKey::Effect(ServiceName::Orders, Subject::from(""));
        let cells = self.cells.range(first..).map_while(|(_, cell)| match cell {
            Cell::Effect(effect) => Some(effect.clone()),
            _ => None,
        });
        cells.collect()
    }

    /// Requests that nobody performs by now, as the process of that epoch sees it.
    pub fn unclaimed(&self, epoch: u64, now: Timestamp) -> Vec<Arc<EffectRow>> {
        let is_free = |effect: &Arc<EffectRow>| {
            let dead_owner = self.exclusive && effect.claimed_by != epoch;
            dead_owner || effect.claimed_by == 0 || effect.claimed_until <= now
        };
        self.effects().into_iter().filter(is_free).collect()
    }

    /// What was added to a tally.
    pub fn tally(&self, key: &TallyKey) -> Tallied {
        match self.cells.get(&CellKey::Tally(key.clone())) {
            Some(Cell::Tally(sums)) => *sums,
            _ => Tallied::default(),
        }
    }

    /// Every tally.
    pub fn tallies(&self) -> impl Iterator<Item = (&TallyKey, Tallied)> {
        self.cells.iter().filter_map(|(key, cell)| match (key, cell) {
            (CellKey::Tally(key), Cell::Tally(sums)) => Some((key, *sums)),
            _ => None,
        })
    }

    /// Forgets what the inbox knows from before `horizon`, oldest first; how many rows it were.
    pub fn forget(&mut self, horizon: Timestamp, rows_max: usize) -> usize {
        let old = self.cells.iter().filter_map(|(key, cell)| match cell {
            Cell::Inbox(_, at) if *at <= horizon => Some((*at, key.clone())),
            _ => None,
        });
        let mut old: Vec<_> = old.collect();
        old.sort();
        old.truncate(rows_max);
        let mut undo = vec![];
        let count = old.len();
        old.into_iter().for_each(|(_, key)| self.remove(key, &mut undo));
        self.unsynced.push(undo);
        count
    }

    /// Somebody performs the request.
    pub fn claim(&mut self, effect: EffectRow) {
        let mut undo = vec![];
        let key = CellKey::Effect(effect.service, effect.id.clone());
        self.put(key, Cell::Effect(Arc::new(effect)), &mut undo);
        self.unsynced.push(undo);
    }

    /// Whether that epoch leads from now on until then.
    pub fn lead(&mut self, epoch: u64, now: Timestamp, until: Timestamp) -> bool {
        let is_free = match self.cells.get(&CellKey::Lease) {
            Some(Cell::Lease(leader, held)) => *leader == epoch || *held <= now,
            _ => true,
        };
        if is_free || self.exclusive {
            let mut undo = vec![];
            self.put(CellKey::Lease, Cell::Lease(epoch, until), &mut undo);
            self.unsynced.push(undo);
            return true;
        }
        false
    }

    /// What could not be handled.
    pub fn dead(&self) -> impl Iterator<Item = &Arc<DeadLetter>> {
        self.cells.values().filter_map(|cell| match cell {
            Cell::Dead(letter) => Some(letter),
            _ => None,
        })
    }

    /// Every message handled or sent, in the order of commits, with its place.
    pub fn log(&self) -> impl Iterator<Item = (u64, &Arc<Message>)> {
        self.cells.range(CellKey::Log(0)..).map_while(|(key, cell)| match (key, cell) {
            (CellKey::Log(position), Cell::Log(message)) => Some((*position, message)),
            _ => None,
        })
    }

    fn put(&mut self, key: CellKey, cell: Cell, undo: &mut Undo) {
        let before = self.cells.insert(key.clone(), cell);
        undo.push((key, before));
    }

    fn remove(&mut self, key: CellKey, undo: &mut Undo) {
        if let Some(before) = self.cells.remove(&key) {
            undo.push((key, Some(before)));
        }
    }

    fn add(&mut self, key: impl Fn(u64) -> CellKey, cell: Cell, undo: &mut Undo) {
        self.next += 1;
        self.put(key(self.next), cell, undo);
    }
}

fn first_timer() -> TimerKey {
    let empty = || Subject::from("");
    TimerKey { service: ServiceName::Orders, subject: empty(), label: empty() }
}
