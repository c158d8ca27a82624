//! Stories of a bus, by topic. The toys' messages travel on it; `left` reads as orders, `right` as
//! payments, and what is told to all is read by both.

mod acknowledging;
mod publishing;
mod replicas;
mod unreadable;

use crate::post::{message, tell_message};
use crate::toy::{Left, Right, Side};
use contracts::{Message, ServiceName, Source};
use engine::{Bus, Received, Routing};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

/// Where the buses of several processes meet. Nothing is on its way at first.
pub trait Crossing: Send + Sync + 'static {
    /// The bus of one process.
    type Bus: Bus;

    /// The bus of a process that begins and hosts these services.
    fn open(
        &self,
        hosted: &'static [ServiceName],
        routing: Routing,
    ) -> impl Future<Output = Self::Bus> + Send;

    /// Ends a process in order.
    fn close(&self, bus: Self::Bus) -> impl Future<Output = ()> + Send;

    /// Ends a process as abruptly as can be.
    fn kill(&self, bus: Self::Bus) -> impl Future<Output = ()> + Send;

    /// Puts bytes that are no message where this one would be.
    fn spoil(&self, message: Message, bytes: &'static [u8]) -> impl Future<Output = ()> + Send;

    /// Lets a moment pass.
    fn pause(&self) -> impl Future<Output = ()> + Send;
}

/// From one list the tests of an adapter and the way to their stories: one that isn't listed is
/// dead code.
macro_rules! suite {
    ($dollar:tt $($topic:ident { $($rule:ident,)+ })+) => {
        /// Makes tests of all stories of a bus. `play` is a function of the test file that plays
        /// the story of that name, with [`tell_of_bus`], at an empty place.
        #[macro_export]
        macro_rules! bus_suite {
            ($dollar play:ident) => {
                $(mod $topic {
                    $(
                        #[test]
                        fn $rule() {
                            super::$dollar play(stringify!($rule));
                        }
                    )+
                })+
            };
        }

        /// The story of that name, at an empty place.
        ///
        /// # Panics
        /// What comes of it is not what should, or there is no such story.
        pub async fn tell_of_bus(rule: &'static str, crossing: impl Crossing) {
            match rule {
                $($(stringify!($rule) => $topic::$rule(crossing).await,)+)+
                _ => panic!("no story: {rule}"),
            }
        }
    };
}

suite! {$
    publishing {
        messages_about_one_subject_come_in_the_order_in_which_they_were_published,
        a_message_comes_as_it_was_published,
        what_is_told_to_all_comes_to_each_of_its_readers,
        a_service_hears_nothing_that_it_does_not_read,
        an_empty_batch_is_published_at_once,
    }

    acknowledging {
        what_was_acknowledged_does_not_come_again_after_an_end_in_order,
        what_was_not_acknowledged_comes_again_to_the_next_process,
        what_was_acknowledged_behind_a_gap_leaves_what_is_in_the_gap_to_come_again,
        what_was_in_hand_at_a_death_comes_again,
        a_receipt_that_nobody_knows_changes_nothing,
        a_process_has_caught_up_once_it_has_acknowledged_what_was_there,
        a_process_that_finds_nothing_has_caught_up,
    }

    replicas {
        replicas_share_the_work_and_each_subject_stays_in_order,
        a_replica_that_dies_leaves_its_messages_to_another,
        what_a_replica_has_acknowledged_does_not_come_to_another,
    }

    unreadable {
        bytes_that_are_no_message_come_with_their_reason_and_hold_up_nobody,
        bytes_that_are_no_message_are_the_same_each_time_they_come,
    }
}

const LEFT: &[ServiceName] = &[Left::NAME];
const BOTH: &[ServiceName] = &[Left::NAME, Right::NAME];
/// Neither of the toys: whoever only publishes.
const AWAY: &[ServiceName] = &[ServiceName::Inventory];

fn routing() -> Routing {
    Routing::new(vec![(Left::NAME, Left::ACCEPTS), (Right::NAME, Right::ACCEPTS)])
}

async fn open<C: Crossing>(crossing: &C, hosted: &'static [ServiceName]) -> C::Bus {
    crossing.open(hosted, routing()).await
}

/// A message from a service of another process, with an id made of all of it.
fn told(side: &str, subject: &str, script: &str) -> Arc<Message> {
    let id = format!("{side} {subject}: {script}");
    let source = Source::Service(ServiceName::Inventory);
    Arc::new(message(side, subject, script, &id, source))
}

/// What a story of some subjects is: so many messages about each, all mixed.
fn many(side: &str, subjects: usize, each: usize) -> Vec<Arc<Message>> {
    let messages = (0..each).flat_map(|number| {
        let about = move |subject| told(side, &format!("s{subject}"), &number.to_string());
        (0..subjects).map(about)
    });
    messages.collect()
}

/// Publishes all of them, however many attempts it takes.
async fn publish(crossing: &impl Crossing, bus: &impl Bus, mut batch: Vec<Arc<Message>>) {
    while !batch.is_empty() {
        match bus.publish(batch.clone()).await {
            Ok(published) => _ = batch.drain(..published),
            Err(_) => crossing.pause().await,
        }
    }
}

/// What has come to one process, each message once.
#[derive(Default)]
struct Heard {
    received: Vec<Received>,
}

impl Heard {
    /// Reads until so many different messages have come. A bus may hold back what stands behind a
    /// message of the same subject that isn't acknowledged, so they are about different ones.
    async fn read(&mut self, bus: &impl Bus, count: usize) {
        while self.received.len() < count {
            for received in bus.next(7).await.expect("messages") {
                self.note(received);
            }
        }
    }

    /// One that came again says nothing new.
    fn note(&mut self, received: Received) {
        let key = |it: &Received| (it.to, id_of(it));
        if self.received.iter().all(|it| key(it) != key(&received)) {
            self.received.push(received);
        }
    }

    /// `left a: one`, as they came.
    fn told(&self) -> Vec<String> {
        self.received.iter().map(tell).collect()
    }

    /// By subject, the scripts as they came.
    fn by_subject(&self) -> BTreeMap<String, Vec<String>> {
        let mut by_subject = BTreeMap::<String, Vec<String>>::new();
        for told in self.told() {
            let (subject, script) = told.split_once(": ").expect("a script");
            by_subject.entry(subject.into()).or_default().push(script.into());
        }
        by_subject
    }

    /// Says that all of it was handled, as it came.
    async fn acknowledge(&self, bus: &impl Bus) {
        let receipts = self.received.iter().map(|it| it.receipt).collect();
        bus.acknowledge(receipts).await.expect("acknowledged");
    }
}

/// Reads until all of these have come: whatever came.
async fn until(bus: &impl Bus, mut missing: Vec<String>) -> Heard {
    let mut heard = Heard::default();
    while !missing.is_empty() {
        let count = heard.received.len() + 1;
        heard.read(bus, count).await;
        let told = heard.told();
        missing.retain(|it| !told.contains(it));
    }
    heard
}

/// What tells it from all others, however often it comes.
fn id_of(received: &Received) -> String {
    match &received.message {
        Ok(message) => message.id.to_string(),
        Err(it) => format!("{} {} {}", it.topic, it.partition, it.offset),
    }
}

fn tell(received: &Received) -> String {
    match &received.message {
        Ok(message) => tell_message(message),
        Err(it) => format!("unreadable {}: ?", String::from_utf8_lossy(&it.key)),
    }
}
