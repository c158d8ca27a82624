//! What a message is on the wire, and what is read from it.

mod common;

use bus_kafka::wire::{Incoming, Outgoing, read, write};
use common::{any_message, incoming, message};
use contracts::messages::{OrderCreated, PaymentCaptured};
use contracts::{Body, Message, MessageId, Source, Timestamp};
use proptest::prelude::*;
use prost::Message as _;

/// Each line a header, then the key and the value in hexadecimal digits.
fn told(record: &Outgoing) -> String {
    let headers = record.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let value: String = record.value.iter().map(|byte| format!("{byte:02x}")).collect();
    headers.collect::<String>() + &format!("key: {}\nvalue: {value}\n", record.key)
}

#[test]
fn a_message_is_a_cloud_event_in_binary_mode() {
    let expected = "\
        ce_specversion: 1.0\n\
        ce_id: 00000000000700000000000000000000\n\
        ce_source: /orderweaver/orchestrator\n\
        ce_type: CommitInventory\n\
        ce_time: 2026-11-24T12:00:00.000001Z\n\
        ce_subject: o-1\n\
        ce_correlationid: o-1\n\
        ce_causationid: 00000000000600000000000000000000\n\
        ce_step: o-1!commit_inventory\n\
        ce_version: 3\n\
        content-type: application/protobuf\n\
        traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n\
        key: o-1\n\
        value: 0a036f2d31\n";
    assert_eq!(told(&write(&message())), expected);
}

