//! A message on its way to one service, and the door by which it came.

use crate::ports::Unreadable;
use crate::unit::{EffectRow, TimerKey};
use contracts::{Message, MessageId, ServiceName, Subject, Timestamp};
use service::Reply;
use std::sync::Arc;

/// What the inbox knows a message by: its id, or what a client's idempotency key stands for.
pub type InboxKey = MessageId;

/// Letters of a key that are kept of bytes that are no message.
const KEY_LETTERS_MAX: usize = 128;

/// A hash of what was asked, so that a key that comes again with another request is noticed.
pub type Fingerprint = [u8; 16];

/// By what a request is known when it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// What the client's idempotency key stands for.
    pub key: InboxKey,
    /// Of the request.
    pub fingerprint: Fingerprint,
}

/// A message on its way to one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The service that shall handle it.
    pub to: ServiceName,
    /// What is delivered.
    pub content: Content,
    /// By which door it came.
    pub origin: Origin,
}

/// What is delivered: a message, or something that ends as a dead letter without being handled.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// To be handled.
    Message(Arc<Message>),
    /// Its write was rejected when it stood alone.
    Condemned {
        /// The culprit.
        message: Arc<Message>,
        /// What the store said.
        reason: String,
    },
    /// Bytes from the bus that are no message.
    Unreadable {
        /// The key they came under.
        subject: Subject,
        /// The bytes.
        bytes: Vec<u8>,
        /// What is wrong with them.
        reason: String,
        /// Where they stood on the bus; it identifies them.
        id: MessageId,
    },
}

/// By which door a message came; it decides how a repetition is recognised.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A request. The inbox keeps the reply under its key; without one nobody can repeat it, so
    /// there is nothing to keep.
    Door(Option<RequestKey>),
    /// The bus, which may bring it again. The inbox keeps its id.
    Bus,
    /// A row of the store, which is deleted in the same transaction.
    Row(Consumed),
}

/// A row that is handled and deleted in one transaction. If it is gone, it was handled before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Consumed {
    /// A timer; one that was set to another time meanwhile counts as gone.
    Timer {
        /// Which.
        key: TimerKey,
        /// The time it fired for.
        at: Timestamp,
    },
    /// A request whose answer this is.
    Effect {
        /// Of which service.
        service: ServiceName,
        /// The request's id.
        id: Subject,
    },
    /// A hop that did not fit into an earlier round.
    Hop {
        /// Its place.
        position: u64,
    },
}

impl From<Unreadable> for Content {
    fn from(unreadable: Unreadable) -> Self {
        let Unreadable { topic, partition, offset, key, bytes, reason } = unreadable;
        let (part, place) = (partition.to_be_bytes(), offset.to_be_bytes());
        // The bytes too: a topic that is made anew counts from zero again.
        let id = MessageId::root(Timestamp(0), &[topic.as_bytes(), &part, &place, &bytes]);
        let key: String = String::from_utf8_lossy(&key).chars().take(KEY_LETTERS_MAX).collect();
        let subject = Subject::from(key.replace(char::is_control, "\u{FFFD}"));
        let reason = format!("{topic}, partition {partition}, offset {offset}: {reason}");
        Self::Unreadable { subject, bytes, reason, id }
    }
}

impl Delivery {
    /// A request at the door.
    pub fn from_door(to: ServiceName, message: Message, key: Option<RequestKey>) -> Self {
        Self { to, content: Content::Message(Arc::new(message)), origin: Origin::Door(key) }
    }

    /// A message that the bus brought.
    pub fn from_bus(to: ServiceName, message: Message) -> Self {
        Self { to, content: Content::Message(Arc::new(message)), origin: Origin::Bus }
    }

    /// The answer to an effect.
    pub fn from_effect(effect: &EffectRow, answer: Message) -> Self {
        let row = Consumed::Effect { service: effect.service, id: effect.id.clone() };
        let content = Content::Message(Arc::new(answer));
        Self { to: effect.service, content, origin: Origin::Row(row) }
    }

    /// The key under which the inbox keeps it; nothing for what is recognised by its row, or never.
    pub(crate) fn inbox_key(&self) -> Option<InboxKey> {
        match (&self.origin, &self.content) {
            (Origin::Door(known_by), _) => known_by.map(|it| it.key),
            (Origin::Bus, Content::Message(message) | Content::Condemned { message, .. }) => {
                Some(message.id)
            }
            (Origin::Bus, Content::Unreadable { id, .. }) => Some(*id),
            (Origin::Row(_), _) => None,
        }
    }

    /// The same delivery, to be buried instead of handled.
    pub(crate) fn condemned(self, reason: &str) -> Self {
        let content = match self.content {
            Content::Message(message) => Content::Condemned { message, reason: reason.into() },
            other => other,
        };
        Self { content, ..self }
    }

    pub(crate) const fn is_door(&self) -> bool {
        matches!(self.origin, Origin::Door(_))
    }
}

/// What is said at the door of a message that could not be handled. It is not kept.
pub(crate) fn not_handled(reason: &str) -> Reply {
    Reply::Refused { code: "internal_error".into(), detail: reason.into() }
}
