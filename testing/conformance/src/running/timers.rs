//! Timers fire when their time has come, and after a start not before what was under way.

use super::away;
use crate::{Call, Plant, Post, Site, World};
use engine::{Clock, Limits};
use std::time::Duration;

pub(super) async fn a_timer_fires_when_its_time_has_come_and_not_before<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: timer t 10 (add 1)").await, "-");
    world.clock.advance(9);
    assert_eq!(plant.ask("left b: say").await, "0");
    assert_eq!(plant.look("waiting").await, "1 timers");
    world.clock.advance(1);
    plant.shows(&world, "left accounts", "a=1@1").await;
    assert_eq!(plant.look("waiting").await, "nothing");
}

pub(super) async fn a_timer_that_is_set_to_an_earlier_time_wakes_the_process_then<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: timer t 5000 (add 1)").await, "-");
    assert_eq!(plant.ask("left a: timer u 10 (add 2)").await, "-");
    world.clock.advance(10);
    plant.shows(&world, "left accounts", "a=2@1").await;
    world.clock.advance(5000);
    plant.shows(&world, "left accounts", "a=3@2").await;
}

pub(super) async fn more_timers_than_fit_into_a_round_all_fire_once<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    let words: Vec<String> = (0..600).map(|it| format!("left a: timer t{it} 10 (add 1)")).collect();
    assert_eq!(plant.ask(&words.join(" | ")).await, "600 x -");
    world.clock.advance(10);
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(plant.look("left accounts").await, "a=600@600");
}

pub(super) async fn after_a_start_timers_wait_until_effects_are_answered<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    world.outside.open(false);
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: ask e (add 1), timer t 10 (add 2)").await, "-");
    world.outside.asked(1).await;
    plant.crash().await;
    world.clock.advance(20);
    let mut plant = Plant::start(&site, &world).await;
    world.outside.asked(2).await;
    assert_eq!(plant.ask("left b: say").await, "0");
    world.outside.open(true);
    plant.shows(&world, "waiting", "nothing").await;
    let told = "left: ask e (add 1), timer t 10 (add 2) / left: add 1 / left: add 2";
    assert_eq!(plant.look("log a 9").await, told);
}

pub(super) async fn after_a_start_timers_don_t_wait_for_effects_that_began_since<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: timer t 10 (add 2)").await, "-");
    plant.crash().await;
    world.clock.advance(20);
    world.outside.open(false);
    // The first claim fails, so the new effect is under way when it is tried again.
    world.faults.plan(Call::ClaimEffects, away());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left b: ask e (add 1)").await, "-");
    world.outside.asked(1).await;
    plant.shows(&world, "left accounts", "a=2@1").await;
    assert_eq!(plant.look("waiting").await, "1 effects");
}

pub(super) async fn a_claim_that_fails_holds_back_no_timer_for_long<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: timer t 10 (add 2)").await, "-");
    plant.crash().await;
    world.clock.advance(20);
    for _ in 0..4 {
        world.faults.plan(Call::ClaimEffects, away());
    }
    let plant = Plant::start(&site, &world).await;
    let begun = world.clock.now();
    while !world.faults.are_over() {
        world.clock.pass().await;
    }
    assert!(world.clock.now().since(begun) < Duration::from_secs(5));
    plant.shows(&world, "left accounts", "a=2@1").await;
}

pub(super) async fn after_a_start_timers_wait_until_hops_are_handled<S: Site>(site: fn() -> S) {
    let limits = Limits { round_messages_max: 1, ..Limits::default() };
    let (site, world) = (site(), World { limits, ..World::new() });
    world.faults.plan(Call::Hops, away());
    let mut plant = Plant::start(&site, &world).await;
    let words = "left a: tell right (tell left (say hop)), timer t 10 (add 2)";
    assert_eq!(plant.ask(words).await, "-");
    plant.crash().await;

    world.clock.advance(20);
    world.faults.plan(Call::Hops, away());
    let mut plant =
        Plant::start(&site, &World { limits: Limits::default(), ..world.clone() }).await;
    assert_eq!(plant.ask("left b: say").await, "0");
    assert_eq!(plant.ask("left b: say").await, "0");
    plant.shows(&world, "waiting", "nothing").await;
    let told =
        format!("left: {}; right: tell left (say hop) / left: say hop / left: add 2", &words[8..]);
    assert_eq!(plant.look("log a 9").await, told);
}

pub(super) async fn after_a_start_timers_wait_until_the_bus_has_brought_what_was_there<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new().with_bus());
    let bus = world.bus.clone().expect("a bus");
    bus.set_caught_up(false);
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: timer t 10 (add 2)").await, "-");
    world.clock.advance(20);
    assert_eq!(plant.ask("left b: say").await, "0");
    bus.bring(Post::default().deliveries("bus 1 left a: add 1"));
    bus.acknowledged(1).await;
    assert_eq!(plant.look("left accounts").await, "a=1@1");
    bus.set_caught_up(true);
    plant.shows(&world, "left accounts", "a=3@2").await;
}

pub(super) async fn due_timers_that_can_t_be_read_at_first_fire_later<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    world.faults.plan(Call::DueTimers, away());
    world.faults.plan(Call::DueTimers, away());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: timer t 10 (add 1)").await, "-");
    world.clock.advance(10);
    plant.shows(&world, "left accounts", "a=1@1").await;
    assert!(world.faults.are_over());
}
