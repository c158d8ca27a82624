//! Ids, names and times as values.

use contracts::{MessageId, ServiceName, Source, StepId, Subject, Timestamp};
use proptest::prelude::*;
use std::time::Duration;

const NOON: Timestamp = Timestamp(1_795_521_600_123_456);

#[test]
fn an_id_is_derived_the_same_way_for_ever() {
    let root = MessageId::root(NOON, &[b"POST /orders", b"o-1"]);
    assert_eq!(root.to_string(), "01a20d6d5a7b86b0b24c39a3b2c679ea");
    let derived = MessageId::derived(root, ServiceName::Orders, 0);
    assert_eq!(derived.to_string(), "01a20d6d5a7bb2b9661b55b12f95d1a2");
}

#[test]
fn parts_that_are_cut_elsewhere_give_another_id() {
    let id = |parts: &[&[u8]]| MessageId::root(NOON, parts);
    let ids = [id(&[b"ab", b"c"]), id(&[b"a", b"bc"]), id(&[b"abc"]), id(&[b"abc", b""]), id(&[])];
    for (index, one) in ids.iter().enumerate() {
        assert!(!ids[index + 1..].contains(one), "{index}: {ids:?}");
    }
}

#[test]
fn ids_sort_by_the_time_of_their_root() {
    let id = |millis: i64| MessageId::root(Timestamp(millis * 1_000), &[b"x"]);
    for (earlier, later) in [(0, 1), (255, 256), (1_795_521_600_000, 1_795_521_600_001)] {
        assert!(id(earlier) < id(later));
        assert!(id(earlier).to_bytes() < id(later).to_bytes());
    }
}

fn service() -> impl Strategy<Value = ServiceName> {
    prop::sample::select(&ServiceName::ALL[..])
}

proptest! {
    #[test]
    fn deciding_twice_gives_the_same_id(
        cause in any::<u128>(),
        by in service(),
        index in 0..99_usize,
    ) {
        let id = || MessageId::derived(MessageId(cause), by, index);
        prop_assert_eq!(id(), id());
    }

    #[test]
    fn an_id_differs_by_cause_service_and_index(
        (one, other) in (any::<u128>(), any::<u128>()),
        (by, another) in (service(), service()),
        (index, next) in (any::<usize>(), any::<usize>()),
    ) {
        let id = |cause, by, index| MessageId::derived(MessageId(cause), by, index);
        let first = id(one, by, index);
        prop_assert_eq!(first == id(other, by, index), one == other);
        prop_assert_eq!(first == id(one, another, index), by == another);
        prop_assert_eq!(first == id(one, by, next), index == next);
        prop_assert_ne!(first, MessageId(one));
    }

    #[test]
    fn an_id_begins_with_the_milliseconds_of_its_root_over_all_generations(
        micros in 0..i64::from(u32::MAX) * 1_000_000,
        generations in prop::collection::vec((service(), 0..9_usize), 0..5),
    ) {
        let root = MessageId::root(Timestamp(micros), &[b"x"]);
        let last = generations
            .into_iter()
            .fold(root, |cause, (by, index)| MessageId::derived(cause, by, index));
        prop_assert_eq!(last.0 >> 80, u128::from(micros.unsigned_abs() / 1_000));
    }

    #[test]
    fn the_bytes_and_the_text_of_an_id_are_read_as_they_were_written(id in any::<u128>()) {
        let id = MessageId(id);
        prop_assert_eq!(MessageId::from_bytes(id.to_bytes()), id);
        prop_assert_eq!(id.to_string().len(), 32);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(format!("{id:?}"), id.to_string());
    }
}

#[test]
fn a_text_that_is_no_id_is_refused_with_a_sentence() {
    let digits = "0123456789abcdef";
    for text in [
        "",
        digits,
        &format!("{digits}{digits}0"),
        &format!("{digits}{}", "0123456789abcdeg"),
        &format!("+{}", &format!("{digits}{digits}")[1..]),
        &format!(" {}", &format!("{digits}{digits}")[1..]),
        &format!("{digits}{}", "0123456789abcdé"),
    ] {
        let sentence = format!("{text:?} is no message id: 32 hexadecimal digits are");
        assert_eq!(text.parse::<MessageId>(), Err(sentence));
    }
}

#[test]
fn every_source_is_found_by_its_name_and_only_by_it() {
    let services = ServiceName::ALL.map(Source::Service);
    for source in services.into_iter().chain([Source::Client, Source::Operator, Source::Provider]) {
        assert_eq!(source.as_str().parse(), Ok(source));
    }
    for unknown in ["", "Orders", "orders ", "warehouse"] {
        assert_eq!(unknown.parse::<Source>(), Err(format!("unknown source {unknown:?}")));
    }
}

#[test]
fn names_and_text_ids_are_stored_as_plain_texts() {
    let json = |value: &dyn Fn() -> serde_json::Result<String>| value().expect("JSON");
    for service in ServiceName::ALL {
        let text = json(&|| serde_json::to_string(&service));
        assert_eq!(text, format!("\"{service}\""));
        assert_eq!(serde_json::from_str::<ServiceName>(&text).expect("a name"), service);
    }
    let (step, subject) = (StepId::from("o-1!\"x\""), Subject::from("o-1"));
    assert_eq!(json(&|| serde_json::to_string(&step)), r#""o-1!\"x\"""#);
    assert_eq!(serde_json::from_str::<StepId>(r#""o-1!\"x\"""#).expect("a step"), step);
    assert_eq!(json(&|| serde_json::to_string(&subject)), r#""o-1""#);
    assert_eq!(serde_json::from_str::<Subject>(r#""o-1""#).expect("a subject"), subject);
    assert_eq!(json(&|| serde_json::to_string(&NOON)), "1795521600123456");
}

#[test]
fn time_is_added_and_measured_without_overflow() {
    let second = Duration::from_secs(1);
    assert_eq!((NOON + second).micros(), 1_795_521_601_123_456);
    assert_eq!((NOON + second).since(NOON), second);
    assert_eq!(NOON.since(NOON + second), Duration::ZERO);
    assert_eq!(Timestamp(i64::MAX) + second, Timestamp(i64::MAX));
    assert_eq!(NOON + Duration::MAX, Timestamp(i64::MAX));
    let longest = Duration::from_micros(i64::MAX.unsigned_abs());
    assert_eq!(Timestamp(i64::MAX).since(Timestamp(i64::MIN)), longest);
    assert_eq!(NOON.millis(), 1_795_521_600_123);
    assert_eq!(Timestamp(-1_500).millis(), 0);
}

#[test]
fn the_numbers_of_services_are_stored_so_they_never_change() {
    assert_eq!(ServiceName::ALL.map(ServiceName::number), [1, 2, 3, 4]);
    for service in ServiceName::ALL {
        assert_eq!(ServiceName::from_number(service.number()), Some(service));
    }
    for stranger in [i64::MIN, -1, 0, 5, 1 << 16, i64::MAX] {
        assert_eq!(ServiceName::from_number(stranger), None, "{stranger}");
    }
}
