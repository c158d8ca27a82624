//! CloudEvents in structured mode: everything in the value, as Protobuf or JSON. Data must be
//! Protobuf in either.

use super::event::Event;
use super::{Incoming, wrong};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::{Message, UnreadableMessage};
use prost::Message as _;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

const MEDIA_TYPE: &str = "application/cloudevents";

/// How the event is written, such as `+json`; nothing if this is no structured mode.
pub(super) fn format(content_type: &str) -> Option<&str> {
    let (head, rest) = content_type.split_at_checked(MEDIA_TYPE.len())?;
    let format = rest.split(';').next().unwrap_or_default().trim();
    head.eq_ignore_ascii_case(MEDIA_TYPE).then_some(format)
}

/// Reads an event that is the record's value.
///
/// # Errors
/// The format isn't read here, or the value is no such event.
pub(super) fn read(format: &str, record: &Incoming<'_>) -> Result<Message, UnreadableMessage> {
    let value = record.value.unwrap_or_default();
    match format.to_ascii_lowercase().as_str() {
        "+protobuf" => protobuf(value, record),
        "+json" => json(value, record),
        _ => {
            let read = "events are read as +protobuf or +json, one in a record";
            Err(wrong(format!("{MEDIA_TYPE}{format}: {read}")))
        }
    }
}

/// `io.cloudevents.v1.CloudEvent`.
#[derive(Clone, PartialEq, prost::Message)]
struct CloudEvent {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    source: String,
    #[prost(string, tag = "3")]
    specversion: String,
    #[prost(string, tag = "4")]
    message_type: String,
    #[prost(btree_map = "string, message", tag = "5")]
    attributes: BTreeMap<String, Attribute>,
    #[prost(oneof = "Data", tags = "6, 7, 8")]
    data: Option<Data>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Attribute {
    #[prost(oneof = "AttributeValue", tags = "1, 2, 3, 4, 5, 6, 7")]
    value: Option<AttributeValue>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum AttributeValue {
    #[prost(bool, tag = "1")]
    Boolean(bool),
    #[prost(int32, tag = "2")]
    Integer(i32),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bytes, tag = "4")]
    Bytes(Vec<u8>),
    #[prost(string, tag = "5")]
    Uri(String),
    #[prost(string, tag = "6")]
    UriReference(String),
    #[prost(message, tag = "7")]
    Time(prost_types::Timestamp),
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Data {
    #[prost(bytes, tag = "6")]
    Binary(Vec<u8>),
    #[prost(string, tag = "7")]
    Text(String),
    #[prost(message, tag = "8")]
    Protobuf(prost_types::Any),
}

impl AttributeValue {
    /// As it stands in a header.
    fn into_text(self) -> String {
        match self {
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Text(text) | Self::Uri(text) | Self::UriReference(text) => text,
            Self::Bytes(bytes) => STANDARD.encode(bytes),
            Self::Time(time) => time.to_string(),
        }
    }
}

fn protobuf(value: &[u8], record: &Incoming<'_>) -> Result<Message, UnreadableMessage> {
    let read = CloudEvent::decode(value).map_err(|error| wrong(error.to_string()))?;
    let mut event = Event::default();
    for (name, attribute) in read.attributes {
        let value = attribute.value.map(AttributeValue::into_text).unwrap_or_default();
        event.set(&name, value.into());
    }
    event.set("id", read.id.into());
    event.set("source", read.source.into());
    event.set("specversion", read.specversion.into());
    event.set("type", read.message_type.into());
    let data = match read.data {
        Some(Data::Binary(data) | Data::Protobuf(prost_types::Any { value: data, .. })) => data,
        Some(Data::Text(_)) => return Err(wrong("its data is text, not Protobuf")),
        None => vec![], // a message of defaults alone
    };
    event.message(&data, record)
}

fn json(value: &[u8], record: &Incoming<'_>) -> Result<Message, UnreadableMessage> {
    let read: Value = serde_json::from_slice(value).map_err(|error| wrong(error.to_string()))?;
    let members = read.as_object().ok_or_else(|| wrong("its value is no JSON object"))?;
    let mut event = Event::default();
    for (name, value) in members {
        event.set(name, attribute(value));
    }
    let data = match (members.get("data_base64"), members.get("data")) {
        (Some(Value::String(text)), _) => {
            STANDARD.decode(text).map_err(|error| wrong(format!("its data_base64: {error}")))?
        }
        (None, None | Some(Value::Null)) => vec![],
        _ => return Err(wrong("its data is no Protobuf in data_base64")),
    };
    event.message(&data, record)
}

/// As it stands in a header. Members that hold more are none of ours.
fn attribute(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.into(),
        Value::Number(number) => number.to_string().into(),
        Value::Bool(value) => value.to_string().into(),
        Value::Null | Value::Array(_) | Value::Object(_) => "".into(),
    }
}
