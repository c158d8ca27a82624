//! A round that the store rejects is taken apart until the culprit stands alone; all others are
//! committed.

use super::away;
use crate::{Call, Plant, Post, Site, World};

/// A hundred messages in one round; the fortieth takes what isn't there.
fn hundred(door: &str) -> String {
    let others = |from: u32, to: u32| {
        let words = (from..to).map(|it| match door {
            "" => format!("left s{it}: add 1 | "),
            _ => format!("{door} {it} left s{it}: add 1 | "),
        });
        words.collect::<String>()
    };
    let culprit = format!("{door} 40 left culprit: add -5 | ");
    let culprit = if door.is_empty() { "left culprit: add -5 | ".into() } else { culprit };
    let words = others(0, 39) + &culprit + &others(41, 101);
    words.trim_end_matches(" | ").into()
}

/// Brings messages by the bus in one round; says how many accounts there are, and what waits.
async fn check<S: Site>(site: fn() -> S, words: &str, accounts: usize, waiting: &str, dead: &str) {
    let (site, world) = (site(), World::new().with_bus());
    let mut plant = Plant::open(&site, &world).await;
    let bus = world.bus.clone().expect("a bus");
    let deliveries = Post::default().deliveries(words);
    let count = deliveries.len();
    bus.bring(deliveries);
    plant.run();
    assert_eq!(bus.acknowledged(count).await.len(), count, "all are handled, one way or another");
    assert_eq!(plant.look("left accounts").await.split(", ").count(), accounts);
    assert_eq!(plant.look("waiting").await, waiting);
    // What the store says stands between the subject and the message.
    let letters = plant.look("dead 9").await;
    let letters: Vec<String> = letters.split(" / ").map(without_reason).collect();
    assert_eq!(letters.join(" / "), dead);
    plant.close().await;
}

fn without_reason(letter: &str) -> String {
    let (head, _) = letter.split_once(": ").unwrap_or((letter, ""));
    let tail = letter.rsplit_once(" (").map_or("", |(_, tail)| tail);
    format!("{head} ({tail}")
}

pub(super) async fn of_a_hundred_messages_only_the_culprit_becomes_a_dead_letter<S: Site>(
    site: fn() -> S,
) {
    check(
        site,
        &hundred("bus"),
        99,
        "1 dead",
        "orders culprit from inventory (left culprit: add -5)",
    )
    .await;
}

pub(super) async fn whoever_says_what_no_bus_takes_is_a_culprit<S: Site>(site: fn() -> S) {
    let long = "x".repeat(1_000_000);
    check(
        site,
        &format!("bus 1 left a: add 1 | bus 2 left b: tell away ({long}) | bus 3 left c: add 1"),
        2,
        "1 dead",
        &format!("orders b from inventory ({long}))"),
    )
    .await;
}

pub(super) async fn later_messages_of_the_culprit_s_key_are_parked_and_other_keys_flow<S: Site>(
    site: fn() -> S,
) {
    check(
        site,
        &format!(
            "{} | bus 101 left culprit: add 1 | provider 102 left culprit: add 1",
            hundred("bus")
        ),
        100,
        "1 parked, 1 dead",
        "orders culprit from inventory (left culprit: add -5)",
    )
    .await;
}

pub(super) async fn every_culprit_is_found<S: Site>(site: fn() -> S) {
    check(
        site,
        &format!("bus 200 left x: add -1 | {} | bus 201 left y: add -1", hundred("bus")),
        99,
        "3 dead",
        "orders x from inventory (left x: add -1) / \
         orders culprit from inventory (left culprit: add -5) / \
         orders y from inventory (left y: add -1)",
    )
    .await;
}

pub(super) async fn of_messages_that_fail_only_together_the_first_ones_are_committed<S: Site>(
    site: fn() -> S,
) {
    check(
        site,
        "bus 1 left a: add 1 | provider 2 left a: add -1 | operator 3 left a: add -1 | \
         bus 4 left b: add 1",
        2,
        "1 dead",
        "orders a from operator (left a: add -1)",
    )
    .await;
}

pub(super) async fn an_entry_that_is_added_twice_is_a_culprit_too<S: Site>(site: fn() -> S) {
    check(
        site,
        "bus 1 left a: add 1, entry 1 5 | bus 2 left b: add 1, entry 1 5 | \
         provider 3 left a: add 1, entry 1 6",
        2,
        "1 dead",
        "orders a from provider (left a: add 1, entry 1 6)",
    )
    .await;
}

