//! How documents show JSON: in the order of the answer; what fits on a line stands on one.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

const COLUMNS_MAX: usize = 96;

/// JSON that keeps the order of its fields.
enum Json {
    Object(Vec<(String, Json)>),
    Array(Vec<Json>),
    Other(Value),
}

/// The values that a text is made of, if it is JSON and nothing else.
pub fn values(text: &str) -> Option<Vec<Value>> {
    parsed(text)
}

/// As a document shows it; what is no JSON stays as it is, but ends with its line.
pub fn shown(printed: &str) -> String {
    let Some(values) = parsed::<Json>(printed) else { return format!("{}\n", printed.trim_end()) };
    values.iter().map(|value| broken(value, 0, 0) + "\n").collect()
}

fn parsed<T: for<'text> Deserialize<'text>>(text: &str) -> Option<Vec<T>> {
    let is_structured = text.trim_start().starts_with(['{', '[']);
    let values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    values.collect::<Result<_, _>>().ok().filter(|_| is_structured)
}

/// `used`: columns of the line that are taken already, besides the indent.
fn broken(value: &Json, indent: usize, used: usize) -> String {
    let line = one_line(value);
    if indent + used + line.chars().count() < COLUMNS_MAX {
        return line;
    }
    let inner = indent + 2;
    let (open, close, items) = match value {
        Json::Other(_) => return line,
        Json::Array(items) => {
            ('[', ']', items.iter().map(|item| broken(item, inner, 1)).collect::<Vec<_>>())
        }
        Json::Object(fields) => {
            let field = |(name, value): &(String, Json)| {
                let name = format!("\"{name}\": ");
                let value = broken(value, inner, name.chars().count() + 1);
                name + &value
            };
            ('{', '}', fields.iter().map(field).collect())
        }
    };
    let (pad, end) = (" ".repeat(inner), " ".repeat(indent));
    format!("{open}\n{pad}{}\n{end}{close}", items.join(&format!(",\n{pad}")))
}

fn one_line(value: &Json) -> String {
    let items = |items: Vec<String>| items.join(", ");
    match value {
        Json::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, value)| format!("\"{name}\": {}", one_line(value)));
            format!("{{{}}}", items(fields.collect()))
        }
        Json::Array(values) => format!("[{}]", items(values.iter().map(one_line).collect())),
        Json::Other(value) => value.to_string(),
    }
}

impl<'text> Deserialize<'text> for Json {
    fn deserialize<D: Deserializer<'text>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InOrder)
    }
}

struct InOrder;

impl<'text> Visitor<'text> for InOrder {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'text>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = vec![];
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'text>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = vec![];
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Other(text.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Other(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Other(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Other(number.into()))
    }

    fn visit_bool<E: Error>(self, is_so: bool) -> Result<Json, E> {
        Ok(Json::Other(is_so.into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Other(Value::Null))
    }
}

#[test]
fn what_does_not_fit_on_a_line_is_broken_at_its_fields() {
    let long = "a".repeat(90);
    let printed = format!("{{\"b\":[1,{{\"c\":null}}],\"a\":\"{long}\"}}[]");
    let expected = format!("{{\n  \"b\": [1, {{\"c\": null}}],\n  \"a\": \"{long}\"\n}}\n[]\n");
    assert_eq!(shown(&printed), expected);
    assert_eq!(shown("no JSON"), "no JSON\n");
}
