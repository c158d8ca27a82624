//! What leaves a round comes to its reader: hops, what is published, what the bus brings.

use super::away;
use crate::{Call, Plant, Post, Site, World};
use engine::{Limits, Status};

pub(super) async fn hops_over_the_limit_of_a_round_are_handled_in_later_rounds<S: Site>(
    site: fn() -> S,
) {
    let limits = Limits { round_messages_max: 10, ..Limits::default() };
    let (site, world) = (site(), World { limits, ..World::new() });
    let mut plant = Plant::start(&site, &world).await;
    let words = "100 x left a: add 1, tell right (add 1, tell left (add 1, tell right (add 1)))";
    assert_eq!(plant.ask(words).await, "100 x -");
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(plant.look("left accounts").await, "a=200@200");
    assert_eq!(plant.look("right accounts").await, "a=200@200");
}

pub(super) async fn hops_that_can_t_be_read_at_first_are_read_later<S: Site>(site: fn() -> S) {
    let limits = Limits { round_messages_max: 1, ..Limits::default() };
    let (site, world) = (site(), World { limits, ..World::new() });
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: tell right (add 1)").await, "-");
    plant.shows(&world, "right accounts", "a=1@1").await;
    world.faults.plan(Call::Hops, away());
    assert_eq!(plant.ask("left a: tell right (add 1)").await, "-");
    plant.shows(&world, "right accounts", "a=2@2").await;
    assert!(world.faults.are_over());
}

pub(super) async fn what_leaves_is_published_in_order_and_deleted<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new().with_bus());
    let bus = world.bus.clone().expect("a bus");
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: tell away (one), tell away (two)").await, "-");
    assert_eq!(plant.ask("right b: tell away (three)").await, "-");
    let told = ["away a: one", "away a: two", "away b: three"];
    assert_eq!(bus.published(3).await, told);
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(bus.published(3).await, told);
}

pub(super) async fn what_a_full_bus_did_not_take_is_published_later_and_the_order_stays<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new().with_bus());
    let bus = world.bus.clone().expect("a bus");
    bus.set_room(1);
    let mut plant = Plant::start(&site, &world).await;
    let words = "left a: tell away (one), tell away (two), tell away (three)";
    assert_eq!(plant.ask(words).await, "-");
    assert_eq!(bus.published(1).await, ["away a: one"]);
    plant.shows(&world, "waiting", "2 in the outbox").await;
    bus.set_room(usize::MAX);
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(bus.published(3).await, ["away a: one", "away a: two", "away a: three"]);
}

pub(super) async fn hops_go_on_while_more_than_a_page_waits_for_a_bus_that_is_away<S: Site>(
    site: fn() -> S,
) {
    let limits = Limits { round_messages_max: 1, ..Limits::default() };
    let (site, world) = (site(), World { limits, ..World::new().with_bus() });
    world.bus.clone().expect("a bus").set_room(0);
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("1025 x left a: tell away (one)").await, "1025 x -");
    assert_eq!(plant.ask("left b: tell right (add 1)").await, "-");
    plant.shows(&world, "right accounts", "b=1@1").await;
    assert_eq!(plant.look("waiting").await, "1026 in the outbox", "a hop is told outside too");
}

pub(super) async fn what_could_not_be_deleted_is_published_again<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new().with_bus());
    let bus = world.bus.clone().expect("a bus");
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: tell away (one)").await, "-");
    assert_eq!(bus.published(1).await, ["away a: one"]);
    world.faults.plan(Call::Transact, away());
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(bus.published(2).await, ["away a: one", "away a: one"]);
}

pub(super) async fn whoever_publishes_to_a_slow_bus_keeps_the_lead<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new().with_bus());
    let bus = world.bus.clone().expect("a bus");
    bus.set_slow(true);
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: tell away (one)").await, "-");
    bus.has_begun(1).await;
    world.faults.plan(Call::Lead, away());
    world.faults.plan(Call::Lead, away());
    world.faults.strike_all(&world.clock).await;
    bus.set_slow(false);
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(bus.published(1).await, ["away a: one"]);
}

pub(super) async fn a_hop_to_somebody_who_is_elsewhere_by_now_leaves_by_the_bus<S: Site>(
    site: fn() -> S,
) {
    let limits = Limits { round_messages_max: 1, ..Limits::default() };
    let (site, world) = (site(), World { limits, ..World::new().with_bus() });
    let bus = world.bus.clone().expect("a bus");
    let mut plant = Plant::open(&site, &world).await;
    let words = "left a: tell away (one), tell right (add 1)";
    assert_eq!(plant.together(&world, words).await, "-");
    assert_eq!(plant.look("waiting").await, "2 hops");
    plant.run();
    plant.shows(&world, "waiting", "nothing").await;
    assert_eq!(plant.look("right accounts").await, "a=1@1");
    assert_eq!(bus.published(1).await, ["away a: one"]);
}

pub(super) async fn a_hop_that_nobody_brings_anywhere_stays_and_holds_up_no_other<S: Site>(
    site: fn() -> S,
) {
    let limits = Limits { round_messages_max: 1, ..Limits::default() };
    let (site, world) = (site(), World { limits, ..World::new() });
    let words = "1025 x left a: tell away (one) | left b: tell right (add 1), timer t 9 (add 1)";
    let plant = Plant::open(&site, &world).await;
    assert_eq!(plant.together(&world, words).await, "1026 x -");
    plant.crash().await;
    let plant = Plant::start(&site, &world).await;
    plant.shows(&world, "right accounts", "b=1@1").await;
    plant.shows(&world, "left accounts", "b=1@1").await;
    assert_eq!(plant.look("waiting").await, "1025 hops");
    plant.close().await;
}

pub(super) async fn what_the_bus_brought_is_acknowledged_when_it_is_on_disk<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new().with_bus());
    let bus = world.bus.clone().expect("a bus");
    for _ in 0..3 {
        world.faults.plan(Call::Transact, away());
    }
    let plant = Plant::start(&site, &world).await;
    let words = "bus 1 left a: add 1 | garbage 2 left a: ??? | bus 1 left a: add 1";
    bus.bring(Post::default().deliveries(words));
    plant.is(|status| matches!(status, Status::Waiting(_))).await;
    assert_eq!(bus.acknowledged(0).await, [0_u64; 0]);
    plant.shows(&world, "left accounts", "a=1@1").await;
    assert_eq!(bus.acknowledged(3).await, [0, 1, 2]);
    assert_eq!(
        plant.look("dead 9").await,
        "orders a from nobody: toys, partition 3, offset 1: it is no message (???)"
    );
    assert_eq!(*plant.door().status().borrow(), Status::Running);
}
