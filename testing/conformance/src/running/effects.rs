//! Requests to the outside are performed, and their answers handled once.

use super::away;
use crate::{Call, Plant, Site, World};

pub(super) async fn a_request_is_performed_once_and_its_answer_handled_once<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: ask e (add 1) | right a: ask e (add 2)").await, "- | -");
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(plant.look("left accounts").await, "a=1@1");
    assert_eq!(plant.look("right accounts").await, "a=2@1");
    world.clock.advance(100);
    assert_eq!(plant.ask("left a: say").await, "1");
    assert_eq!(world.outside.asked(2).await, ["add 1", "add 2"]);
}

/// The process crashes while it asks `add 1` for `left a`; from then on it would be answered.
async fn leave_a_request_behind(site: &impl Site, world: &World) {
    world.outside.open(false);
    let mut plant = Plant::start(site, world).await;
    assert_eq!(plant.ask("left a: ask e (add 1)").await, "-");
    world.outside.asked(1).await;
    plant.crash().await;
    world.outside.open(true);
}

pub(super) async fn a_request_that_a_crash_left_behind_is_performed_again<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    leave_a_request_behind(&site, &world).await;
    let plant = Plant::start(&site, &world).await;
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(plant.look("left accounts").await, "a=1@1");
    assert_eq!(world.outside.asked(2).await, ["add 1", "add 1"]);
}

pub(super) async fn no_more_requests_than_slots_are_under_way_and_none_is_lost<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    world.outside.open(false);
    let mut plant = Plant::start(&site, &world).await;
    let words: Vec<String> = (0..600).map(|it| format!("left a: ask e{it} (add 1)")).collect();
    assert_eq!(plant.ask(&words.join(" | ")).await, "600 x -");
    world.outside.asked(512).await;
    assert_eq!(plant.ask("left b: say").await, "0");
    assert_eq!(world.outside.asked(512).await.len(), 512);
    world.outside.open(true);
    // A slot that is free again is taken at once, not when a claim runs out.
    world.outside.asked(600).await;
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(plant.look("left accounts").await, "a=600@600");
    assert_eq!(world.outside.asked(600).await.len(), 600);
}

pub(super) async fn requests_that_can_t_be_claimed_at_first_are_claimed_later<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    leave_a_request_behind(&site, &world).await;
    world.faults.plan(Call::ClaimEffects, away());
    let plant = Plant::start(&site, &world).await;
    plant.shows(&world, "left accounts", "a=1@1").await;
    assert!(world.faults.are_over());
}
