//! Several processes that host the same service.

use super::{AWAY, Crossing, Heard, LEFT, id_of, many, open, publish, told, until};
use contracts::Message;
use engine::Bus;
use futures_util::future::{Either, select};
use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;

/// Reads what comes to either of them, and says that it was handled, until so many different ones
/// came.
async fn read_both<B: Bus>(one: &B, other: &B, heard: (&mut Heard, &mut Heard), count: usize) {
    let mut turn = ((one, heard.0), (other, heard.1));
    while together(turn.0.1, turn.1.1) < count {
        let (is_first, received) = {
            let (mine, theirs) = (pin!(turn.0.0.next(9)), pin!(turn.1.0.next(9)));
            match select(mine, theirs).await {
                Either::Left((received, _)) => (true, received),
                Either::Right((received, _)) => (false, received),
            }
        };
        let (bus, heard) = if is_first { &mut turn.0 } else { &mut turn.1 };
        for received in received.expect("messages") {
            bus.acknowledge(vec![received.receipt]).await.expect("acknowledged");
            heard.note(received);
        }
        turn = (turn.1, turn.0); // whoever asks first may get all there is
    }
}

/// How many messages came to one of them, or to both.
fn together(one: &Heard, other: &Heard) -> usize {
    one.received.iter().chain(&other.received).map(id_of).collect::<BTreeSet<_>>().len()
}

/// A round of messages that differs from all others.
fn round(number: usize) -> Vec<Arc<Message>> {
    (0..24).map(|subject| told("left", &format!("s{subject}"), &format!("{number:03}"))).collect()
}

pub(super) async fn replicas_share_the_work_and_each_subject_stays_in_order(
    crossing: impl Crossing,
) {
    let sender = open(&crossing, AWAY).await;
    let (one, other) = (open(&crossing, LEFT).await, open(&crossing, LEFT).await);
    let (mut first, mut second) = (Heard::default(), Heard::default());
    let mut rounds = 0;
    // A group takes a moment until it has shared its work.
    while first.received.is_empty() || second.received.is_empty() {
        publish(&crossing, &sender, round(rounds)).await;
        rounds += 1;
        read_both(&one, &other, (&mut first, &mut second), rounds * 24).await;
    }
    for heard in [&first, &second] {
        for (subject, scripts) in heard.by_subject() {
            assert!(scripts.is_sorted(), "{subject}: {scripts:?}");
        }
    }
    assert_eq!(together(&first, &second), rounds * 24);
}

pub(super) async fn a_replica_that_dies_leaves_its_messages_to_another(crossing: impl Crossing) {
    let sender = open(&crossing, AWAY).await;
    let (one, other) = (open(&crossing, LEFT).await, open(&crossing, LEFT).await);
    let mut in_hand = Heard::default();
    let mut rounds = 0;
    while in_hand.received.is_empty() {
        publish(&crossing, &sender, round(rounds)).await;
        rounds += 1;
        let mut heard = Heard::default();
        {
            let mine = pin!(in_hand.read(&one, 1));
            let theirs = pin!(heard.read(&other, 24));
            select(mine, theirs).await;
        }
        heard.acknowledge(&other).await;
    }
    crossing.kill(one).await;
    publish(&crossing, &sender, vec![told("left", "last", "one")]).await;
    let mut missing = in_hand.told();
    missing.push("left last: one".into());
    until(&other, missing).await;
}

pub(super) async fn what_a_replica_has_acknowledged_does_not_come_to_another(
    crossing: impl Crossing,
) {
    let (sender, one) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    publish(&crossing, &sender, many("left", 30, 1)).await;
    let mut heard = Heard::default();
    heard.read(&one, 30).await;
    heard.acknowledge(&one).await;
    let other = open(&crossing, LEFT).await;
    crossing.close(one).await;
    let news: Vec<_> = (0..6).map(|subject| told("left", &format!("s{subject}"), "new")).collect();
    publish(&crossing, &sender, news).await;
    let mut heard = Heard::default();
    heard.read(&other, 6).await;
    assert!(heard.told().iter().all(|told| told.ends_with(": new")), "{:?}", heard.told());
}
