//! What another process has left in the store is found by those that carry on.

use super::away;
use crate::{Call, Plant, Site, World};
use engine::{Limits, Status};

/// Of all that a round leaves behind, one of each.
pub(super) const EVERYTHING: &str =
    "left a: timer t 10 (add 1), ask e (add 2), tell away (one), tell right (add 4)";

pub(super) fn one_hop() -> World {
    let limits = Limits { round_messages_max: 1, ..Limits::default() };
    World { limits, ..World::new().with_bus() }
}

pub(super) async fn what_a_process_that_died_has_left_is_done_by_another<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), one_hop());
    let bus = world.bus.clone().expect("a bus");
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left b: add 1").await, "-");
    assert_eq!(plant.elsewhere(&world, EVERYTHING).await, "-");
    world.clock.pass_until(bus.published(2)).await;
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(plant.look("left accounts").await, "a=3@2, b=1@1");
    assert_eq!(plant.look("right accounts").await, "a=4@1");
    assert_eq!(bus.published(2).await, ["away a: one", "right a: add 4"]);
    assert_eq!(world.outside.asked(1).await, ["add 2"]);
}

pub(super) async fn a_timer_that_another_process_has_set_fires_in_its_turn<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(
        plant.ask("left a: timer t 5000 (add 1) | left c: timer t 1 (add 1)").await,
        "- | -"
    );
    plant.shows(&world, "left account c", "c=1@1").await;
    assert_eq!(plant.ask("left b: say").await, "0", "it has looked for the next timer by now");
    assert_eq!(plant.elsewhere(&world, "left a: timer u 10 (add 2)").await, "-");
    world.clock.advance(5);
    assert_eq!(plant.ask("left b: say").await, "0");
    assert_eq!(plant.look("waiting").await, "2 timers");
    plant.shows(&world, "left account a", "a=2@1").await;
    world.clock.advance(5000);
    plant.shows(&world, "left account a", "a=3@2").await;
}

pub(super) async fn a_look_that_fails_is_repeated<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), one_hop());
    world.faults.plan(Call::Waiting, away());
    let plant = Plant::start(&site, &world).await;
    plant.elsewhere(&world, EVERYTHING).await;
    plant.shows(&world, "waiting", "nothing").await;
    assert!(world.faults.are_over());
    assert_eq!(*plant.door().status().borrow(), Status::Running);
}
