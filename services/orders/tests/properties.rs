//! What holds whatever comes, in whatever order.

mod common;

use common::{
    Shop, TOTAL, cancel, confirm, create, create_of_an_amount, finished, mark_cancelled, reject,
    reopened,
};
use contracts::Body;
use orders::{Order, Record, State};
use proptest::prelude::*;
use service::{Decision, Reply};
use std::collections::BTreeSet;

/// The customer comes more often than news of sagas.
fn message() -> impl Strategy<Value = Body> {
    let sagas = || prop::sample::select(vec!["place", "cancel"]);
    let reasons = prop::sample::select(vec!["out_of_stock", "expired"]);
    prop_oneof![
        2 => Just(Body::from(create())),
        2 => Just(Body::from(create_of_an_amount())),
        3 => prop::sample::select(vec!["wish", "other"]).prop_map(cancel),
        3 => prop::option::of(Just(TOTAL)).prop_map(confirm),
        2 => reasons.prop_map(reject),
        2 => prop::option::of(Just(TOTAL)).prop_map(mark_cancelled),
        2 => (sagas(), 0..4_u32).prop_map(|(saga, turn)| finished(saga, turn)),
        1 => (sagas(), 1..4_u32).prop_map(|(saga, turn)| reopened(saga, turn)),
    ]
}

fn may_follow(before: State, after: State) -> bool {
    use State::{Cancelled, Cancelling, Completed, Confirmed, Pending, Rejected};
    match before {
        Pending => true,
        Confirmed => matches!(after, Confirmed | Cancelling),
        Cancelling => matches!(after, Cancelling | Cancelled),
        Completed | Cancelled | Rejected => after == before,
    }
}

/// What is written once stays; time and state go forward only.
fn nothing_is_taken_back(before: &Order, after: &Order) {
    assert!(may_follow(before.state, after.state), "{before:?} -> {after:?}");
    let fixed = |it: &Order| (it.user_id.clone(), it.total, it.lines.clone(), it.created_at);
    assert_eq!(fixed(before), fixed(after));
    assert!(!before.cancel_requested || after.cancel_requested, "{before:?} -> {after:?}");
    assert!(before.updated_at <= after.updated_at);
}

fn a_wish_to_cancel_ends_in_cancelled(order: &Order) {
    let on_the_way = matches!(order.state, State::Pending | State::Cancelling | State::Cancelled);
    assert!(!order.cancel_requested || on_the_way, "{order:?}");
    let is_wished = matches!(order.state, State::Cancelling | State::Cancelled);
    assert!(!is_wished || order.cancel_requested, "{order:?}");
}

/// The names of the ends that were told, and whether a cancel was accepted before.
#[derive(Default)]
struct Heard {
    ends: BTreeSet<&'static str>,
    acknowledged: Option<Reply>,
    wished: bool,
}

impl Heard {
    fn hear(&mut self, message: &Body, decision: &Decision<Record>) {
        let Decision::Apply(changes) = decision else { return };
        for sent in &changes.sends {
            let name = sent.body.message_type().name();
            let is_end = matches!(name, "OrderConfirmed" | "OrderRejected" | "OrderCancelled");
            assert!(!(self.wished && name == "OrderConfirmed"), "confirmed after the wish");
            assert!(!(self.wished && name == "OrderRejected"), "rejected after the wish");
            if is_end {
                self.ends.insert(name);
            }
        }
        let is_rejected = self.ends.contains("OrderRejected");
        assert!(!is_rejected || self.ends.len() == 1, "{:?}", self.ends);
        let Some(reply @ Reply::Accepted(_)) = &changes.reply else { return };
        match message {
            Body::CreateOrder(_) => {
                let first = self.acknowledged.get_or_insert_with(|| reply.clone());
                assert_eq!(first, reply);
            }
            Body::CancelOrder(_) => self.wished = true,
            other => panic!("who is told of {other:?}?"),
        }
    }
}

fn thorough() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(thorough())]

    #[test]
    fn whatever_comes_the_customer_is_told_one_thing(
        messages in prop::collection::vec(message(), 1..30),
    ) {
        let mut shop = Shop::new();
        let mut heard = Heard::default();
        for message in messages {
            let before = shop.order().cloned();
            let decision = shop.handle(message.clone());
            heard.hear(&message, &decision);
            let Some(order) = shop.order() else { continue };
            a_wish_to_cancel_ends_in_cancelled(order);
            if let Some(before) = &before {
                nothing_is_taken_back(before, order);
            }
            if !matches!(decision, Decision::Apply(_)) {
                prop_assert_eq!(before.as_ref(), Some(order));
            }
        }
    }

    /// A saga ends, lives again and ends again; its news come in any order, some more than once,
    /// the last ones perhaps not yet.
    #[test]
    fn news_of_a_saga_may_come_in_any_order(
        news in Just((0..4_u32).flat_map(|turn| [(turn, true), (turn, false)]).skip(1))
            .prop_map(|news| news.chain([(1, true), (2, false)]).collect::<Vec<_>>())
            .prop_shuffle(),
        count in 1..10_usize,
    ) {
        let mut shop = Shop::new();
        shop.handle(create());
        shop.handle(reject("expired"));
        let mut seen: BTreeSet<(u32, bool)> = BTreeSet::new();
        // Of one turn the reopening comes before the end: `(turn, is_end)` sorts by age.
        for (turn, is_reopening) in news.into_iter().take(count) {
            let is_end = !is_reopening;
            shop.handle(if is_end { finished("place", turn) } else { reopened("place", turn) });
            seen.insert((turn, is_end));
            let is_over = seen.last().is_some_and(|(_, is_end)| *is_end);
            prop_assert_eq!(shop.order().map(Order::is_settled), Some(is_over), "{:?}", seen);
        }
    }
}
