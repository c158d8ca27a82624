//! The envelope: what is written is read, and what can't be read is refused with a sentence.

mod examples;

use contracts::messages::{CommitInventory, Envelope, SagaFinished, SetStock};
use contracts::{
    Attributes, Body, Channel, Message, MessageId, MessageType, ServiceName, Source, StepId,
    Timestamp,
};
use proptest::prelude::*;
use prost::Message as _;

fn message() -> Message {
    Message {
        id: MessageId(7 << 80),
        source: Source::Service(ServiceName::Orchestrator),
        subject: "o-1".into(),
        time: Timestamp(1_795_521_600_000_000),
        cause: Some(MessageId(6 << 80)),
        step: Some("o-1!commit_inventory".into()),
        version: 3,
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        body: CommitInventory { order_id: "o-1".into() }.into(),
    }
}

fn envelope() -> Envelope {
    Envelope::decode(&message().encode()[..]).expect("an envelope")
}

fn source() -> impl Strategy<Value = Source> {
    let services = ServiceName::ALL.map(Source::Service);
    let others = [Source::Client, Source::Operator, Source::Provider];
    prop::sample::select([&services[..], &others[..]].concat())
}

fn body() -> impl Strategy<Value = Body> {
    let empty = MessageType::ALL.iter().map(|it| Body::empty(*it));
    let stock = (".*", ".*", any::<u64>(), any::<i32>());
    let stock = stock.prop_map(|(sku, location, on_hand, policy)| {
        Body::from(SetStock { sku, location, on_hand, policy })
    });
    let all: Vec<Body> = examples::bodies().into_iter().chain(empty).collect();
    prop_oneof![3 => prop::sample::select(all), 1 => stock]
}

