//! Playing a service without an engine, on a toy: orders that take from one shelf, at most one unit
//! each, and give it back when they are cancelled.

use contracts::messages::{CancelOrder, ConfirmOrder, CreateOrder, OrderConfirmed};
use contracts::{Body, Message, MessageType, ServiceName, Timestamp};
use serde::{Deserialize, Serialize};
use service::play::{self, Example, NOW, Play, State};
use service::{
    Column, Decision, Draft, Index, Key, NUMBER_MAX, Range, RecordKey, RecordKind, Records,
    Service, Value,
};
use std::time::Duration;

const BY_AGE: Index = Index { name: "by_age", columns: &["at"], only: Some("state = 'open'") };
const KIND: RecordKind = RecordKind {
    name: "toys",
    schema: 1,
    append_only: false,
    columns: &[Column::text("state"), Column::integer("at")],
    indexes: &[BY_AGE],
    checks: &[],
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Toy {
    state: String,
    at: i64,
}

impl Toy {
    fn columns(&self) -> Vec<Value> {
        vec![self.state.as_str().into(), self.at.into()]
    }
}

service::records! {
    /// What the toy shop keeps.
    Kept { Toy(Toy) }
}

/// It may be told to misbehave.
#[derive(Default)]
struct Shop {
    reuses_keys: bool,
    is_fickle: std::sync::atomic::AtomicBool,
}

fn key(order_id: &str) -> Key<Toy> {
    Key::new(&KIND, order_id)
}

impl Service for Shop {
    type Record = Kept;
    const NAME: ServiceName = ServiceName::Orders;
    const RECORDS: &'static [&'static RecordKind] = &[&KIND];

    fn accepts() -> &'static [MessageType] {
        &[MessageType::CreateOrder, MessageType::CancelOrder]
    }

    fn reads(&self, _: &Message) -> Vec<RecordKey> {
        vec![]
    }

    fn decide(&self, records: &Records<Kept>, message: &Message, now: Timestamp) -> Decision<Kept> {
        let mut draft = Draft::new(records, message, now);
        let order_id = message.subject.as_str();
        match &message.body {
            Body::CreateOrder(_) => {
                let toy = Toy { state: "open".into(), at: now.micros() };
                draft.append(Key::numbered(&KIND, order_id, NUMBER_MAX), toy.clone());
                if !self.reuses_keys {
                    draft = Draft::new(records, message, now);
                }
                draft.set_timer("bell", now + Duration::from_secs(1), CancelOrder::default());
                draft.put(key(order_id), toy);
                draft.apply()
            }
            // Closes the two oldest that are open.
            Body::CancelOrder(_) => {
                let open = draft.range(&Range::up_to(&KIND, &BY_AGE, now.micros(), 2));
                for key in open {
                    let key = Key::<Toy>::new(&KIND, key.subject.as_str());
                    let Some(toy) = draft.get(&key).cloned() else { continue };
                    draft.put(key, Toy { state: "closed".into(), ..toy });
                }
                draft.cancel_timer("bell");
                draft.apply()
            }
            _ if self.is_fickle.fetch_xor(true, std::sync::atomic::Ordering::Relaxed) => {
                Decision::Ignore("the mood is bad")
            }
            _ => draft.illegal("any"),
        }
    }
}

fn create(order_id: &str) -> Message {
    play::message(NOW, order_id, None, CreateOrder::default())
}

fn cancel(order_id: &str) -> Message {
    play::message(NOW, order_id, None, CancelOrder::default())
}

fn states_of(play: &Play<Shop>) -> Vec<(&str, &str)> {
    play.all::<Toy>().map(|(key, toy)| (key.subject.as_str(), toy.state.as_str())).collect()
}

#[test]
fn a_range_gives_the_first_rows_of_its_partial_index_and_what_it_leads_to_is_loaded() {
    let mut play = Play::new(Shop::default());
    let later = |seconds| NOW + Duration::from_secs(seconds);
    play.handle(&create("late"), later(9));
    for (order_id, at) in [("c", 1), ("b", 2), ("a", 3)] {
        play.handle(&create(order_id), later(at));
    }
    play.handle(&cancel("x"), later(5));
    let (open, closed) = ("open", "closed");
    assert_eq!(states_of(&play), [("a", open), ("b", closed), ("c", closed), ("late", open)]);
    play.handle(&cancel("x"), later(5));
    assert_eq!(states_of(&play), [("a", closed), ("b", closed), ("c", closed), ("late", open)]);
}

#[test]
fn a_timer_rings_once_and_not_after_it_was_cancelled() {
    let mut play = Play::after(Shop::default(), &[create("a"), create("b")]);
    let due: Vec<Timestamp> = play.timers.values().map(|(at, _)| *at).collect();
    assert_eq!(due, [NOW + Duration::from_secs(1); 2]);
    assert!(matches!(play.ring("a", "bell", NOW), Some(Decision::Apply(_))));
    assert_eq!(play.ring("a", "bell", NOW), None);
    play.handle(&cancel("b"), NOW);
    assert_eq!(play.ring("b", "bell", NOW), None);
}

#[test]
#[should_panic = "toys/a/16777215 was used before"]
fn a_key_that_is_appended_twice_is_found_out() {
    let shop = Shop { reuses_keys: true, ..Shop::default() };
    Play::after(shop, &[create("a"), create("a")]);
}

fn check(states: &[State<Kept>], messages: &[Example], faults: &[&str]) {
    assert_eq!(play::faults(Shop::default(), states, messages), faults);
}

#[test]
fn examples_that_leave_something_out_or_say_it_twice_are_faulty() {
    let open = || Play::after(Shop::default(), &[create("a")]).into_records();
    let both = [("", create("a")), ("", cancel("a"))];
    check(&[("none", vec![]), ("open", open())], &both, &[]);
    check(&[("none", vec![]), ("empty", vec![])], &both, &["the states none and empty are one"]);
    check(
        &[("none", vec![])],
        &[("", create("a"))],
        &["CancelOrder has no example", "CancelOrder is applied in no state"],
    );
    let foreign = play::message(NOW, "a", None, OrderConfirmed::default());
    check(
        &[("none", vec![])],
        &[both.as_slice(), &[("", create("b")), ("", foreign)]].concat(),
        &[
            "two examples are called CreateOrder ",
            "OrderConfirmed has an example but is not accepted",
            "OrderConfirmed  in none is decided twice differently",
        ],
    );
}

#[test]
fn a_message_comes_from_whoever_sends_it() {
    let source = |step, body: Body| play::message(NOW, "a", step, body).source.as_str();
    assert_eq!(source(None, ConfirmOrder::default().into()), "client");
    assert_eq!(source(Some("a!confirm_order"), ConfirmOrder::default().into()), "orchestrator");
    assert_eq!(source(None, OrderConfirmed::default().into()), "orders");
}
