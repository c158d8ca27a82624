//! The envelope: who says what about whom, because of what. Its attributes are those of
//! CloudEvents 1.0 (<https://github.com/cloudevents/spec>).

use crate::messages::{Envelope, EventEnvelope};
use crate::{Body, MessageId, MessageType, Source, StepId, Subject, Timestamp, is_traceparent};
use prost::Message as _;
use std::fmt;
use std::sync::Arc;

/// One message on its way: immutable once sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// One per send.
    pub id: MessageId,
    /// Who sent it.
    pub source: Source,
    /// What it is about; also the partition key.
    pub subject: Subject,
    /// When it was sent, by the sender's store.
    pub time: Timestamp,
    /// What caused it; nothing for what came in by the door.
    pub cause: Option<MessageId>,
    /// The saga step it serves: copied from a command to its answer.
    pub step: Option<StepId>,
    /// The version of the sender's record of the subject when it was sent; 0 where there is none.
    /// Of a client's command: the version that it is meant for, [`Self::ANY`] or [`Self::ABSENT`].
    pub version: u64,
    /// W3C trace context, handed from cause to effect.
    pub traceparent: Option<Arc<str>>,
    /// What it says.
    pub body: Body,
}

/// Why bytes are no message. It becomes the reason of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableMessage(pub String);

impl fmt::Display for UnreadableMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unreadable message: {}", self.0)
    }
}

impl std::error::Error for UnreadableMessage {}

impl Message {
    /// As the version of a client's command: it is meant for whichever version there is.
    pub const ANY: u64 = 0;
    /// As the version of a client's command: it is meant for what isn't there yet.
    pub const ABSENT: u64 = u64::MAX;

    /// The trace it belongs to (W3C, 32 hexadecimal digits): its caller's, or else one of its own
    /// that all messages about the subject share.
    pub fn trace_id(&self) -> String {
        let callers = self.traceparent.as_deref().and_then(|text| text.split('-').nth(1));
        let own = || MessageId::root(Timestamp(0), &[self.subject.as_str().as_bytes()]).to_string();
        callers.map_or_else(own, Into::into)
    }

    /// The saga it belongs to: the one that it names, that of its step, or else the one that has
    /// the subject's id, as the saga has that places an order.
    pub fn saga_id(&self) -> &str {
        let of_step = |step: &StepId| step.as_str().rfind('!');
        match (&self.body, &self.step) {
            (Body::SagaFinished(it), _) => &it.saga_id,
            (Body::SagaReopened(it), _) => &it.saga_id,
            (Body::SagaCompensationFailed(it), _) => &it.saga_id,
            (Body::StepOverdue(it), _) => &it.saga_id,
            (_, Some(step)) => &step.as_str()[..of_step(step).unwrap_or(step.as_str().len())],
            (_, None) => self.subject.as_str(),
        }
    }

    /// The bytes that the stores keep.
    pub fn encode(&self) -> Vec<u8> {
        let envelope = Envelope {
            id: self.id.to_bytes().into(),
            r#type: self.body.message_type().name().into(),
            source: self.source.as_str().into(),
            subject: self.subject.as_str().into(),
            time: self.time.micros(),
            cause: self.cause.map_or_else(Vec::new, |cause| cause.to_bytes().into()),
            step: self.step.as_ref().map_or_else(String::new, ToString::to_string),
            version: self.version,
            traceparent: self.traceparent.as_deref().unwrap_or_default().into(),
            data: self.body.encode(),
        };
        envelope.encode_to_vec()
    }

    /// Reads what `encode` wrote.
    ///
    /// # Errors
    /// The bytes are no envelope, or its content is no message that we know.
    pub fn decode(bytes: &[u8]) -> Result<Self, UnreadableMessage> {
        let envelope = Envelope::decode(bytes).map_err(wrong)?;
        let message_type = message_type(&envelope.r#type)?;
        let not_empty = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
        Ok(Self {
            id: id(&envelope.id)?,
            source: envelope.source.parse().map_err(UnreadableMessage)?,
            subject: envelope.subject.into(),
            time: Timestamp(envelope.time),
            cause: MessageId::read(&envelope.cause),
            step: not_empty(&envelope.step).map(StepId::from),
            version: envelope.version,
            traceparent: not_empty(&envelope.traceparent),
            body: Body::decode(message_type, &envelope.data).map_err(wrong)?,
        })
    }

    /// Reads the predecessor's envelope. What it lacks is taken from the payload or left out.
    ///
    /// # Errors
    /// The bytes are no such envelope, it has no id, or its payload is no message that the
    /// predecessor knew, with an order id.
    pub fn from_predecessor(bytes: &[u8], received: Timestamp) -> Result<Self, UnreadableMessage> {
        let envelope = EventEnvelope::decode(bytes).map_err(wrong)?;
        let body =
            Body::decode(message_type(&envelope.r#type)?, &envelope.payload).map_err(wrong)?;
        // A foreign id says nothing of its time, and the same id must always give the same one.
        let id = |id: &str| MessageId::root(Timestamp(0), &[id.as_bytes()]);
        if envelope.id.is_empty() {
            return Err(UnreadableMessage("its id is empty".into()));
        }
        Ok(Self {
            id: id(&envelope.id),
            source: envelope.source.parse().unwrap_or(Source::Client),
            subject: order_id(&body)?.into(),
            time: received,
            cause: (!envelope.causation_id.is_empty()).then(|| id(&envelope.causation_id)),
            step: None,
            version: 0,
            traceparent: Some(envelope.traceparent).filter(|it| is_traceparent(it)).map(Into::into),
            body,
        })
    }
}

pub(crate) fn wrong(error: prost::DecodeError) -> UnreadableMessage {
    UnreadableMessage(error.to_string())
}

pub(crate) fn id(bytes: &[u8]) -> Result<MessageId, UnreadableMessage> {
    MessageId::read(bytes).ok_or_else(|| UnreadableMessage("its id has not 16 bytes".into()))
}

pub(crate) fn message_type(name: &str) -> Result<MessageType, UnreadableMessage> {
    let found = MessageType::from_name(name);
    found.ok_or_else(|| UnreadableMessage(format!("no message is named {name:?}")))
}

/// The messages that the predecessor knew all begin with the order id. Without it a message would
/// share its key, and its place in the queue, with every other such message.
fn order_id(body: &Body) -> Result<&str, UnreadableMessage> {
    let name = body.message_type().name();
    let order_id = match body {
        Body::OrderCreated(it) => &it.order_id,
        Body::PaymentAuthorize(it) => &it.order_id,
        Body::PaymentCaptured(it) => &it.order_id,
        Body::ReserveInventory(it) => &it.order_id,
        Body::InventoryReserved(it) => &it.order_id,
        Body::InventoryReleased(it) => &it.order_id,
        _ => return Err(UnreadableMessage(format!("the predecessor knew no {name}"))),
    };
    match order_id.as_str() {
        "" => Err(UnreadableMessage(format!("{name} has no order id"))),
        order_id => Ok(order_id),
    }
}
