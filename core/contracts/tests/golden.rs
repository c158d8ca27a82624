//! The bytes of every message as they were first written. What is stored or under way must be read
//! for ever, so a line of the golden file never changes.

mod examples;

use contracts::MessageType;
use contracts::messages::{CaptureMode, OperationKind, ProviderOutcome, StockPolicy};
use examples::Example;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.txt");
const PROTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/orderweaver");
const REMEDY: &str = "
A line of the golden file never changes. For a new message, or a new field of an old one, append
a line to it by
    GOLDEN=append cargo test -p contracts --test golden
and commit it. If an old message changed, so did the meaning of bytes that are stored and under way:
take the change back.
";

/// Every line of the golden file: a name, and the bytes of one example in hexadecimal digits.
fn golden() -> Vec<(String, Vec<u8>)> {
    let text = fs::read_to_string(FILE).expect(FILE);
    let lines = text.lines().map(|line| {
        let (name, hex) = line.split_once(' ').expect("name and bytes");
        (name.to_string(), from_hex(hex))
    });
    lines.collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.is_ascii() && text.len().is_multiple_of(2), "{text}");
    let byte = |index| u8::from_str_radix(&text[index..index + 2], 16).expect("two digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes all");
        text
    })
}

/// A message with a new field has several lines, of which the last is as it is written now.
fn newest() -> BTreeMap<String, Vec<u8>> {
    golden().into_iter().collect()
}

#[test]
fn every_message_is_written_as_the_golden_file_has_it() {
    let newest = newest();
    let changed: Vec<String> = examples::all()
        .iter()
        .filter(|example| newest.get(example.name) != Some(&example.bytes))
        .map(|example| format!("{} {}\n", example.name, to_hex(&example.bytes)))
        .collect();
    if env::var("GOLDEN").is_ok_and(|it| it == "append") {
        let mut file = fs::OpenOptions::new().append(true).open(FILE).expect(FILE);
        return file.write_all(changed.concat().as_bytes()).expect(FILE);
    }
    assert!(changed.is_empty(), "{REMEDY}\nNot in the file:\n{}", changed.concat());
}

#[test]
fn every_golden_line_is_read_as_its_example_and_loses_no_field() {
    let examples: BTreeMap<&str, Example> =
        examples::all().into_iter().map(|example| (example.name, example)).collect();
    let newest = newest();
    for (name, bytes) in golden() {
        let example = examples.get(name.as_str()).unwrap_or_else(|| panic!("who is {name}?"));
        let read = example.read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(to_hex(&read.bytes), to_hex(&bytes), "{name}{REMEDY}");
        if newest[&name] == bytes {
            assert_eq!(read.fields, example.fields, "{name}{REMEDY}");
        }
        assert!(is_part(&read.fields, &example.fields), "{name}: {}{REMEDY}", read.fields);
    }
}

/// Each field is as in the newer example, or was not yet there.
fn is_part(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.iter().all(|(field, old)| is_part(old, &new[field]))
        }
        (Value::Array(old), Value::Array(new)) if !old.is_empty() => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_part(old, new))
        }
        _ => old == new || is_default(old),
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(_) => false,
    }
}

#[test]
fn every_message_has_a_golden_line_and_no_line_is_of_an_unknown_message() {
    let named: BTreeSet<String> = golden().into_iter().map(|(name, _)| name).collect();
    assert_eq!(named, declared(), "{REMEDY}");
    for message in MessageType::ALL {
        assert!(named.contains(message.name()), "{message:?}{REMEDY}");
    }
}

/// The name of every message in the proto files.
fn declared() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in proto_files(Path::new(PROTO)) {
        let text = fs::read_to_string(&file).expect("a proto file");
        let heads = text.lines().filter_map(|line| line.trim().strip_prefix("message "));
        names.extend(heads.map(|head| head.trim_end_matches('{').trim().to_string()));
    }
    names
}

fn proto_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of proto files");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { proto_files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_field_of_every_example_has_a_value_of_its_own() {
    for example in examples::all() {
        let mut values = vec![];
        leaves(&example.fields, &mut values);
        let distinct: BTreeSet<String> = values.iter().map(|value| value.to_string()).collect();
        assert_eq!(distinct.len(), values.len(), "{}: {}", example.name, example.fields);
        let is_filled = values.iter().all(|value| !is_default(value));
        assert!(is_filled, "{}: {}", example.name, example.fields);
    }
}

fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, found)),
        Value::Array(values) if !values.is_empty() => {
            values.iter().for_each(|value| leaves(value, found));
        }
        _ => found.push(value),
    }
}

#[test]
fn the_numbers_of_the_enums_never_change() {
    check_enum(
        |number| CaptureMode::try_from(number).ok().map(|it| it.as_str_name()),
        "CAPTURE_MODE_",
        "UNSPECIFIED AUTOMATIC MANUAL",
    );
    check_enum(
        |number| OperationKind::try_from(number).ok().map(|it| it.as_str_name()),
        "OPERATION_KIND_",
        "UNSPECIFIED AUTHORIZE CAPTURE VOID REFUND",
    );
    check_enum(
        |number| ProviderOutcome::try_from(number).ok().map(|it| it.as_str_name()),
        "PROVIDER_OUTCOME_",
        "UNSPECIFIED SUCCEEDED FAILED ACTION_REQUIRED NEVER_SEEN",
    );
    check_enum(
        |number| StockPolicy::try_from(number).ok().map(|it| it.as_str_name()),
        "STOCK_POLICY_",
        "UNSPECIFIED DENY UNTRACKED",
    );
}

/// The names in the order of their numbers, from 0.
fn check_enum(name: impl Fn(i32) -> Option<&'static str>, prefix: &str, expected: &str) {
    let names: Vec<&str> =
        (0..100).map_while(name).map(|it| it.strip_prefix(prefix).unwrap_or(it)).collect();
    assert_eq!(names.join(" "), expected);
}
