//! Requests at the door of a running engine.

use super::begin;
use crate::{Plant, Site, World};
use engine::Status;
use std::pin::pin;

/// Each line is asked once the one before is answered.
async fn check<S: Site>(site: fn() -> S, conversation: &[(&str, &str)], left_accounts: &str) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    for (words, answer) in conversation {
        assert_eq!(plant.ask(words).await, *answer, "{words}");
    }
    assert_eq!(plant.look("left accounts").await, left_accounts);
    plant.close().await;
}

pub(super) async fn a_reply_goes_to_whoever_asked<S: Site>(site: fn() -> S) {
    check(
        site,
        &[
            ("left a: add 5, say", "5"),
            ("left a: add 1, say | left b: say | right a: say here", "6 | 0 | here"),
            ("left a: refuse too_poor", "refused too_poor"),
        ],
        "a=6@2",
    )
    .await;
}

pub(super) async fn what_was_answered_is_on_disk<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("key k left a: add 5, say").await, "5");
    plant.crash().await;
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.look("left accounts").await, "a=5@1");
    assert_eq!(plant.ask("key k left a: add 5, say").await, "5");
    assert_eq!(plant.look("left accounts").await, "a=5@1");
}

pub(super) async fn one_key_is_one_decision_however_often_it_comes_at_once<S: Site>(
    site: fn() -> S,
) {
    check(site, &[("3000 x key k left a: add 1, say", "3000 x 1")], "a=1@1").await;
    check(
        site,
        &[
            (
                "500 x key k left a: add 1, say | 500 x key j left a: add 1, say",
                "500 x 1 | 500 x 2",
            ),
            ("key k left a: add 2, say", "refused idempotency_key_reused"),
        ],
        "a=2@2",
    )
    .await;
}

pub(super) async fn a_defect_of_a_rule_is_refused_and_the_next_request_is_served<S: Site>(
    site: fn() -> S,
) {
    check(
        site,
        &[
            ("key k left a: panic now", "refused internal_error"),
            ("key k left a: break in pieces", "refused internal_error"),
            ("key k left a: lose the list", "refused internal_error"),
            (
                "left a: add 1 | left a: panic now | left a: add 1, say",
                "- | refused internal_error | 2",
            ),
            ("key k left a: add 1, say", "3"),
        ],
        "a=3@3",
    )
    .await;
}

pub(super) async fn a_caller_who_hangs_up_changes_nothing<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::open(&site, &world).await;
    {
        let mut caller = pin!(plant.ask("key k left a: add 5, say"));
        begin(caller.as_mut()).await;
    }
    plant.run();
    assert_eq!(plant.ask("left a: add 1, say").await, "6");
    assert_eq!(plant.ask("key k left a: add 5, say").await, "5");
    assert_eq!(plant.look("left accounts").await, "a=6@2");
}

pub(super) async fn an_overloaded_door_loses_nobody_who_waits<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::open(&site, &world).await;
    let mut waiting = pin!(plant.ask("8192 x left a: add 1"));
    begin(waiting.as_mut()).await;
    assert_eq!(plant.ask("left b: add 1").await, "overloaded");
    plant.run();
    assert_eq!(waiting.await, "8192 x -");
    assert_eq!(plant.ask("left b: add 1, say").await, "1");
    assert_eq!(plant.look("left accounts").await, "a=8192@8192, b=1@1");
}

pub(super) async fn a_closed_door_has_stopped_once_what_came_in_is_handled<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::open(&site, &world).await;
    let mut waiting = pin!(plant.ask("3000 x left a: add 1"));
    begin(waiting.as_mut()).await;
    plant.door().close();
    assert_eq!(plant.ask("left b: add 1").await, "stopping");
    plant.run();
    assert_eq!(waiting.await, "3000 x -");
    assert_eq!(plant.is(|status| *status != Status::Stopping).await, Status::Stopped);
    assert_eq!(plant.ask("left b: add 1").await, "stopping");
    plant.door().close();
    assert_eq!(*plant.door().status().borrow(), Status::Stopped);
    assert_eq!(plant.look("left accounts").await, "a=3000@3000");
}