fn any_message() -> impl Strategy<Value = Message> {
    let ids = (any::<u128>(), prop::option::of(any::<u128>()));
    let texts = (".*", prop::option::of(".+"), prop::option::of(".+"));
    (ids, source(), texts, any::<i64>(), any::<u64>(), body()).prop_map(
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

#[test]
fn a_message_without_a_callers_trace_shares_one_with_its_subject() {
    let trace_of = |subject: &str, traceparent: Option<&str>| {
        let traceparent = traceparent.map(Into::into);
        Message { subject: subject.into(), traceparent, ..message() }.trace_id()
    };
    let callers = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(trace_of("o-1", Some(callers)), "0af7651916cd43dd8448eb211c80319c");
    let own = trace_of("o-1", None);
    assert!(own.len() == 32 && own.bytes().all(|it| it.is_ascii_hexdigit()), "{own}");
    assert_eq!(trace_of("o-1", None), own);
    assert_ne!(trace_of("o-2", None), own);
}

#[test]
fn a_message_belongs_to_the_saga_of_its_step() {
    let saga_of = |step: Option<&str>, body: Body| {
        Message { step: step.map(StepId::from), body, ..message() }.saga_id().to_string()
    };
    let empty = |message_type| Body::empty(message_type);
    let finished = SagaFinished { saga_id: "o-1!cancel_order!1".into(), ..Default::default() };
    assert_eq!(saga_of(None, finished.into()), "o-1!cancel_order!1");
    let step = Some("o-1!cancel_order!1!void_payment");
    assert_eq!(saga_of(step, empty(MessageType::PaymentVoid)), "o-1!cancel_order!1");
    assert_eq!(saga_of(Some("o-1!void_payment"), empty(MessageType::PaymentVoid)), "o-1");
    assert_eq!(saga_of(None, empty(MessageType::OrderCreated)), "o-1");
}

proptest! {
    #[test]
    fn every_message_is_read_as_it_was_written(message in any_message()) {
        prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn its_attributes_are_read_without_what_it_says(message in any_message()) {
        prop_assert_eq!(Attributes::decode(&message.encode()), Ok(Attributes::from(&message)));
    }

    #[test]
    fn the_same_message_is_always_the_same_bytes(message in any_message()) {
        let again = Message::decode(&message.encode()).expect("a message");
        prop_assert_eq!(again.encode(), message.encode());
    }

    #[test]
    fn bytes_that_were_spoilt_are_refused_or_read_but_never_worse(
        message in any_message(),
        cut in any::<prop::sample::Index>(),
        spoilt in any::<u8>(),
    ) {
        let mut bytes = message.encode();
        let index = cut.index(bytes.len());
        let _ = Message::decode(&bytes[..index]);
        bytes[index] = spoilt;
        if let Ok(read) = Message::decode(&bytes) {
            prop_assert_eq!(Message::decode(&read.encode()), Ok(read));
        }
    }

    #[test]
    fn chance_bytes_are_refused_or_read_but_never_worse(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        message_type in prop::sample::select(MessageType::ALL),
    ) {
        if let Ok(body) = Body::decode(message_type, &bytes) {
            prop_assert_eq!(Body::decode(message_type, &body.encode()), Ok(body));
        }
        let _ = Message::from_predecessor(&bytes, Timestamp(0));
        let _ = Message::decode(&bytes);
    }
}

#[test]
fn fields_of_a_later_version_are_skipped() {
    let later = b"\xfa\x06\x05later"; // field 111
    let data = [&message().body.encode()[..], later].concat();
    let bytes = [&Envelope { data, ..envelope() }.encode_to_vec()[..], later].concat();
    assert_eq!(Message::decode(&bytes), Ok(message()));
    for body in examples::bodies() {
        let bytes = [&body.encode()[..], later].concat();
        assert_eq!(Body::decode(body.message_type(), &bytes), Ok(body));
    }
}

#[test]
fn what_is_no_message_is_refused_with_a_sentence() {
    let with = |change: fn(&mut Envelope)| {
        let mut envelope = envelope();
        change(&mut envelope);
        envelope.encode_to_vec()
    };
    check(
        &with(|it| it.r#type = "OrderTeleported".into()),
        "no message is named \"OrderTeleported\"",
    );
    check(&with(|it| it.r#type.clear()), "no message is named \"\"");
    check(&with(|it| it.id.truncate(15)), "its id has not 16 bytes");
    check(&with(|it| it.id.clear()), "its id has not 16 bytes");
    check(&with(|it| it.source = "warehouse".into()), "unknown source \"warehouse\"");
    check(&with(|it| it.data = b"\x08\x01".into()), "CommitInventory.order_id: invalid wire type");
    check(&with(|it| it.data = b"\x0a\x09o-1".into()), "failed to decode");
    check(b"no Protobuf at all", "failed to decode");
    check(b"", "no message is named \"\"");
}

fn check(bytes: &[u8], sentence: &str) {
    let error = Message::decode(bytes).expect_err(sentence).to_string();
    let prefix = "unreadable message: ";
    assert!(error.starts_with(prefix) && error.contains(sentence), "{error:?} is no {sentence:?}");
}

#[test]
fn a_message_type_is_found_by_its_name_and_only_by_it() {
    for message_type in MessageType::ALL {
        assert_eq!(MessageType::from_name(message_type.name()), Some(*message_type));
        assert_eq!(Body::empty(*message_type).message_type(), *message_type);
    }
    for unknown in ["", "orderCreated", "OrderCreated ", "Money", "Envelope"] {
        assert_eq!(MessageType::from_name(unknown), None, "{unknown:?}");
    }
}

#[test]
fn commands_and_events_have_a_topic_of_their_owner_and_the_rest_stays_in_the_store() {
    for message_type in MessageType::ALL {
        let owner = match message_type.owner() {
            ServiceName::Orchestrator => "sagas",
            service => service.as_str(),
        };
        let expected = match message_type.channel() {
            Channel::Command => Some(format!("{owner}.commands")),
            Channel::Event => Some(format!("{owner}.events")),
            Channel::Timer | Channel::Effect => None,
        };
        assert_eq!(message_type.topic().map(String::from), expected, "{message_type:?}");
    }
    assert_eq!(MessageType::OrderCreated.topic(), Some("orders.events"));
    assert_eq!(MessageType::PaymentAuthorize.topic(), Some("payments.commands"));
    assert_eq!(MessageType::SagaFinished.topic(), Some("sagas.events"));
    assert_eq!(MessageType::StepOverdue.topic(), None);
    assert_eq!(MessageType::ProviderRequest.topic(), None);
}
