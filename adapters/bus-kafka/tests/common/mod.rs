//! What several test files need.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod cluster;
mod raw;

use bus_kafka::wire::{Incoming, Outgoing};
use contracts::messages::{CommitInventory, SetStock};
use contracts::{Body, Message, MessageId, MessageType, ServiceName, Source, StepId, Timestamp};
use proptest::prelude::*;
use rdkafka::message::{Headers as _, Message as _, OwnedMessage};

/// A message that has everything.
pub fn message() -> Message {
    Message {
        id: MessageId(7 << 80),
        source: Source::Service(ServiceName::Orchestrator),
        subject: "o-1".into(),
        time: Timestamp(1_795_521_600_000_001),
        cause: Some(MessageId(6 << 80)),
        step: Some("o-1!commit_inventory".into()),
        version: 3,
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        body: CommitInventory { order_id: "o-1".into() }.into(),
    }
}

/// The record as a consumer has it.
pub fn incoming(record: &Outgoing) -> Incoming<'_> {
    let headers = record.headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    Incoming {
        time: Timestamp(7),
        key: Some(record.key.as_bytes()),
        headers: headers.collect(),
        value: Some(&record.value),
    }
}

fn source() -> impl Strategy<Value = Source> {
    let services = ServiceName::ALL.map(Source::Service);
    let others = [Source::Client, Source::Operator, Source::Provider];
    prop::sample::select([&services[..], &others[..]].concat())
}

fn body() -> impl Strategy<Value = Body> {
    let empty = prop::sample::select(MessageType::ALL).prop_map(Body::empty);
    let stock = (".*", ".*", any::<u64>(), any::<i32>());
    let stock = stock.prop_map(|(sku, location, on_hand, policy)| {
        Body::from(SetStock { sku, location, on_hand, policy })
    });
    prop_oneof![empty, stock]
}

/// Any message that can be sent: about something, in a year of four digits.
pub fn any_message() -> impl Strategy<Value = Message> {
    let ids = (any::<u128>(), prop::option::of(any::<u128>()));
    let trace = "00-[0-9a-f]{31}1-[0-9a-f]{15}1-0[01]";
    let id = "[A-Za-z0-9_:~-][A-Za-z0-9._:~-]{0,127}(![A-Za-z0-9._:~!-]{0,127})?";
    let texts = (id, prop::option::of(id), prop::option::of(trace));
    let time = 0..253_370_764_800_000_000_i64;
    (ids, source(), texts, time, any::<u64>(), body()).prop_map(
        |((id, cause), source, (subject, step, traceparent), time, version, body)| Message {
            id: MessageId(id),
            source,
            subject: subject.into(),
            time: Timestamp(time),
            cause: cause.map(MessageId),
            step: step.map(StepId::from),
            version,
            traceparent: traceparent.map(Into::into),
            body,
        },
    )
}

/// The numbers of messages in the order in which they came first.
pub fn order_of(records: &[OwnedMessage]) -> Vec<u128> {
    let mut order = vec![];
    for record in records {
        let headers = record.headers().expect("headers");
        let id = headers.iter().find(|header| header.key == "ce_id").expect("an id");
        let id = str::from_utf8(id.value.expect("an id")).expect("text");
        let MessageId(number) = id.parse().expect("an id");
        if !order.contains(&number) {
            order.push(number);
        }
    }
    order
}
