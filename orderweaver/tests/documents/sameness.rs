//! Whether commands print what a document says, but for what differs from run to run.

use crate::json;
use regex::Regex;
use std::sync::LazyLock;

/// What differs from run to run, and what it is compared as.
static VOLATILE: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
        (r"\b[0-9a-f]{32,}\b", "TOKEN"),
        (r"\b\d+-\d+\b", "PLACE"),
        (r"\b\d+(\.\d+)? ?(ms|µs|s)\b", "DURATION"),
    ]
    .map(|(pattern, name)| (Regex::new(pattern).expect("a pattern"), name))
    .into()
});

/// How what was printed compares with what a document says.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It says so.
    Same,
    /// It says something else: both, for people.
    Other(String),
}

/// Compares; JSON by its values, text by its lines.
pub fn outcome(expected: &str, printed: &str) -> Outcome {
    let (left, right) = (without_volatile(expected), without_volatile(printed));
    let is_same = match (json::values(&left), json::values(&right)) {
        (Some(left), Some(right)) => left == right,
        _ => lines(&left) == lines(&right),
    };
    match is_same {
        true => Outcome::Same,
        false => Outcome::Other(format!("expected:\n{left}\nprinted:\n{}", json::shown(&right))),
    }
}

fn without_volatile(text: &str) -> String {
    VOLATILE.iter().fold(text.to_string(), |text, (pattern, name)| {
        pattern.replace_all(&text, *name).into_owned()
    })
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

#[test]
fn times_and_ids_may_differ_and_nothing_else() {
    let now = r#"{"at":"2026-11-25T19:25:46.213065Z","id":"019e0000-0000-7000-8000-000000000000"}"#;
    let then = r#"{ "id": "019effff-ffff-7fff-bfff-ffffffffffff", "at": "2020-01-01T00:00:00Z" }"#;
    assert_eq!(outcome(now, then), Outcome::Same);
    assert_eq!(outcome("done in 2.5 ms  \n", "done in 31 ms"), Outcome::Same);
    assert!(matches!(outcome(now, "{}"), Outcome::Other(_)));
    assert!(matches!(outcome("good", "bad"), Outcome::Other(_)));
    assert!(matches!(outcome(r#"{"a":1}"#, r#"{"a":"1"}"#), Outcome::Other(_)));
}