pub(super) async fn at_the_door_only_the_culprit_is_refused_and_nothing_of_it_is_kept<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::open(&site, &world).await;
    let answers = plant.ask(&hundred(""));
    plant.run();
    assert_eq!(answers.await, "39 x - | refused internal_error | 60 x -");
    assert_eq!(plant.look("waiting").await, "nothing");
    assert_eq!(plant.look("log culprit 9").await, "nothing");
    assert_eq!(plant.ask("left culprit: add 1, say").await, "1");
}

pub(super) async fn a_key_whose_request_was_rejected_may_be_used_again<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("key k left a: add -1").await, "refused internal_error");
    assert_eq!(plant.ask("left a: add 3").await, "-");
    assert_eq!(plant.ask("key k left a: add -1").await, "-");
    assert_eq!(plant.look("left accounts").await, "a=2@2");
}

pub(super) async fn a_hop_that_is_the_culprit_is_buried_and_its_cause_is_committed<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    let answer = plant.ask("left a: add 1, tell right (add -5), tell right (add 1), say").await;
    assert_eq!(answer, "1");
    plant.shows(&world, "waiting", "1 parked, 1 dead").await;
    assert_eq!(plant.look("left accounts").await, "a=1@1");
    assert_eq!(plant.look("right accounts").await, "nothing");
    let letter = without_reason(&plant.look("dead 9").await);
    assert_eq!(letter, "payments a from orders (right a: add -5)");
}

pub(super) async fn a_timer_that_is_the_culprit_is_buried_and_nobody_waits_behind_it<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: timer t 10 (add -1)").await, "-");
    world.clock.advance(10);
    plant.shows(&world, "waiting", "1 dead").await;
    assert_eq!(plant.ask("left a: add 1, timer t 10 (add 1), say").await, "1");
    plant.shows(&world, "left accounts", "a=2@2").await;
    assert_eq!(plant.look("waiting").await, "1 dead");
}

pub(super) async fn an_answer_that_is_the_culprit_is_buried_and_its_request_is_done<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: ask e (add -1)").await, "-");
    plant.shows(&world, "waiting", "1 dead").await;
    assert_eq!(world.outside.asked(1).await, ["add -1"]);
}

/// Four messages come in one round, and the store fails so often; what the log says of them.
async fn check_failing<S: Site>(site: fn() -> S, failures: [(Call, usize); 2], log: &str) {
    let (site, world) = (site(), World::new().with_bus());
    let mut plant = Plant::open(&site, &world).await;
    for (call, times) in failures {
        (0..times).for_each(|_| world.faults.plan(call, away()));
    }
    let bus = world.bus.clone().expect("a bus");
    let words = "bus 1 left a: add 1 | bus 2 left a: add 2 | bus 3 left a: add 3 | \
                 bus 4 left a: add 4";
    bus.bring(Post::default().deliveries(words));
    plant.run();
    let acknowledged = world.clock.pass_until(bus.acknowledged(4)).await;
    assert_eq!(acknowledged.len(), 4);
    assert_eq!(plant.look("log a 9").await, log);
    assert_eq!(plant.look("waiting").await, "nothing");
    assert!(world.faults.are_over());
    plant.close().await;
}

pub(super) async fn a_round_that_is_too_much_is_taken_apart_and_nobody_is_buried<S: Site>(
    site: fn() -> S,
) {
    let whole = "left: add 1; left: add 2; left: add 3; left: add 4";
    let halves = "left: add 1; left: add 2 / left: add 3; left: add 4";
    let one_by_one = "left: add 1 / left: add 2 / left: add 3; left: add 4";
    check_failing(site, [(Call::Transact, 2), (Call::Ping, 0)], whole).await;
    check_failing(site, [(Call::Transact, 3), (Call::Ping, 0)], halves).await;
    check_failing(site, [(Call::Transact, 6), (Call::Ping, 0)], one_by_one).await;
    check_failing(site, [(Call::Transact, 20), (Call::Ping, 0)], one_by_one).await;
    // A store that is away takes any round when it is back.
    check_failing(site, [(Call::Transact, 9), (Call::Ping, 7)], whole).await;
}
