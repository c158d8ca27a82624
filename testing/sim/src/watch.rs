//! What must hold at each commit, and not only at rest: two defences may hide each other, and the
//! end looks good. The numbers are those of the promise in docs/ARCHITECTURE.md.

use crate::database::Database;
use crate::executor::lock;
use crate::facts::facts;
use check::{Facts, Moment};
use contracts::{Message, MessageId, Source, Subject};
use engine::{RowKey, UnitOfWork, Write, codec};
use inventory::{Reservation, Stock};
use orchestrator::OrderSaga;
use orders::{Order, State};
use payments::{LedgerTransaction, Payment};
use saga::{Progress, Saga, Status, StepState};
use service::{Kept, Record};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

macro_rules! hold {
    ($holds:expr, $($what:tt)+) => { if !$holds { return Err(format!($($what)+)); } };
}

fn read<R: Record, T: Kept<R> + Clone>(body: &[u8]) -> Option<T> {
    T::of(&codec::decode::<R>(body).ok()?).cloned()
}

/// What was seen at each commit.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    broken: Option<String>,
    /// Orders whose saga has undone everything.
    compensated: BTreeSet<String>,
    /// Orders that have reached a final state.
    ended: BTreeMap<String, State>,
    /// The version of every row.
    versions: BTreeMap<RowKey, u64>,
    /// What leaves, by sender and subject, in the order of commits.
    leaving: BTreeMap<Lane, VecDeque<MessageId>>,
    published: BTreeSet<MessageId>,
}

/// Whose messages about one subject keep their order.
type Lane = (Source, Subject);

impl Watch {
    /// The first thing that was wrong.
    pub fn broken(&self) -> Option<String> {
        lock(&self.0).broken.clone()
    }

    /// A unit was committed.
    pub fn committed(&self, database: &Database, unit: &UnitOfWork) {
        let mut seen = lock(&self.0);
        unit.outbox.iter().for_each(|message| seen.leaves(message));
        for write in &unit.writes {
            let looked = seen.look_at(write).and_then(|()| saga_goes_on(database, write));
            if let Err(what) = looked {
                seen.broken.get_or_insert(what);
            }
        }
        for write in &unit.appends {
            if let Some(transaction) = read::<payments::Record, LedgerTransaction>(&write.body)
                && let Err(what) = balances(&transaction)
            {
                seen.broken.get_or_insert(what);
            }
        }
    }

    /// A message is on the bus.
    pub fn published(&self, message: &Message) {
        let mut seen = lock(&self.0);
        if let Err(what) = seen.in_order(message) {
            seen.broken.get_or_insert(what);
        }
    }

    /// Commits were lost: what was seen of them doesn't count.
    pub fn rebuild(&self, databases: &[Arc<Mutex<Database>>]) {
        let (all, mut findings) = facts(databases);
        all.values().for_each(|facts| check::hold(facts, Moment::Busy, &mut findings));
        let mut seen = lock(&self.0);
        if let Some(finding) = findings.kept.first() {
            seen.broken.get_or_insert(finding.to_string());
        }
        let is_compensated =
            |facts: &&Facts| facts.sagas.get(&0).is_some_and(|it| is_undone(&it.saga));
        let compensated = all.values().filter(is_compensated);
        seen.compensated = compensated.map(|facts| facts.subject.clone()).collect();
        let orders = all.values().filter_map(|it| Some((&it.subject, it.order.as_ref()?.state)));
        let ended = orders.filter(|(_, state)| is_final(*state));
        seen.ended = ended.map(|(order_id, state)| (order_id.clone(), state)).collect();
        seen.versions.clear();
        seen.leaving.clear();
        for database in databases {
            let database = lock(database);
            database.outbox(0, usize::MAX).iter().for_each(|(_, message)| seen.leaves(message));
            let versions = database.all_rows().map(|(key, row)| (key.clone(), row.version));
            seen.versions.extend(versions);
        }
    }
}

/// Whether everything was given back. Where an operator has skipped an undo, it wasn't.
fn is_undone(saga: &Saga) -> bool {
    let is_skipped = |step: &StepState| step.progress == Progress::Skipped;
    saga.status == Status::Compensated && !saga.steps.iter().any(is_skipped)
}

const fn is_final(state: State) -> bool {
    matches!(state, State::Completed | State::Cancelled | State::Rejected)
}

impl Seen {
    fn leaves(&mut self, message: &Message) {
        if !self.published.contains(&message.id) {
            let lane = (message.source, message.subject.clone());
            self.leaving.entry(lane).or_default().push_back(message.id);
        }
    }

    /// I11: of one sender and subject nothing overtakes what was committed before; it may come
    /// again.
    fn in_order(&mut self, message: &Message) -> Result<(), String> {
        if self.published.contains(&message.id) {
            return Ok(());
        }
        let lane = (message.source, message.subject.clone());
        let next = self.leaving.get_mut(&lane).and_then(VecDeque::pop_front);
        hold!(next == Some(message.id), "I11: {message:?} leaves before {next:?}");
        self.published.insert(message.id);
        Ok(())
    }

