//! What a message is on the wire: CloudEvents 1.0 in binary mode. Structured mode and the
//! predecessor's envelope are read, never written.
//!
//! Invariant: pure, and knows nothing of a Kafka client.

mod binary;
mod event;
mod predecessor;
mod structured;

pub use binary::write;

use contracts::{Message, Timestamp, UnreadableMessage, check_derived_id, check_id};

/// A message as it is given to a producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What the record is filed under: all of one key stay in order.
    pub key: String,
    /// Names and values, in a fixed order.
    pub headers: Vec<(&'static str, String)>,
    /// The Protobuf message.
    pub value: Vec<u8>,
}

/// What a record takes beside its key, headers and value: lengths, numbers, and the head of the
/// batch that holds it alone.
const RECORD_BYTES: usize = 128;
/// What a header takes beside its name and value: two lengths.
const HEADER_BYTES: usize = 10;

impl Outgoing {
    /// At most so many bytes on the wire, if it travels alone.
    pub fn bytes(&self) -> usize {
        let header = |(name, value): &(&str, String)| name.len() + value.len() + HEADER_BYTES;
        let headers: usize = self.headers.iter().map(header).sum();
        RECORD_BYTES + self.key.len() + headers + self.value.len()
    }
}

/// A record as a consumer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// When it was written, by its producer or broker; the same each time it is read.
    pub time: Timestamp,
    /// What it is filed under.
    pub key: Option<&'a [u8]>,
    /// Names and values; a name may come twice, then the last one counts.
    pub headers: Vec<(&'a str, &'a [u8])>,
    /// Its content.
    pub value: Option<&'a [u8]>,
}

impl<'a> Incoming<'a> {
    fn header(&self, name: &str) -> Option<&'a [u8]> {
        let mut named = self.headers.iter().rev().filter(|(it, _)| it.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| *value)
    }
}

/// Reads a record in whichever of the three forms it has.
///
/// # Errors
/// It has none of them, or what it holds is no message that we know, or one about something that
/// can have no id here.
pub fn read(record: &Incoming<'_>) -> Result<Message, UnreadableMessage> {
    let message = read_as_it_is(record)?;
    let subject = message.subject.as_str();
    // A step adds to what a client has named, and must be an id too.
    let named = check_id(subject.split('!').next().unwrap_or_default());
    let subject = named.and_then(|()| check_derived_id(subject));
    subject.map_err(|what| wrong(format!("its subject {what}")))?;
    let step = message.step.as_ref().map_or(Ok(()), |step| check_derived_id(step.as_str()));
    step.map_err(|what| wrong(format!("its step {what}")))?;
    Ok(message)
}

fn read_as_it_is(record: &Incoming<'_>) -> Result<Message, UnreadableMessage> {
    let content_type = record.header("content-type").map(text).transpose()?.unwrap_or_default();
    if let Some(format) = structured::format(content_type) {
        return structured::read(format, record);
    }
    if record.headers.iter().any(|(name, _)| name.starts_with(binary::PREFIX)) {
        return binary::read(record);
    }
    predecessor::read(record)
}

fn text(bytes: &[u8]) -> Result<&str, UnreadableMessage> {
    let wrong = |_| wrong(format!("{:?} is no UTF-8", String::from_utf8_lossy(bytes)));
    str::from_utf8(bytes).map_err(wrong)
}

fn wrong(what: impl Into<String>) -> UnreadableMessage {
    UnreadableMessage(what.into())
}
