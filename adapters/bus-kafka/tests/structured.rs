//! CloudEvents in structured mode, written by hand from the specification.

mod common;

use bus_kafka::wire::{Incoming, read};
use common::message;
use contracts::{Message, Timestamp};

/// A field of text or bytes: its number and wire type 2, its length, its content.
fn text(number: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = u8::try_from(content.len()).expect("a short text");
    let length = if length >= 0x80 { vec![length, 1] } else { vec![length] };
    [&[number << 3 | 2], &length[..], content].concat()
}

/// An attribute of `io.cloudevents.v1.CloudEvent`, with its value already written.
fn attribute(name: &str, value: impl AsRef<[u8]>) -> Vec<u8> {
    text(5, [text(1, name), text(2, value)].concat())
}

const HEAD: [(u8, &str); 4] = [
    (1, "00000000000700000000000000000000"),
    (2, "/orderweaver/orchestrator"),
    (3, "1.0"),
    (4, "CommitInventory"),
];
/// `CommitInventory` of `o-1`.
const DATA: &[u8] = b"\x0a\x03o-1";

fn head() -> Vec<u8> {
    HEAD.iter().flat_map(|(number, value)| text(*number, value)).collect()
}

fn attributes() -> Vec<u8> {
    let seconds = b"\x08\xc0\xf8\x95\xd8\x06\x10\xe8\x07"; // 1795521600 s and 1000 ns
    [
        attribute("time", text(7, seconds)),
        attribute("subject", text(3, "o-1")),
        attribute("datacontenttype", text(3, "application/protobuf")),
        attribute("dataschema", text(5, "type.googleapis.com/orderweaver.CommitInventory")),
        attribute("causationid", text(3, "00000000000600000000000000000000")),
        attribute("step", text(3, "o-1!commit_inventory")),
        attribute("version", b"\x10\x03"),
        attribute("sampled", b"\x08\x01"),
        attribute("traceparent", text(3, message().traceparent.expect("a trace").as_bytes())),
    ]
    .concat()
}

fn check(content_type: &str, value: &[u8], expected: Result<Message, &str>) {
    let headers = vec![("content-type", content_type.as_bytes())];
    let record = Incoming { time: Timestamp(7), key: None, headers, value: Some(value) };
    match (read(&record).map_err(|it| it.to_string()), expected) {
        (Err(said), Err(sentence)) => assert!(said.contains(sentence), "{said:?}: {sentence:?}"),
        (read, expected) => assert_eq!(read, expected.map_err(String::from)),
    }
}

#[test]
fn an_event_in_protobuf_is_read_with_its_data_as_bytes_or_as_any() {
    const MODE: &str = "application/cloudevents+protobuf; charset=UTF-8";
    let any = [text(1, "type.googleapis.com/orderweaver.CommitInventory"), text(2, DATA)].concat();
    for data in [text(6, DATA), text(8, any)] {
        check(MODE, &[head(), attributes(), data].concat(), Ok(message()));
    }
    let with_text = [head(), attributes(), text(7, "{}")].concat();
    check(MODE, &with_text, Err("its data is text, not Protobuf"));
    check(MODE, &head(), Err("it has neither a subject nor a key"));
    check(MODE, b"garbage", Err("failed to decode"));
    check(MODE, b"", Err("CloudEvents \"\" is not 1.0"));
}

const JSON: &str = r#"{
    "specversion": "1.0",
    "id": "00000000000700000000000000000000",
    "source": "/orderweaver/orchestrator",
    "type": "CommitInventory",
    "time": "2026-11-24T13:00:00.000001+01:00",
    "subject": "o-1",
    "datacontenttype": "application/protobuf",
    "causationid": "00000000000600000000000000000000",
    "step": "o-1!commit_inventory",
    "version": 3,
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "sampled": true,
    "elsewhere": {"id": "of no meaning"},
    "data_base64": "CgNvLTE="
}"#;

#[test]
fn an_event_in_json_is_read_with_its_data_as_base64_text() {
    const MODE: &str = "Application/CloudEvents+JSON";
    check(MODE, JSON.as_bytes(), Ok(message()));
    let with = |from: &str, to: &str| JSON.replace(from, to).into_bytes();
    let data = r#""data_base64": "CgNvLTE=""#;
    let no_base64 = with(data, r#""data_base64": "?""#);
    check(MODE, &no_base64, Err("its data_base64: Invalid symbol"));
    let in_json = with(data, r#""data": {"order_id": "o-1"}"#);
    check(MODE, &in_json, Err("its data is no Protobuf in data_base64"));
    let of_json = with("application/protobuf", "application/json");
    check(MODE, &of_json, Err("its data is \"application/json\", not application/protobuf"));
    let of_no_time = with("2026-11-24T13:00:00.000001+01:00", "2026-13-24");
    check(MODE, &of_no_time, Err("its time \"2026-13-24\" is none of RFC 3339"));
    check(MODE, b"[]", Err("its value is no JSON object"));
    check(MODE, b"{", Err("EOF while parsing"));
}

#[test]
fn an_event_without_data_is_a_message_of_defaults() {
    use contracts::{Body, MessageType};
    let body = Body::empty(MessageType::CommitInventory);
    let json = JSON.replace(r#""data_base64": "CgNvLTE=""#, r#""data": null"#);
    let expected = Message { body, ..message() };
    check("application/cloudevents+json", json.as_bytes(), Ok(expected.clone()));
    let protobuf = [head(), attributes()].concat();
    check("application/cloudevents+protobuf", &protobuf, Ok(expected));
}

#[test]
fn other_formats_and_batches_are_refused() {
    for mode in ["application/cloudevents", "application/cloudevents+avro"] {
        check(mode, JSON.as_bytes(), Err("events are read as +protobuf or +json"));
    }
    let batch = format!("[{JSON}]").into_bytes();
    let refused = "events are read as +protobuf or +json, one in a record";
    check("application/cloudevents-batch+json", &batch, Err(refused));
}
