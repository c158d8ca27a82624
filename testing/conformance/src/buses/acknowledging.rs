//! What was acknowledged is over; what was not comes again.

use super::{AWAY, Crossing, Heard, LEFT, many, open, publish, tell, told, until};
use engine::Bus;
use std::collections::BTreeSet;

pub(super) async fn what_was_acknowledged_does_not_come_again_after_an_end_in_order(
    crossing: impl Crossing,
) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    publish(&crossing, &sender, many("left", 40, 1)).await;
    let mut heard = Heard::default();
    heard.read(&reader, 40).await;
    heard.acknowledge(&reader).await;
    crossing.close(reader).await;
    let news: Vec<_> = (0..5).map(|subject| told("left", &format!("s{subject}"), "new")).collect();
    publish(&crossing, &sender, news).await;
    let reader = open(&crossing, LEFT).await;
    let mut heard = Heard::default();
    heard.read(&reader, 5).await;
    assert!(heard.told().iter().all(|told| told.ends_with(": new")), "{:?}", heard.told());
}

pub(super) async fn what_was_not_acknowledged_comes_again_to_the_next_process(
    crossing: impl Crossing,
) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    publish(&crossing, &sender, many("left", 40, 1)).await;
    let mut heard = Heard::default();
    heard.read(&reader, 40).await;
    let kept = heard.received.split_off(10);
    heard.acknowledge(&reader).await;
    crossing.close(reader).await;
    let reader = open(&crossing, LEFT).await;
    let again = until(&reader, Heard { received: kept }.told()).await;
    for told in heard.told() {
        assert!(!again.told().contains(&told), "{told} was acknowledged");
    }
}

pub(super) async fn what_was_acknowledged_behind_a_gap_leaves_what_is_in_the_gap_to_come_again(
    crossing: impl Crossing,
) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    publish(&crossing, &sender, many("left", 6, 1)).await;
    let mut heard = Heard::default();
    heard.read(&reader, 6).await;
    let missing = heard.received.remove(2);
    heard.received.reverse();
    heard.acknowledge(&reader).await;
    crossing.close(reader).await;
    let reader = open(&crossing, LEFT).await;
    until(&reader, vec![tell(&missing)]).await;
}

pub(super) async fn what_was_in_hand_at_a_death_comes_again(crossing: impl Crossing) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    publish(&crossing, &sender, many("left", 20, 1)).await;
    let mut heard = Heard::default();
    heard.read(&reader, 20).await;
    crossing.kill(reader).await;
    let reader = open(&crossing, LEFT).await;
    let mut again = Heard::default();
    again.read(&reader, 20).await;
    let sorted = |heard: &Heard| BTreeSet::from_iter(heard.told());
    assert_eq!(sorted(&again), sorted(&heard));
}

pub(super) async fn a_receipt_that_nobody_knows_changes_nothing(crossing: impl Crossing) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    reader.acknowledge(vec![u64::MAX, 12_345_678]).await.expect("acknowledged");
    publish(&crossing, &sender, many("left", 1, 1)).await;
    let mut heard = Heard::default();
    heard.read(&reader, 1).await;
    heard.acknowledge(&reader).await;
    heard.acknowledge(&reader).await;
    crossing.close(reader).await;
    let reader = open(&crossing, LEFT).await;
    publish(&crossing, &sender, vec![told("left", "s0", "new")]).await;
    let mut heard = Heard::default();
    heard.read(&reader, 1).await;
    assert_eq!(heard.told(), ["left s0: new"]);
}

pub(super) async fn a_process_has_caught_up_once_it_has_acknowledged_what_was_there(
    crossing: impl Crossing,
) {
    let sender = open(&crossing, AWAY).await;
    publish(&crossing, &sender, many("left", 20, 1)).await;
    crossing.pause().await; // it is older than the reader
    let reader = open(&crossing, LEFT).await;
    let mut heard = Heard::default();
    heard.read(&reader, 20).await;
    assert!(!reader.caught_up(), "nothing is handled");
    heard.acknowledge(&reader).await;
    while !reader.caught_up() {
        crossing.pause().await;
    }
    publish(&crossing, &sender, vec![told("left", "new", "new")]).await;
    heard.read(&reader, 21).await;
    assert!(reader.caught_up(), "what came since is not waited for");
}

pub(super) async fn a_process_that_finds_nothing_has_caught_up(crossing: impl Crossing) {
    let reader = open(&crossing, LEFT).await;
    while !reader.caught_up() {
        crossing.pause().await;
    }
}
