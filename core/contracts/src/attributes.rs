//! The attributes of a stored message, without what it says: all that a look at a whole log needs.

use crate::envelope::{id, message_type, wrong};
use crate::{MessageId, MessageType, Source, UnreadableMessage};
use prost::Message as _;

/// Who said what kind of thing because of what. Named as in CloudEvents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// One per send.
    pub id: MessageId,
    /// What kind of message it is.
    pub message_type: MessageType,
    /// Who sent it.
    pub source: Source,
    /// What caused it; nothing for what came in by the door.
    pub cause: Option<MessageId>,
    /// The version of the sender's record of the subject when it was sent; 0 where there is none.
    pub version: u64,
}

/// The fields of `Envelope` that are read; the others are skipped.
#[derive(Clone, PartialEq, prost::Message)]
struct Head {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(string, tag = "2")]
    message_type: String,
    #[prost(string, tag = "3")]
    source: String,
    #[prost(bytes = "vec", tag = "6")]
    cause: Vec<u8>,
    #[prost(uint64, tag = "8")]
    version: u64,
}

impl Attributes {
    /// Reads them from what [`crate::Message::encode`] wrote.
    ///
    /// # Errors
    /// The bytes are no envelope, or of a message that we don't know.
    pub fn decode(bytes: &[u8]) -> Result<Self, UnreadableMessage> {
        let head = Head::decode(bytes).map_err(wrong)?;
        Ok(Self {
            id: id(&head.id)?,
            message_type: message_type(&head.message_type)?,
            source: head.source.parse().map_err(UnreadableMessage)?,
            cause: MessageId::read(&head.cause),
            version: head.version,
        })
    }
}

impl From<&crate::Message> for Attributes {
    fn from(message: &crate::Message) -> Self {
        Self {
            id: message.id,
            message_type: message.body.message_type(),
            source: message.source,
            cause: message.cause,
            version: message.version,
        }
    }
}
