//! What must hold when the world has come to rest: the rules of `orderweaver check`, and what only
//! the world outside can know.

use crate::executor::lock;
use crate::facts::facts;
use crate::world::World;
use check::{Facts, Finding, Moment, Statement, Totals};
use engine::Tally;
use inventory::Reservation;
use orders::{Order, State};
use saga::Status;
use std::collections::BTreeMap;

macro_rules! hold {
    ($holds:expr, $($what:tt)+) => { if !$holds { return Err(format!($($what)+)); } };
}

/// Everything by subject.
type All = BTreeMap<String, Facts>;

/// Holds everything against the promise; what is there, by subject.
///
/// # Errors
/// What is broken.
pub fn at_rest(world: &World) -> Result<All, String> {
    if let Some(broken) = world.promises.broken() {
        return Err(format!("F18: {broken}"));
    }
    let (all, mut findings) = facts(&world.databases());
    for database in world.databases() {
        let (all, _) = facts(std::slice::from_ref(&database));
        let hosted = lock(&database).services();
        all.values().for_each(|facts| check::hold_log(facts, &hosted, &mut findings));
    }
    nothing_died_but_garbage(world)?;
    every_promise_is_kept(world, &all)?;
    let mut totals = Totals::default();
    for facts in all.values() {
        order_is_settled(facts)?;
        check::hold(facts, Moment::Quiet, &mut findings);
        totals.add(facts);
    }
    for database in world.databases() {
        let database = lock(&database);
        for (key, tallied) in database.tallies() {
            totals.add_kept(&Tally { key: key.clone(), tallied });
        }
    }
    totals.hold(&mut findings);
    let broken = findings.kept.first().map(Finding::to_string);
    broken.map_or(Ok(()), Err)?;
    nothing_came_twice(world, &all)?;
    the_provider_says_the_same(world, &all)?;
    Ok(all)
}

fn nothing_died_but_garbage(world: &World) -> Result<(), String> {
    for database in world.databases() {
        let database = lock(&database);
        let died = database.dead().find(|letter| letter.source.is_some());
        hold!(died.is_none(), "I10: a dead letter: {died:?}");
    }
    Ok(())
}

/// I2: no acknowledged order is lost, none is there that nobody asked for.
fn every_promise_is_kept(world: &World, all: &All) -> Result<(), String> {
    let promises = world.promises.orders();
    let order = |order_id: &str| all.get(order_id).and_then(|facts| facts.order.as_ref());
    for (order_id, promise) in &promises {
        let order = order(order_id);
        hold!(order.is_some() || !promise.acknowledged, "I2: order {order_id} is lost");
        let is_cancelled = order.is_some_and(|order| order.state == State::Cancelled);
        hold!(
            is_cancelled || !promise.cancelled,
            "order {order_id} was to be cancelled: {order:?}"
        );
    }
    let unasked = all.keys().find(|id| order(id).is_some() && !promises.contains_key(*id));
    hold!(unasked.is_none(), "I2: nobody asked for order {unasked:?}");
    Ok(())
}

/// I4, I5, I10: an order comes to its end, or rests on the worklist with its stock given back.
fn order_is_settled(facts: &Facts) -> Result<(), String> {
    let Some(order) = &facts.order else { return Ok(()) };
    let order_id = &facts.subject;
    let status = |number: u32| facts.sagas.get(&number).map(|it| it.saga.status);
    let rests = status(0) == Some(Status::CompensationFailed);
    hold!(order.is_settled() || rests, "I10: order {order_id} is not settled: {order:?}");
    for (number, it) in &facts.sagas {
        let status = it.saga.status;
        hold!(status.is_final() || rests, "I10: saga {number} of order {order_id} is {status:?}");
    }
    let is_good = |order: &Order| matches!(order.state, State::Confirmed | State::Completed);
    let open = facts.reservation.as_ref().is_some_and(Reservation::is_open);
    hold!(is_good(order) == open, "I4: order {order_id} is {:?}, stock taken: {open}", order.state);
    Ok(())
}

/// I3: what lies there is what was brought, each delivery once.
fn nothing_came_twice(world: &World, all: &All) -> Result<(), String> {
    for (sku, brought) in world.promises.brought() {
        let stock = all.get(&sku).and_then(|facts| facts.stock.as_ref());
        let here = stock.map_or(0, inventory::Stock::on_hand);
        hold!(here == brought, "I3: {sku} has {here} units, {brought} were brought");
    }
    Ok(())
}

/// I6: each effect once, and none that nobody knows of.
fn the_provider_says_the_same(world: &World, all: &All) -> Result<(), String> {
    let books = lock(&world.books);
    let mut findings = check::Findings::default();
    let asked: Vec<_> = all.values().flat_map(check::asked).collect();
    let known = check::agree(&asked, &*books, &mut findings)?;
    let broken = findings.kept.first().map(|finding| format!("I6: {finding}"));
    broken.map_or(Ok(()), Err)?;
    let done = books.succeeded()?;
    hold!(known == done, "I6: the provider has done {done} operations, payments knows {known}");
    Ok(())
}

/// What still waits, for a world that never comes to rest.
pub fn what_is_open(world: &World) -> String {
    let mut open = vec![];
    for database in world.databases() {
        let database = lock(&database);
        let timers = database.timers();
        open.extend(timers.take(3).map(|timer| format!("timer {:?} at {:?}", timer.key, timer.at)));
        open.extend(database.outbox(0, 3).iter().map(|row| format!("outbox {}", row.0)));
        open.extend(database.hops(3).iter().map(|row| format!("hop {}", row.0)));
        open.extend(database.effects().iter().take(3).map(|it| format!("effect {}", it.id)));
    }
    format!("{}; clients answered: {}", open.join(", "), world.promises.all_kept())
}