#[test]
fn every_header_stands_in_the_document_and_none_besides() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/WIRE.md");
    let document = std::fs::read_to_string(path).expect("the document");
    let table = document.split("| header |").nth(1).expect("the table of headers");
    let rows = table.lines().take_while(|line| !line.is_empty());
    let told: Vec<_> = rows.filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
    let written = write(&message());
    assert_eq!(told, written.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn what_a_message_lacks_has_no_header() {
    let bare = Message { cause: None, step: None, version: 0, traceparent: None, ..message() };
    let names: Vec<&str> = write(&bare).headers.iter().map(|(name, _)| *name).collect();
    let expected = "ce_specversion ce_id ce_source ce_type ce_time ce_subject ce_correlationid \
                    content-type";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn a_saga_has_one_correlation_id_in_all_its_messages() {
    let saga = |step: &str| {
        let record = write(&Message { step: Some(step.into()), ..message() });
        let named = |(name, _): &&(&str, String)| *name == "ce_correlationid";
        record.headers.iter().find(named).expect("a header").1.clone()
    };
    assert_eq!(saga("o-1!cancel_order!1!void_payment"), "o-1!cancel_order!1");
    assert_eq!(saga("o-1!cancel_order!1!release_inventory"), "o-1!cancel_order!1");
}

proptest! {
    #[test]
    fn every_message_is_read_as_it_was_written(message in any_message()) {
        let record = write(&message);
        prop_assert_eq!(read(&incoming(&record)), Ok(message));
    }

    #[test]
    fn its_size_is_no_less_than_what_it_holds(message in any_message()) {
        let record = write(&message);
        let headers: usize = record.headers.iter().map(|(name, it)| name.len() + it.len()).sum();
        prop_assert!(record.bytes() > record.key.len() + record.value.len() + headers);
    }

    #[test]
    fn a_record_that_was_spoilt_is_refused_or_read_but_never_worse(
        message in any_message(),
        which in any::<prop::sample::Index>(),
        spoilt in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let record = write(&message);
        let mut record = incoming(&record);
        let index = which.index(record.headers.len() + 1);
        match record.headers.get_mut(index) {
            Some(header) => header.1 = &spoilt,
            None => record.value = Some(&spoilt),
        }
        let _ = read(&record);
    }

    #[test]
    fn chance_records_are_refused_or_read_but_never_worse(
        value in prop::collection::vec(any::<u8>(), 0..200),
        mode in prop::sample::select(vec!["", "application/cloudevents+json",
            "application/cloudevents+protobuf", "application/cloudevents-batch+json"]),
    ) {
        let headers = vec![("content-type", mode.as_bytes())];
        let record = Incoming { time: Timestamp(0), key: None, headers, value: Some(&value) };
        let _ = read(&record);
    }
}

/// With each of these headers set to that value; `-`: without it.
fn check(changes: &[(&'static str, &str)], expected: Result<Message, &str>) {
    let mut record = write(&message());
    for (name, value) in changes {
        record.headers.retain(|(it, _)| it != name);
        if *value != "-" {
            record.headers.push((name, (*value).into()));
        }
    }
    match (read(&incoming(&record)), expected) {
        (Err(error), Err(sentence)) => {
            let said = error.to_string();
            assert!(said.contains(sentence), "{said:?} is no {sentence:?}");
        }
        (read, expected) => {
            assert_eq!(read.map_err(|it| it.to_string()), expected.map_err(String::from));
        }
    }
}

#[test]
fn what_may_be_missing_is_left_out() {
    check(&[("ce_causationid", "-")], Ok(Message { cause: None, ..message() }));
    check(&[("ce_step", "-")], Ok(Message { step: None, ..message() }));
    check(&[("ce_version", "-")], Ok(Message { version: 0, ..message() }));
    check(&[("traceparent", "-")], Ok(Message { traceparent: None, ..message() }));
    check(&[("traceparent", "00-0-0-0")], Ok(Message { traceparent: None, ..message() }));
    check(&[("ce_correlationid", "-"), ("content-type", "-")], Ok(message()));
    check(&[("ce_subject", "-")], Ok(message())); // the key says it
    check(&[("ce_time", "-")], Ok(Message { time: Timestamp(7), ..message() }));
}

#[test]
fn what_is_no_event_of_ours_is_refused_with_a_sentence() {
    check(&[("ce_specversion", "0.3")], Err("CloudEvents \"0.3\" is not 1.0"));
    check(&[("ce_specversion", "-")], Err("CloudEvents \"\" is not 1.0"));
    check(&[("ce_id", "-")], Err("it has no id"));
    check(&[("ce_id", "17")], Err("\"17\" is no message id"));
    check(&[("ce_source", "-")], Err("it has no source"));
    check(&[("ce_source", "/orderweaver/warehouse")], Err("unknown source \"warehouse\""));
    check(&[("ce_type", "-")], Err("it has no type"));
    check(&[("ce_type", "OrderTeleported")], Err("no message is named \"OrderTeleported\""));
    check(&[("ce_time", "yesterday")], Err("its time \"yesterday\" is none of RFC 3339"));
    check(&[("ce_version", "-1")], Err("its version \"-1\" is no number"));
    check(&[("ce_subject", "o 1")], Err("its subject holds ' '"));
    check(&[("ce_subject", &"x".repeat(129))], Err("its subject has 129 characters"));
    check(&[("ce_step", "o-1!\u{7}")], Err("its step holds '\\u{7}'"));
    check(&[("content-type", "application/json")], Err("its data is \"application/json\""));
    check(
        &[("content-type", "application/cloudevents-batch+json")],
        Err("application/cloudevents-batch+json: events are read as +protobuf or +json"),
    );
}

#[test]
fn data_is_protobuf_under_each_of_its_names() {
    for name in ["application/x-protobuf", "Application/Protobuf; proto=x", ""] {
        check(&[("content-type", name)], Ok(message()));
    }
}

#[test]
fn a_header_that_comes_twice_counts_the_last_time() {
    let mut record = write(&message());
    record.headers.insert(0, ("ce_version", "99".into()));
    record.headers.push(("traceparent", "none".into()));
    let expected = Message { traceparent: None, ..message() };
    assert_eq!(read(&incoming(&record)), Ok(expected));
}

#[test]
fn a_record_without_a_subject_a_key_or_a_value_is_no_message() {
    let mut record = write(&message());
    record.headers.retain(|(name, _)| *name != "ce_subject");
    let refused = |record: &Incoming<'_>| read(record).expect_err("no message").to_string();
    let no_key = Incoming { key: None, ..incoming(&record) };
    assert!(refused(&no_key).contains("it has neither a subject nor a key"));
    let no_value = Incoming { value: None, ..incoming(&record) };
    assert!(refused(&no_value).contains("it is a tombstone"));
}

#[test]
fn a_strangers_event_comes_from_outside_and_has_an_id_of_its_source() {
    let body = Body::from(PaymentCaptured { order_id: "o-1".into(), ..Default::default() });
    let of = |source: &str, id: &str, cause: &str| {
        let mut record = write(&Message { body: body.clone(), ..message() });
        record.headers.retain(|(name, _)| !["ce_source", "ce_id", "ce_causationid"].contains(name));
        let (source, id, cause) = (source.to_string(), id.to_string(), cause.to_string());
        record.headers.extend([("ce_source", source), ("ce_id", id), ("ce_causationid", cause)]);
        read(&incoming(&record)).expect("a message")
    };
    let theirs = of("https://shop.example/till", "A-17", "A-16");
    assert_eq!(theirs.source, Source::Client);
    assert_eq!(theirs.id, of("https://shop.example/till", "A-17", "").id);
    assert_ne!(theirs.id, of("https://shop.example/desk", "A-17", "").id);
    assert_eq!(theirs.cause, Some(of("https://shop.example/till", "A-16", "").id));
    let ours = MessageId(6 << 80);
    assert_eq!(of("https://shop.example/till", "A-18", &ours.to_string()).cause, Some(ours));
    let claimed = of("https://shop.example/till", &ours.to_string(), "");
    assert_ne!(claimed.id, ours, "a stranger can't take an id of ours");
}

#[test]
fn the_predecessors_envelope_is_read() {
    let payload = OrderCreated { order_id: "o-1".into(), ..Default::default() }.encode_to_vec();
    let envelope = contracts::messages::EventEnvelope {
        id: "4f9c".into(),
        r#type: "OrderCreated".into(),
        source: "orders".into(),
        payload,
        ..Default::default()
    };
    let value = envelope.encode_to_vec();
    let record =
        Incoming { time: Timestamp(7), key: None, headers: vec![], value: Some(&value[..]) };
    assert_eq!(read(&record), Message::from_predecessor(&value, Timestamp(7)));
    assert_eq!(read(&record).expect("a message").subject.as_str(), "o-1");
    let garbage = Incoming { value: Some(b"garbage"), ..record };
    let said = read(&garbage).expect_err("no message").to_string();
    assert!(said.contains("no headers of a CloudEvent, and as the predecessor's:"), "{said}");
}
