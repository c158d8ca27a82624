//! Who waits for something to happen hears of it once it is on disk.

use super::begin;
use crate::{Plant, Site, World, toys};
use contracts::ServiceName;
use engine::{Ports, Publishing, Queries};
use service::RecordKey;
use std::pin::pin;

pub(super) async fn who_waits_for_a_subject_hears_of_it_and_of_no_other<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    let mut news = plant.door().news(Some("a".into()));
    let mut of_hops = plant.door().news(Some("a".into()));
    let mut next = pin!(news.next());
    assert_eq!(plant.ask("left b: add 1 | right c: tell left (add 1), say").await, "- | 0");
    begin(next.as_mut()).await;
    assert_eq!(plant.ask("left a: add 1, say").await, "1");
    next.await;
    of_hops.next().await;
    assert_eq!(plant.look("left accounts").await, "a=1@1, b=1@1, c=1@1");
    plant.close().await;
}

pub(super) async fn who_waits_for_anything_hears_of_every_commit_and_of_many_at_once<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    let mut news = plant.door().news(None);
    begin(pin!(news.next())).await;
    assert_eq!(plant.ask("left a: say").await, "0");
    assert_eq!(plant.ask("left b: say").await, "0");
    news.next().await;
    begin(pin!(news.next())).await;
    plant.close().await;
}

pub(super) async fn what_was_committed_before_somebody_listens_is_no_news<S: Site>(
    site: fn() -> S,
) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: add 1, say").await, "1");
    begin(pin!(plant.door().news(Some("a".into())).next())).await;
    begin(pin!(plant.door().news(None).next())).await;
    plant.close().await;
}

pub(super) async fn who_waits_is_told_what_the_store_would_tell<S: Site>(site: fn() -> S) {
    let (site, world) = (site(), World::new());
    let mut plant = Plant::start(&site, &world).await;
    let kinds = toys(false, Publishing::Nothing);
    let mut kinds = kinds.record_kinds().filter(|(service, _)| *service == ServiceName::Orders);
    let kind = kinds.find(|(_, kind)| !kind.append_only).expect("accounts").1;
    let key = RecordKey { kind, subject: "a".into(), number: 0 };
    assert_eq!(plant.ask("left a: add 1").await, "-");
    let news = plant.door().news(Some("a".into()));
    assert_eq!(news.written(&key), None, "that was before");
    for line in ["left a: add 1", "left b: add 5", "left a: add 2"] {
        assert_eq!(plant.ask(line).await, "-");
        let stored = plant.door().ports().store().record(key.clone()).await.expect("a record");
        assert_eq!(news.written(&key), stored, "{line}");
    }
    plant.close().await;
}
