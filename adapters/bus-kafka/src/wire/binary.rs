//! CloudEvents in binary mode: attributes in headers, data as the value.

use super::event::{Event, OUR_SOURCES, PROTOBUF, SPEC_VERSION};
use super::{Incoming, Outgoing, text, wrong};
use contracts::{Message, Timestamp, UnreadableMessage};

/// Before the name of an attribute.
pub(super) const PREFIX: &str = "ce_";

/// The record that a message becomes.
pub fn write(message: &Message) -> Outgoing {
    let mut headers = vec![
        ("ce_specversion", SPEC_VERSION.into()),
        ("ce_id", message.id.to_string()),
        ("ce_source", format!("{OUR_SOURCES}{}", message.source.as_str())),
        ("ce_type", message.body.message_type().name().into()),
        ("ce_time", rfc_3339(message.time)),
        ("ce_subject", message.subject.to_string()),
        ("ce_correlationid", message.saga_id().into()),
    ];
    headers.extend(message.cause.map(|cause| ("ce_causationid", cause.to_string())));
    headers.extend(message.step.as_ref().map(|step| ("ce_step", step.to_string())));
    if message.version != 0 {
        headers.push(("ce_version", message.version.to_string()));
    }
    headers.push(("content-type", PROTOBUF.into()));
    let traceparent = message.traceparent.as_deref();
    headers.extend(traceparent.map(|traceparent| ("traceparent", traceparent.into())));
    Outgoing { key: message.subject.to_string(), headers, value: message.body.encode() }
}

/// A time beyond the years that RFC 3339 knows is the last or first of them.
fn rfc_3339(at: Timestamp) -> String {
    let (first, last) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
    let micros = at.micros().clamp(first.as_microsecond(), last.as_microsecond());
    jiff::Timestamp::from_microsecond(micros).unwrap_or(last).to_string()
}

/// Reads a record with the headers of a CloudEvent.
///
/// # Errors
/// They are wrong, or the value is no such message.
pub(super) fn read(record: &Incoming<'_>) -> Result<Message, UnreadableMessage> {
    let mut event = Event::default();
    for (name, value) in &record.headers {
        if let Some(name) = name.strip_prefix(PREFIX) {
            event.set(name, text(value)?.into());
        } else if name.eq_ignore_ascii_case("content-type") {
            event.set("datacontenttype", text(value)?.into());
        }
    }
    let data = record.value.ok_or_else(|| wrong("it has no value: it is a tombstone"))?;
    event.message(data, record)
}
