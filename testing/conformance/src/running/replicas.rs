//! Several processes on one store.

use super::recovery::{EVERYTHING, one_hop};
use crate::{Plant, Site, World};
use std::collections::BTreeSet;

pub(super) async fn what_a_replica_that_died_has_in_hand_is_done_by_the_other<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), one_hop());
    let mut one = Plant::start(&site, &world).await;
    let other = Plant::start(&site, &world).await;
    world.outside.open(false);
    assert_eq!(one.ask(EVERYTHING).await, "-");
    world.outside.asked(1).await;
    one.crash().await;
    world.outside.open(true);
    other.shows(&world, "waiting", "nothing").await;
    assert_eq!(other.look("left accounts").await, "a=3@2");
    assert_eq!(other.look("right accounts").await, "a=4@1");
    assert_eq!(world.outside.asked(2).await, ["add 2", "add 2"]);
}

pub(super) async fn what_all_replicas_commit_is_published_in_the_order_of_commits<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new().with_bus());
    let bus = world.bus.clone().expect("a bus");
    let mut one = Plant::start(&site, &world).await;
    let mut other = Plant::start(&site, &world).await;
    let mut told = vec![];
    for number in 0..10 {
        assert_eq!(one.ask(&format!("left a: tell away (one {number})")).await, "-");
        assert_eq!(other.ask(&format!("left a: tell away (other {number})")).await, "-");
        told.push(format!("away a: one {number}"));
        told.push(format!("away a: other {number}"));
    }
    one.shows(&world, "waiting", "nothing").await;
    let mut published = bus.published(20).await;
    let mut known = BTreeSet::new();
    published.retain(|message| known.insert(message.clone())); // it may come again
    assert_eq!(published, told);
}

pub(super) async fn another_one_leads_when_the_leader_dies_while_it_publishes<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new().with_bus());
    let bus = world.bus.clone().expect("a bus");
    bus.set_slow(true);
    let mut one = Plant::start(&site, &world).await;
    assert_eq!(one.ask("left a: tell away (one)").await, "-");
    bus.has_begun(1).await;
    let other = Plant::start(&site, &world).await;
    one.crash().await;
    bus.set_slow(false);
    other.shows(&world, "waiting", "nothing").await;
    assert_eq!(bus.published(1).await, ["away a: one"]);
}

pub(super) async fn whoever_can_t_reach_the_bus_leaves_the_lead_to_one_who_can<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new().with_bus());
    let cut_off = world.bus.clone().expect("a bus");
    cut_off.set_slow(true);
    let mut one = Plant::start(&site, &world).await;
    assert_eq!(one.ask("left a: tell away (one)").await, "-");
    cut_off.has_begun(1).await;
    let world = world.with_bus();
    let bus = world.bus.clone().expect("a bus");
    let other = Plant::start(&site, &world).await;
    cut_off.set_reachable(false);
    other.shows(&world, "waiting", "nothing").await;
    assert_eq!(bus.published(1).await, ["away a: one"]);
    assert_eq!(one.ask("left a: tell away (two)").await, "-");
    other.shows(&world, "waiting", "nothing").await;
    assert_eq!(bus.published(2).await, ["away a: one", "away a: two"]);
    cut_off.set_slow(false);
    assert_eq!(cut_off.published(1).await, ["away a: one"], "a zombie can only repeat");
}

pub(super) async fn whoever_can_publish_nothing_leaves_the_lead_to_one_who_can<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new().with_bus());
    let refusing = world.bus.clone().expect("a bus");
    refusing.set_room(0);
    let mut one = Plant::start(&site, &world).await;
    assert_eq!(one.ask("left a: tell away (one)").await, "-");
    refusing.has_begun(1).await;
    let world = world.with_bus();
    let bus = world.bus.clone().expect("a bus");
    let other = Plant::start(&site, &world).await;
    other.shows(&world, "waiting", "nothing").await;
    assert_eq!(bus.published(1).await, ["away a: one"]);
    one.close().await;
}
