//! What must hold: some of it at each commit, the rest when the world has come to rest. The numbers
//! are those of the promise in docs/ARCHITECTURE.md.

use crate::database::Database;
use crate::executor::lock;
use crate::facts::Facts;
use crate::world::World;
use contracts::Money;
use engine::{Row, UnitOfWork, Write, codec};
use inventory::{Movement, Reservation, ReservationState, Stock};
use orchestrator::OrderSaga;
use orders::{Order, State};
use payments::{LedgerTransaction, Payment};
use saga::{Progress, Status};
use service::{Kept, Record, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

macro_rules! hold {
    ($holds:expr, $($what:tt)+) => { if !$holds { return Err(format!($($what)+)); } };
}

/// An absurd count, which a CHECK of the database refuses.
pub const ON_HAND_MAX: i64 = 2_000_000_000_000;

/// What the databases' CHECKs would say of a unit.
pub fn failed_check(unit: &UnitOfWork) -> Option<String> {
    let absurd = |write: &&Write| {
        write.key.record.kind.name == "stock"
            && write.columns.first() > Some(&Value::Integer(1_000_000_000_000))
    };
    let found = unit.writes.iter().find(absurd)?;
    Some(format!("CHECK constraint failed: on_hand of {:?}", found.key.record))
}

/// The deadline of a hold; nothing for any other row.
pub fn expires_at(row: &Row) -> Option<i64> {
    let record: inventory::Record = codec::decode(&row.body).ok()?;
    let held = Reservation::of(&record).filter(|it| it.state == ReservationState::Held)?;
    Some(held.expires_at.micros())
}

pub(crate) fn read<R: Record, T: Kept<R> + Clone>(body: &[u8]) -> Option<T> {
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
}

impl Watch {
    /// The first thing that was wrong.
    pub fn broken(&self) -> Option<String> {
        lock(&self.0).broken.clone()
    }

    /// A unit was committed.
    pub fn committed(&self, database: &Database, unit: &UnitOfWork) {
        let mut seen = lock(&self.0);
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

    /// Commits were lost: what was seen of them doesn't count.
    pub fn rebuild(&self, databases: &[Arc<Mutex<Database>>]) {
        let facts = Facts::read(databases);
        let mut seen = lock(&self.0);
        let compensated = |it: &&(String, u32)| {
            let saga = facts.sagas.get(*it).map(|it| it.saga.status);
            it.1 == 0 && saga == Some(Status::Compensated)
        };
        seen.compensated = facts.sagas.keys().filter(compensated).map(|it| it.0.clone()).collect();
        let ended = facts.orders.iter().filter(|(_, order)| is_final(order.state));
        seen.ended = ended.map(|(id, order)| (id.clone(), order.state)).collect();
    }
}

const fn is_final(state: State) -> bool {
    matches!(state, State::Completed | State::Cancelled | State::Rejected)
}

impl Seen {
    fn look_at(&mut self, write: &Write) -> Result<(), String> {
        let subject = write.key.record.subject.as_str();
        if write.version <= write.version_before {
            return Err(format!(
                "I8: {:?} goes from version {} to {}",
                write.key.record, write.version_before, write.version
            ));
        }
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
                    match it.saga.status {
                        Status::Compensated => self.compensated.insert(subject.into()),
                        _ => self.compensated.remove(subject),
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

/// No saga is idle without a deadline, and an independent undo keeps nobody waiting.
fn saga_goes_on(database: &Database, write: &Write) -> Result<(), String> {
    if write.key.record.kind.name != "sagas" {
        return Ok(());
    }
    let Some(it) = read::<orchestrator::Record, OrderSaga>(&write.body) else { return Ok(()) };
    let saga = &it.saga;
    let definition = orchestrator::definition(&saga.definition, saga.version);
    let Some(definition) = definition.filter(|_| saga.status.is_live()) else { return Ok(()) };
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

/// Everything else, when nothing moves any more.
///
/// # Errors
/// What is broken.
pub fn at_rest(world: &World) -> Result<(), String> {
    if let Some(broken) = world.promises.broken() {
        return Err(format!("F18: {broken}"));
    }
    let facts = Facts::read(&world.databases());
    nothing_died_but_garbage(&facts)?;
    every_promise_is_kept(world, &facts)?;
    facts.orders.iter().try_for_each(|(id, order)| order_is_settled(id, order, &facts))?;
    facts.orders.iter().try_for_each(|(id, order)| money_is_right(world, id, order, &facts))?;
    stock_is_conserved(&facts)?;
    nothing_came_twice(world, &facts)?;
    ledger_agrees(&facts)
}

fn nothing_died_but_garbage(facts: &Facts) -> Result<(), String> {
    let died = facts.dead.iter().find(|letter| letter.source.is_some());
    died.map_or(Ok(()), |it| Err(format!("I10: dead letter about {}: {}", it.subject, it.reason)))
}

/// I2: no acknowledged order is lost, none is there that nobody asked for.
fn every_promise_is_kept(world: &World, facts: &Facts) -> Result<(), String> {
    let promises = world.promises.orders();
    for (order_id, promise) in &promises {
        let order = facts.orders.get(order_id);
        hold!(order.is_some() || !promise.acknowledged, "I2: order {order_id} is lost");
        let is_cancelled = order.is_some_and(|order| order.state == State::Cancelled);
        hold!(
            is_cancelled || !promise.cancelled,
            "order {order_id} was to be cancelled: {order:?}"
        );
    }
    let unasked = facts.orders.keys().find(|order_id| !promises.contains_key(*order_id));
    hold!(unasked.is_none(), "I2: nobody asked for order {unasked:?}");
    Ok(())
}

fn saga_rests(facts: &Facts, order_id: &str) -> bool {
    let status = facts.sagas.get(&(order_id.into(), 0)).map(|it| it.saga.status);
    status == Some(Status::CompensationFailed)
}

/// I4, I5, I7: an order, its sagas and its stock tell the same story.
fn order_is_settled(order_id: &str, order: &Order, facts: &Facts) -> Result<(), String> {
    let rests = saga_rests(facts, order_id);
    hold!(order.is_settled() || rests, "I10: order {order_id} is not settled: {order:?}");
    for ((of, number), it) in facts.sagas.range((order_id.to_string(), 0)..) {
        if of != order_id {
            break;
        }
        let status = it.saga.status;
        hold!(status.is_final() || rests, "I10: saga {number} of order {order_id} is {status:?}");
    }
    let good = matches!(order.state, State::Confirmed | State::Completed);
    let open = facts.reservations.get(order_id).is_some_and(Reservation::is_open);
    hold!(good == open, "I4: order {order_id} is {:?}, stock taken: {open}", order.state);
    Ok(())
}

/// I6, I7: confirmed exactly when captured; the provider's books say the same as ours.
fn money_is_right(
    world: &World,
    order_id: &str,
    order: &Order,
    facts: &Facts,
) -> Result<(), String> {
    let Some(payment) = facts.payments.get(order_id) else {
        let refused = matches!(order.state, State::Rejected | State::Cancelled);
        hold!(refused, "I7: order {order_id} is {:?} without a payment", order.state);
        return Ok(());
    };
    let good = matches!(order.state, State::Confirmed | State::Completed);
    let kept = payment.captured - payment.refunded;
    let manual = order.capture_mode == orders::CaptureMode::Manual;
    let due = if good && !manual { order.total.minor_units() } else { 0 };
    hold!(kept == due, "I7: order {order_id} owes {due}, {kept} is kept: {payment:?}");
    let held = payment.capturable();
    let is_refused = |it: &payments::Operation| {
        it.kind == payments::OperationKind::Void && it.state == payments::OperationState::Failed
    };
    let may_hold = (good && manual)
        || saga_rests(facts, order_id)
        || payment.operations.iter().any(is_refused);
    hold!(held == 0 || may_hold, "I7: order {order_id} is {:?}, {held} is held", order.state);
    let said = order.paid.map_or(0, Money::minor_units);
    hold!(said == payment.captured || !good || manual, "order {order_id} says it paid {said}");
    if !payment.is_invoice() {
        let told = lock(&world.books).statement(order_id);
        let ours = [payment.authorized, payment.captured, payment.released, payment.refunded];
        hold!(told == ours, "I6: order {order_id}: provider {told:?}, payments {ours:?}");
    }
    Ok(())
}

/// I3: counters, reservations and movements agree; nothing came or went unseen.
fn stock_is_conserved(facts: &Facts) -> Result<(), String> {
    let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
    for held in facts.reservations.values().filter(|it| it.is_open()).flat_map(|it| &it.lines) {
        let place = (held.sku.clone(), held.location.clone());
        *lines.entry(place).or_default() += u64::from(held.quantity);
    }
    let mut moved: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for Movement { sku, location, on_hand, reserved, .. } in &facts.movements {
        let sum = moved.entry((sku.clone(), location.clone())).or_default();
        *sum = (sum.0 + on_hand, sum.1 + reserved);
    }
    for (sku, stock) in &facts.stock {
        for place in &stock.places {
            let key = (sku.clone(), place.location.clone());
            let promised = lines.get(&key).copied().unwrap_or(0);
            let here = place.reserved;
            hold!(here == promised, "I4: {key:?}: {here} reserved, {promised} in reservations");
            let signed = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
            let sum = moved.get(&key).copied().unwrap_or_default();
            let counted = (signed(place.on_hand), signed(place.reserved));
            hold!(sum == counted, "I3: {key:?} has {counted:?}, its movements sum to {sum:?}");
        }
    }
    Ok(())
}

/// I3: what lies there is what was brought, each delivery once.
fn nothing_came_twice(world: &World, facts: &Facts) -> Result<(), String> {
    for (sku, brought) in world.promises.brought() {
        let here = facts.stock.get(&sku).map_or(0, Stock::on_hand);
        hold!(here == brought, "I3: {sku} has {here} units, {brought} were brought");
    }
    Ok(())
}

/// I1: the ledger's accounts of an order say what its payment says.
fn ledger_agrees(facts: &Facts) -> Result<(), String> {
    for (order_id, payment) in &facts.payments {
        let balance = |account: String| {
            let of_order = facts.ledger.get(order_id).map(Vec::as_slice).unwrap_or_default();
            -of_order.iter().map(|transaction| transaction.balance_of(&account)).sum::<i64>()
        };
        let ledger = [
            balance(format!("hold:order:{order_id}")),
            balance(format!("paid:{order_id}")),
            balance(format!("refunding:{order_id}")),
        ];
        let ours = [payment.capturable(), payment.refundable(), payment.refund_pending];
        hold!(ledger == ours, "I1: order {order_id}: ledger {ledger:?}, payment {ours:?}");
    }
    Ok(())
}

/// What still waits, for a world that never comes to rest.
pub fn what_is_open(world: &World) -> String {
    let mut open = vec![];
    for database in world.databases() {
        let database = lock(&database);
        let timers = database.timers();
        open.extend(
            timers.iter().take(3).map(|timer| format!("timer {:?} at {:?}", timer.key, timer.at)),
        );
        open.extend(database.pending(3).iter().map(|row| format!("pending {}", row.0)));
        open.extend(database.effects().iter().take(3).map(|it| format!("effect {}", it.id)));
    }
    format!("{}; clients answered: {}", open.join(", "), world.promises.all_kept())
}