    fn look_at(&mut self, write: &Write) -> Result<(), String> {
        let subject = write.key.record.subject.as_str();
        let before = self.versions.insert(write.key.clone(), write.version).unwrap_or(0);
        hold!(
            before == write.version_before && before < write.version,
            "I8: {:?} has version {before}, and goes from {} to {}",
            write.key.record,
            write.version_before,
            write.version
        );
        match write.key.record.kind.name {
            "orders" => self.order(subject, &read::<orders::Record, Order>(&write.body)),
            "stock" => stock(subject, &read::<inventory::Record, Stock>(&write.body)),
            "reservations" => {
                let held = read::<inventory::Record, Reservation>(&write.body);
                let is_open = held.is_some_and(|it| it.is_open());
                self.stays_undone(subject, is_open, "its stock is taken")
            }
            "payments" => {
                let Some(payment) = read::<payments::Record, Payment>(&write.body) else {
                    return Ok(());
                };
                amounts(subject, &payment)?;
                let is_held = payment.capturable() > 0 || payment.captured > payment.refunded;
                self.stays_undone(subject, is_held, "its money is taken")
            }
            "sagas" => {
                let it = read::<orchestrator::Record, OrderSaga>(&write.body);
                if let Some(it) = it.filter(|_| write.key.record.number == 0) {
                    match is_undone(&it.saga) {
                        true => self.compensated.insert(subject.into()),
                        false => self.compensated.remove(subject),
                    };
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// I5: each order reaches one final state and stays there.
    fn order(&mut self, order_id: &str, order: &Option<Order>) -> Result<(), String> {
        let Some(order) = order else { return Ok(()) };
        if order.cancel_requested && matches!(order.state, State::Confirmed | State::Completed) {
            return Err(format!(
                "order {order_id} is {:?} though its cancel was requested",
                order.state
            ));
        }
        if let Some(before) = self.ended.get(order_id).filter(|before| **before != order.state) {
            return Err(format!("I5: order {order_id} was {before:?} and is {:?}", order.state));
        }
        if is_final(order.state) {
            self.ended.insert(order_id.into(), order.state);
        }
        Ok(())
    }

    /// What was undone stays undone: this needs the tombstones.
    fn stays_undone(&self, order_id: &str, taken: bool, what: &str) -> Result<(), String> {
        match taken && self.compensated.contains(order_id) {
            true => Err(format!("order {order_id} is compensated, then {what}")),
            false => Ok(()),
        }
    }
}

/// No saga is idle without a deadline, unless an operator has paused it; and an independent undo
/// keeps nobody waiting.
fn saga_goes_on(database: &Database, write: &Write) -> Result<(), String> {
    if write.key.record.kind.name != "sagas" {
        return Ok(());
    }
    let Some(it) = read::<orchestrator::Record, OrderSaga>(&write.body) else { return Ok(()) };
    let saga = &it.saga;
    let definition = orchestrator::definition(&saga.definition, saga.version);
    let goes_on = saga.status.is_live() && saga.status != Status::Paused;
    let Some(definition) = definition.filter(|_| goes_on) else { return Ok(()) };
    for (step, state) in definition.steps.iter().zip(&saga.steps) {
        let awaited = match state.progress {
            Progress::Sent => Some(step.action),
            Progress::Undoing => step.undo_action(),
            _ => None,
        };
        let Some(action) = awaited else { continue };
        let label = saga::step_id(&saga.id, action);
        let has_timer = database.has_timer(&write.key.record.subject, label.as_str());
        hold!(has_timer, "saga {} waits for {label} without a timer", saga.id);
    }
    let progress = |index: usize| saga.steps.get(index).map(|state| state.progress);
    let is_undoing = progress(1) == Some(Progress::Undoing);
    let waits = matches!(progress(0), Some(Progress::Succeeded | Progress::GivenUp));
    let is_compensating = saga.status == Status::Compensating;
    let waits_for_it = is_compensating && is_undoing && waits && it.order.is_some();
    hold!(!waits_for_it, "saga {}: stock waits for an independent undo", saga.id);
    Ok(())
}

/// I3, at each place.
fn stock(sku: &str, stock: &Option<Stock>) -> Result<(), String> {
    let Some(stock) = stock else { return Ok(()) };
    match stock.places.iter().find(|place| place.reserved > place.on_hand) {
        Some(place) => Err(format!("I3: {sku} has more reserved than is there: {place:?}")),
        None => Ok(()),
    }
}

fn amounts(order_id: &str, it: &Payment) -> Result<(), String> {
    let amount = it.amount.minor_units();
    let holds = it.captured >= 0
        && it.released >= 0
        && it.captured + it.released <= it.authorized
        && it.authorized <= amount
        && it.refunded + it.refund_pending <= it.captured;
    holds.then_some(()).ok_or_else(|| format!("I1: the amounts of payment {order_id}: {it:?}"))
}

/// I1, in each transaction.
fn balances(transaction: &LedgerTransaction) -> Result<(), String> {
    let accounts: BTreeSet<&str> =
        transaction.postings.iter().map(|posting| posting.account.as_str()).collect();
    let sum: i64 = accounts.into_iter().map(|account| transaction.balance_of(account)).sum();
    match sum {
        0 => Ok(()),
        _ => Err(format!("I1: transaction {} sums to {sum}", transaction.transaction_id)),
    }
}
