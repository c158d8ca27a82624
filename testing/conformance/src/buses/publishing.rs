//! What is published comes to whoever reads it, and in order.

use super::{AWAY, BOTH, Crossing, Heard, LEFT, many, open, publish, told};
use contracts::{Message, MessageId};
use engine::Bus;
use std::sync::Arc;

pub(super) async fn messages_about_one_subject_come_in_the_order_in_which_they_were_published(
    crossing: impl Crossing,
) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    for batch in many("left", 9, 40).chunks(50) {
        publish(&crossing, &sender, batch.to_vec()).await;
    }
    let mut heard = Heard::default();
    while heard.received.len() < 9 * 40 {
        for received in reader.next(50).await.expect("messages") {
            reader.acknowledge(vec![received.receipt]).await.expect("acknowledged");
            heard.note(received);
        }
    }
    let expected: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    for (subject, scripts) in heard.by_subject() {
        assert_eq!(scripts, expected, "{subject}");
    }
}

pub(super) async fn a_message_comes_as_it_was_published(crossing: impl Crossing) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    let message = Message {
        cause: Some(MessageId(6 << 80)),
        step: Some("o-1!cancel_order".into()),
        version: 3,
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        ..(*told("left", "A.1:b_c~2", "add 1")).clone()
    };
    publish(&crossing, &sender, vec![Arc::new(message.clone())]).await;
    let mut heard = Heard::default();
    heard.read(&reader, 1).await;
    assert_eq!(heard.received[0].message.as_ref().ok(), Some(&message));
}

pub(super) async fn what_is_told_to_all_comes_to_each_of_its_readers(crossing: impl Crossing) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, BOTH).await);
    publish(&crossing, &sender, vec![told("all", "a", "one")]).await;
    let mut heard = Heard::default();
    heard.read(&reader, 2).await;
    let mut readers: Vec<_> = heard.received.iter().map(|it| it.to).collect();
    readers.sort();
    assert_eq!(readers, BOTH);
    assert_eq!(heard.told(), ["all a: one", "all a: one"]);
}

pub(super) async fn a_service_hears_nothing_that_it_does_not_read(crossing: impl Crossing) {
    let (sender, reader) = (open(&crossing, AWAY).await, open(&crossing, LEFT).await);
    let batch = vec![told("right", "a", "no"), told("away", "a", "no"), told("left", "a", "yes")];
    publish(&crossing, &sender, batch).await;
    let mut heard = Heard::default();
    heard.read(&reader, 1).await;
    publish(&crossing, &sender, vec![told("right", "b", "no"), told("all", "b", "yes")]).await;
    heard.read(&reader, 2).await;
    assert_eq!(heard.told(), ["left a: yes", "all b: yes"]);
}

pub(super) async fn an_empty_batch_is_published_at_once(crossing: impl Crossing) {
    let sender = open(&crossing, AWAY).await;
    assert_eq!(sender.publish(vec![]).await, Ok(0));
}
