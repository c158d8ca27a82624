//! The attributes of a CloudEvent in whichever form it came, and the message that they make.

use super::{Incoming, text, wrong};
use contracts::{
    Body, Message, MessageId, MessageType, Source, StepId, Timestamp, UnreadableMessage,
    is_traceparent,
};
use std::borrow::Cow;
use std::sync::Arc;

/// Before the name of a source of ours.
pub(super) const OUR_SOURCES: &str = "/orderweaver/";
pub(super) const SPEC_VERSION: &str = "1.0";
pub(super) const PROTOBUF: &str = "application/protobuf";
/// The same under the names that it had before it was registered.
const PROTOBUF_TOO: [&str; 2] = ["application/x-protobuf", "application/vnd.google.protobuf"];

/// The attributes that we know; an empty one isn't there. Others are passed over.
#[derive(Default)]
pub(super) struct Event<'a> {
    specversion: Cow<'a, str>,
    id: Cow<'a, str>,
    source: Cow<'a, str>,
    message_type: Cow<'a, str>,
    subject: Cow<'a, str>,
    time: Cow<'a, str>,
    datacontenttype: Cow<'a, str>,
    causationid: Cow<'a, str>,
    step: Cow<'a, str>,
    version: Cow<'a, str>,
    traceparent: Cow<'a, str>,
}

impl<'a> Event<'a> {
    /// An attribute by its name in the specification.
    pub fn set(&mut self, name: &str, value: Cow<'a, str>) {
        let attribute = match name {
            "specversion" => &mut self.specversion,
            "id" => &mut self.id,
            "source" => &mut self.source,
            "type" => &mut self.message_type,
            "subject" => &mut self.subject,
            "time" => &mut self.time,
            "datacontenttype" => &mut self.datacontenttype,
            "causationid" => &mut self.causationid,
            "step" => &mut self.step,
            "version" => &mut self.version,
            "traceparent" => &mut self.traceparent,
            _ => return,
        };
        *attribute = value;
    }

    /// The message that it is, with this data.
    ///
    /// # Errors
    /// An attribute is missing or wrong, or the data is no such message.
    pub fn message(self, data: &[u8], record: &Incoming<'_>) -> Result<Message, UnreadableMessage> {
        if self.specversion != SPEC_VERSION {
            return Err(wrong(format!("CloudEvents {:?} is not 1.0", self.specversion)));
        }
        let message_type = self.message_type()?;
        let source = self.source()?;
        Ok(Message {
            id: self.id(source)?,
            source: source.unwrap_or(Source::Client),
            subject: self.subject(record)?.into(),
            time: self.time(record.time)?,
            cause: self.cause(),
            step: some(&self.step).map(StepId::from),
            version: self.version()?,
            traceparent: self.traceparent(record),
            body: Body::decode(message_type, data).map_err(|error| wrong(error.to_string()))?,
        })
    }

    fn message_type(&self) -> Result<MessageType, UnreadableMessage> {
        let media = self.datacontenttype.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| media.eq_ignore_ascii_case(name);
        if !media.is_empty() && !is(PROTOBUF) && !PROTOBUF_TOO.into_iter().any(is) {
            return Err(wrong(format!("its data is {media:?}, not {PROTOBUF}")));
        }
        let name = required(&self.message_type, "type")?;
        let found = MessageType::from_name(name);
        found.ok_or_else(|| wrong(format!("no message is named {name:?}")))
    }

    /// Nothing: a stranger.
    fn source(&self) -> Result<Option<Source>, UnreadableMessage> {
        let ours = required(&self.source, "source")?.strip_prefix(OUR_SOURCES);
        ours.map(|name| name.parse().map_err(UnreadableMessage)).transpose()
    }

    /// A stranger's id says nothing of its time, and is unique only together with its source.
    fn id(&self, source: Option<Source>) -> Result<MessageId, UnreadableMessage> {
        let id = required(&self.id, "id")?;
        match source {
            Some(_) => id.parse().map_err(UnreadableMessage),
            None => Ok(strangers_id(&self.source, id)),
        }
    }

    /// A message of ours, or else an event of the same source.
    fn cause(&self) -> Option<MessageId> {
        let cause = some(&self.causationid)?;
        Some(cause.parse().unwrap_or_else(|_| strangers_id(&self.source, cause)))
    }

    fn subject<'b>(&'b self, record: &Incoming<'b>) -> Result<&'b str, UnreadableMessage> {
        let key = || record.key.and_then(|key| text(key).ok()).and_then(some);
        let found = some(&self.subject).or_else(key);
        found.ok_or_else(|| wrong("it has neither a subject nor a key"))
    }

    fn time(&self, received: Timestamp) -> Result<Timestamp, UnreadableMessage> {
        let Some(time) = some(&self.time) else { return Ok(received) };
        let time = time.parse::<jiff::Timestamp>();
        let wrong = |_| wrong(format!("its time {:?} is none of RFC 3339", self.time));
        Ok(Timestamp(time.map_err(wrong)?.as_microsecond()))
    }

    /// The header of the protocol, or else the attribute.
    fn traceparent(&self, record: &Incoming<'_>) -> Option<Arc<str>> {
        let header = record.header("traceparent").and_then(|it| text(it).ok());
        Some(header.unwrap_or(&self.traceparent)).filter(|it| is_traceparent(it)).map(Into::into)
    }

    fn version(&self) -> Result<u64, UnreadableMessage> {
        let wrong = |_| wrong(format!("its version {:?} is no number", self.version));
        some(&self.version).map_or(Ok(0), |version| version.parse().map_err(wrong))
    }
}

fn strangers_id(source: &str, id: &str) -> MessageId {
    MessageId::root(Timestamp(0), &[source.as_bytes(), id.as_bytes()])
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn required<'b>(attribute: &'b str, name: &str) -> Result<&'b str, UnreadableMessage> {
    some(attribute).ok_or_else(|| wrong(format!("it has no {name}")))
}
