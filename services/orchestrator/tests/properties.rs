//! What holds whatever comes, in whatever order: every answer to every step, at any time and again,
//! timers that ring, an operator who interferes.

mod common;

use common::{ORDER, Shop};
use contracts::{Body, Message};
use orchestrator::{Record, examples};
use proptest::prelude::*;
use saga::Status;
use service::Decision;
use std::collections::{BTreeMap, BTreeSet};

/// Something that may happen.
#[derive(Clone, Debug)]
enum Event {
    Message(Box<Message>),
    /// The timer with that index rings, if there are so many.
    Timer(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let messages: Vec<Message> =
        examples::messages().into_iter().map(|(_, message)| message).collect();
    prop_oneof![
        8 => prop::sample::select(messages).prop_map(|it| Event::Message(Box::new(it))),
        2 => (0..3_usize).prop_map(Event::Timer),
    ]
}

/// Begins with the order and some of the answers that it hopes for, so that stories get somewhere.
fn story() -> impl Strategy<Value = Vec<Event>> {
    let hoped = ["OrderCreated", "InventoryReserved", "PaymentAuthorized", "InventoryCommitted"];
    let messages = examples::messages();
    let by_name = |name: &str| {
        let named = messages.iter().find(|(_, it)| it.body.message_type().name() == name);
        Event::Message(Box::new(named.expect("an example").1.clone()))
    };
    let hoped: Vec<Event> = hoped.into_iter().map(by_name).collect();
    (1..5_usize, prop::collection::vec(event(), 1..40))
        .prop_map(move |(count, events)| hoped.iter().take(count).cloned().chain(events).collect())
}

fn happen(shop: &mut Shop, event: &Event) -> Option<Decision<Record>> {
    match event {
        Event::Message(message) => {
            let step = message.step.as_ref().map(|step| step.as_str());
            Some(shop.handle(step, message.body.clone()))
        }
        Event::Timer(index) => {
            let label = shop.play.timers.keys().nth(*index).map(|(_, label)| label.clone())?;
            Some(shop.ring(&label))
        }
    }
}

/// What was sent so far.
#[derive(Default)]
struct Heard {
    names: BTreeSet<&'static str>,
    /// Of each saga: how often it was reopened, and whether it has ended since.
    news: BTreeMap<String, (u32, bool)>,
}

impl Heard {
    fn hear(&mut self, decision: &Decision<Record>) {
        let changes = match decision {
            Decision::Apply(changes) => changes,
            Decision::Ignore(_) => return,
            Decision::Illegal { state, message } => panic!("{message:?} is illegal in {state}"),
        };
        for sent in &changes.sends {
            self.names.insert(sent.body.message_type().name());
            let (saga_id, news) = match &sent.body {
                Body::SagaFinished(it) => (&it.saga_id, (it.turn, true)),
                Body::SagaReopened(it) => (&it.saga_id, (it.turn, false)),
                _ => continue,
            };
            let before = self.news.insert(saga_id.clone(), news);
            assert!(before.is_none_or(|before| before < news), "{before:?}, then {news:?}");
            assert!(news.1 || before.is_some_and(|(_, ended)| ended), "reopened before its end");
        }
        let sent = |name| self.names.contains(name);
        assert!(!(sent("ConfirmOrder") && sent("RejectOrder")), "both confirmed and rejected");
        assert!(!sent("PaymentCapture") || sent("CommitInventory"), "money before stock");
        assert!(!sent("ConfirmOrder") || sent("PaymentCapture"), "confirmed without money");
    }
}

/// Orders is told whenever a saga begins to be over, and whenever it no longer is.
fn news_are_true(shop: &Shop, heard: &Heard) {
    for it in (0..2).filter_map(|number| shop.saga(number)) {
        let is_over = heard.news.get(&it.saga.id).is_some_and(|(_, ended)| *ended);
        assert_eq!(is_over, it.saga.status.is_final(), "{it:?}");
        assert_eq!(it.saga.finished_at.is_some(), is_over, "{it:?}");
        let is_paused = it.saga.status == Status::Paused;
        assert_eq!(it.saga.paused_from.is_some(), is_paused, "{it:?}");
    }
}

fn thorough() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(thorough())]

    #[test]
    fn whatever_comes_a_saga_waits_rests_or_is_over_and_says_which(story in story()) {
        let mut shop = Shop::new();
        let mut heard = Heard::default();
        for event in &story {
            // That whatever is awaited has a timer is watched where messages are handled.
            let Some(decision) = happen(&mut shop, event) else { continue };
            heard.hear(&decision);
            news_are_true(&shop, &heard);
        }
    }

    /// When every command is answered well, all sagas are over that nobody has paused and whose
    /// undo nobody has refused.
    #[test]
    fn what_is_answered_comes_to_an_end(story in story()) {
        let mut shop = Shop::new();
        for event in &story {
            happen(&mut shop, event);
        }
        let good: Vec<Message> = examples::messages()
            .into_iter()
            .map(|(_, message)| message)
            .filter(|it| it.step.is_some() && !is_refusal(&it.body))
            .collect();
        for message in good.iter().cycle().take(good.len() * 8) {
            happen(&mut shop, &Event::Message(Box::new(message.clone())));
        }
        for it in (0..2).filter_map(|number| shop.saga(number)) {
            let rests = matches!(it.saga.status, Status::Paused | Status::CompensationFailed);
            prop_assert!(rests || it.saga.status.is_final(), "{it:?}");
            prop_assert!(it.saga.id.starts_with(ORDER));
        }
    }
}

const fn is_refusal(body: &Body) -> bool {
    matches!(
        body,
        Body::InventoryRejected(_)
            | Body::PaymentFailed(_)
            | Body::PaymentCaptureFailed(_)
            | Body::PaymentVoidFailed(_)
            | Body::PaymentActionRequired(_)
    )
}
