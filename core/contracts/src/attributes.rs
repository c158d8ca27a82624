//! The attributes of a stored message, without what it says: all that a look at a whole log needs.

use crate::envelope::{id, message_type, wrong};
use crate::{MessageId, MessageType, Source, UnreadableMessage};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

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

/// The fields of `Envelope` that are read, where they stand.
#[derive(Default)]
struct Head<'a> {
    id: &'a [u8],
    message_type: &'a [u8],
    source: &'a [u8],
    cause: &'a [u8],
    version: u64,
}

impl<'a> Head<'a> {
    /// Fields of other kinds than ours are skipped, as Protobuf wants it.
    fn read(mut bytes: &'a [u8]) -> Result<Self, UnreadableMessage> {
        let mut head = Self::default();
        while !bytes.is_empty() {
            match decode_key(&mut bytes).map_err(wrong)? {
                (1, WireType::LengthDelimited) => head.id = delimited(&mut bytes)?,
                (2, WireType::LengthDelimited) => head.message_type = delimited(&mut bytes)?,
                (3, WireType::LengthDelimited) => head.source = delimited(&mut bytes)?,
                (6, WireType::LengthDelimited) => head.cause = delimited(&mut bytes)?,
                (8, WireType::Varint) => head.version = varint(&mut bytes)?,
                (_, WireType::LengthDelimited) => _ = delimited(&mut bytes)?,
                (tag, wire_type) => {
                    let context = DecodeContext::default();
                    skip_field(wire_type, tag, &mut bytes, context).map_err(wrong)?;
                }
            }
        }
        Ok(head)
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u64, UnreadableMessage> {
    decode_varint(bytes).map_err(wrong)
}

/// What stands behind its length.
fn delimited<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], UnreadableMessage> {
    let length = usize::try_from(varint(bytes)?).unwrap_or(usize::MAX);
    let cut = || UnreadableMessage("it ends in the middle of a field".into());
    let (field, rest) = bytes.split_at_checked(length).ok_or_else(cut)?;
    *bytes = rest;
    Ok(field)
}

impl Attributes {
    /// Reads them from what [`crate::Message::encode`] wrote.
    ///
    /// # Errors
    /// The bytes are no envelope, or of a message that we don't know.
    pub fn decode(bytes: &[u8]) -> Result<Self, UnreadableMessage> {
        let head = Head::read(bytes)?;
        Ok(Self {
            id: id(head.id)?,
            message_type: message_type(text(head.message_type)?)?,
            source: text(head.source)?.parse().map_err(UnreadableMessage)?,
            cause: MessageId::read(head.cause),
            version: head.version,
        })
    }
}

fn text(bytes: &[u8]) -> Result<&str, UnreadableMessage> {
    str::from_utf8(bytes).map_err(|error| UnreadableMessage(error.to_string()))
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
