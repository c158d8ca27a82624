//! Bytes that are no message.

use super::{AWAY, Crossing, Heard, LEFT, id_of, open, publish, told};
use engine::Bus;

const GARBAGE: &[u8] = b"\xff no message \xfe";

pub(super) async fn bytes_that_are_no_message_come_with_their_reason_and_hold_up_nobody(
    crossing: impl Crossing,
) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    publish(&crossing, &sender, vec![told("left", "b", "one")]).await;
    crossing.spoil((*told("left", "a", "garbage")).clone(), GARBAGE).await;
    publish(&crossing, &sender, vec![told("left", "c", "two")]).await;
    let mut heard = Heard::default();
    heard.read(&reader, 3).await;
    let mut told = heard.told();
    told.sort();
    assert_eq!(told, ["left b: one", "left c: two", "unreadable a: ?"]);
    let garbage = heard.received.iter().find_map(|it| it.message.as_ref().err());
    let garbage = garbage.expect("the garbage");
    assert_eq!(garbage.bytes, GARBAGE);
    assert!(!garbage.reason.is_empty() && !garbage.topic.is_empty());
}

pub(super) async fn bytes_that_are_no_message_are_the_same_each_time_they_come(
    crossing: impl Crossing,
) {
    let reader = open(&crossing, LEFT).await;
    for subject in ["a", "a", "b"] {
        crossing.spoil((*told("left", subject, "garbage")).clone(), GARBAGE).await;
    }
    let before = three_ids(&reader).await;
    crossing.kill(reader).await;
    let reader = open(&crossing, LEFT).await;
    assert_eq!(three_ids(&reader).await, before);
}

async fn three_ids(reader: &impl Bus) -> Vec<String> {
    let mut heard = Heard::default();
    heard.read(reader, 3).await;
    let mut ids: Vec<_> = heard.received.iter().map(id_of).collect();
    ids.sort();
    ids
}
