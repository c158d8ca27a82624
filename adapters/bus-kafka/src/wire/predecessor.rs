//! The predecessor's envelope: a record without the headers of a CloudEvent.

use super::{Incoming, wrong};
use contracts::{Message, UnreadableMessage};

/// Reads the value as the predecessor's envelope.
///
/// # Errors
/// It is none.
pub(super) fn read(record: &Incoming<'_>) -> Result<Message, UnreadableMessage> {
    let value = record.value.ok_or_else(|| wrong("it has no value: it is a tombstone"))?;
    Message::from_predecessor(value, record.time).map_err(|UnreadableMessage(what)| {
        wrong(format!("it has no headers of a CloudEvent, and as the predecessor's: {what}"))
    })
}
