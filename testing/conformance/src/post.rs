//! Deliveries from words: by which door, to whom, about what, and the script.
//!
//! ```text
//! left a: add 1                            a request at the door under a key of its own
//! key k left a: add 1                      a request under that key
//! keyless left a: add 1                    a request without a key
//! bus 7 left a: add 1                      from the bus, sent by a service of another process
//! provider 7 left a: add 1                 from the bus, sent by a provider; also `operator 7`
//! condemned 7 left a: add 1                from the bus, to be buried
//! garbage 7 left a: ???                    bytes from the bus that are no message
//! 5 x left a: add 1 | right b: say         five, and one more
//! ```

use crate::script::split;
use crate::toy::{Left, Right, START, Side, script_of, told_to};
use contracts::{Message, MessageId, ServiceName, Source, Subject};
use engine::{Content, Delivery, Origin, RequestKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes deliveries; every request without a key gets one of its own. A clone goes on counting.
#[derive(Clone, Default)]
pub struct Post {
    serial: Arc<AtomicU64>,
}

impl Post {
    /// The deliveries that the words tell, in order.
    ///
    /// # Panics
    /// Nobody understands the words.
    pub fn deliveries(&self, text: &str) -> Vec<Delivery> {
        let pieces = split(text, '|').into_iter().map(str::trim).filter(|piece| !piece.is_empty());
        pieces.flat_map(|piece| self.delivery(piece)).collect()
    }

    /// `5 x bus 7 left a: add 1`: how often, by which door, to whom, about what, and what.
    fn delivery(&self, piece: &str) -> Vec<Delivery> {
        let (head, script) = piece.split_once(':').expect("a colon before the script");
        let (script, head): (_, Vec<&str>) = (script.trim(), head.split_whitespace().collect());
        let (times, head) = match head[..] {
            [times, "x", _, _, ..] => (times.parse().expect("how often"), &head[2..]),
            _ => (1, &head[..]),
        };
        (0..times).map(|_| self.one(head, script)).collect()
    }

    fn one(&self, head: &[&str], script: &str) -> Delivery {
        let fresh = format!("serial {}", self.serial.fetch_add(1, Ordering::Relaxed));
        match *head {
            [side, subject] => from_door(side, subject, script, &fresh, Some(&fresh)),
            ["key", key, side, subject] => from_door(side, subject, script, &fresh, Some(key)),
            ["keyless", side, subject] => from_door(side, subject, script, &fresh, None),
            ["bus", id, side, subject] => {
                let source = Source::Service(ServiceName::Inventory);
                from_bus(side, subject, script, id, source)
            }
            ["provider", id, side, subject] => {
                from_bus(side, subject, script, id, Source::Provider)
            }
            ["operator", id, side, subject] => {
                from_bus(side, subject, script, id, Source::Operator)
            }
            ["condemned", id, side, subject] => {
                let delivery = from_bus(side, subject, script, id, Source::Provider);
                let Content::Message(message) = delivery.content else { unreachable!() };
                let reason = "it was alone".into();
                Delivery { content: Content::Condemned { message, reason }, ..delivery }
            }
            ["garbage", id, side, subject] => Delivery {
                to: service_of(side),
                content: Content::Unreadable {
                    subject: named(subject),
                    bytes: script.as_bytes().to_vec(),
                    reason: "it is no message".into(),
                    id: id_of(id),
                },
                origin: Origin::Bus,
            },
            _ => panic!("what is {head:?}?"),
        }
    }
}

pub(crate) fn service_of(side: &str) -> ServiceName {
    match side {
        "left" => Left::NAME,
        "right" => Right::NAME,
        _ => panic!("no side: {side}"),
    }
}

/// A name that a story can't write is written `$so`.
const ODD_NAMES: &[(&str, &str)] = &[
    ("$quotes", "it's \"quoted\"'; DROP TABLE names; --"),
    ("$unicode", "заказ 注文 🧵 \u{301}"),
    ("$spaces", "  \t "),
    ("$patterns", "%_*?[a]\\"),
    ("$twin", "A"),
];

/// As long as a name may be, in letters of two bytes.
fn long_name() -> String {
    "ё".repeat(128)
}

/// The subject that a story means.
pub(crate) fn named(word: &str) -> Subject {
    let odd = ODD_NAMES.iter().find(|(short, _)| *short == word);
    match word {
        "$long" => long_name().into(),
        _ => odd.map_or(word, |(_, name)| name).into(),
    }
}

/// The word by which a story knows a subject.
pub(crate) fn short(subject: &Subject) -> String {
    let odd = ODD_NAMES.iter().find(|(_, name)| *name == subject.as_str());
    match odd {
        Some((short, _)) => (*short).into(),
        None if subject.as_str() == long_name() => "$long".into(),
        None => subject.to_string(),
    }
}

/// The id, or the idempotency key, that a story knows by a word.
pub(crate) fn id_of(word: &str) -> MessageId {
    MessageId::root(START, &[word.as_bytes()])
}

/// A request at the door, as a message.
pub(crate) fn message(side: &str, subject: &str, script: &str, id: &str, from: Source) -> Message {
    let subject = named(subject);
    Message {
        id: id_of(id),
        source: from,
        time: START,
        cause: None,
        step: None,
        version: 0,
        traceparent: None,
        body: told_to(side, subject.as_str(), script),
        subject,
    }
}

fn from_door(side: &str, subject: &str, script: &str, id: &str, key: Option<&str>) -> Delivery {
    let message = message(side, subject, script, id, Source::Client);
    let fingerprint = id_of(script).to_bytes();
    let key = key.map(|key| RequestKey { key: id_of(key), fingerprint });
    Delivery::from_door(service_of(side), message, key)
}

fn from_bus(side: &str, subject: &str, script: &str, id: &str, source: Source) -> Delivery {
    Delivery::from_bus(service_of(side), message(side, subject, script, id, source))
}

/// A message as a story knows it: to whom, about what, and its script.
pub(crate) fn tell_message(message: &Message) -> String {
    let (place, script) = script_of(&message.body);
    format!("{place} {}: {script}", short(&message.subject)).trim_end().into()
}
