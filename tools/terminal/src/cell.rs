//! What stands in a cell of a table.

use crate::duration;
use crate::style::{Style, Times};
use crate::tone::Tone;
use jiff::Timestamp;
use serde_json::Value;

/// A column: its title, where its value stands in a document (a JSON pointer), how it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// Where its value stands.
    pub path: &'static str,
    /// How it is shown.
    pub shown: Shown,
    /// How wide it is at least, where what is wider comes later.
    pub width: usize,
}

impl Column {
    /// At least so wide.
    pub const fn wide(self, width: usize) -> Self {
        Self { width, ..self }
    }
}

/// A column as data.
pub const fn column(title: &'static str, path: &'static str, shown: Shown) -> Column {
    Column { title, path, shown, width: title.len() }
}

/// How a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// As it is.
    Text,
    /// As it is, at the right.
    Number,
    /// How something fares.
    State,
    /// Amount and currency, at the right.
    Money,
    /// How long ago, or when.
    Time,
    /// The hour of the day, to the millisecond.
    Clock,
    /// How many it holds.
    Count,
    /// JSON, as much as fits the line.
    Rest,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What stands there.
    pub text: String,
    /// How it fares.
    pub tone: Tone,
}

impl Shown {
    /// Whether it stands at the right.
    pub const fn is_right(self) -> bool {
        matches!(self, Self::Number | Self::Money | Self::Count)
    }

    /// The cell of a value.
    pub fn cell(self, value: &Value, style: &Style) -> Cell {
        let text = match self {
            Self::Text | Self::Number | Self::State => plain(value),
            Self::Money => money(value),
            Self::Time => time(value, style),
            Self::Clock => clock(value),
            Self::Count => value.as_array().map_or(0, Vec::len).to_string(),
            Self::Rest if value.is_null() => String::new(),
            Self::Rest => value.to_string(),
        };
        let tone = if self == Self::State { Tone::of(&text) } else { Tone::Plain };
        Cell { text: text.replace(char::is_control, " "), tone }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        value => value.to_string(),
    }
}

/// Sums that are too large for minor units have an amount too; so have bare decimal texts.
fn money(value: &Value) -> String {
    match (value["amount"].as_str(), value["currency"].as_str()) {
        (Some(amount), Some(currency)) => format!("{amount} {currency}"),
        _ => plain(value),
    }
}

fn time(value: &Value, style: &Style) -> String {
    let text = plain(value);
    match (style.times, text.parse::<Timestamp>()) {
        (Times::Relative, Ok(at)) => {
            let ago = style.now.duration_since(at);
            match duration::rough(ago.unsigned_abs()) {
                _ if ago.as_secs() == 0 => "now".into(),
                rough if ago.is_negative() => format!("in {rough}"),
                rough => format!("{rough} ago"),
            }
        }
        _ => text,
    }
}

/// `2026-01-02T03:04:05.678901Z` as `03:04:05.678`.
fn clock(value: &Value) -> String {
    let text = plain(value);
    let hours = text.split_once('T').map(|(_, hours)| hours.trim_end_matches('Z'));
    hours.map_or(text.clone(), |hours| hours.chars().take("03:04:05.678".len()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(shown: Shown, value: Value, times: Times, expected: &str) {
        let style = Style { times, ..Style::plain() };
        assert_eq!(shown.cell(&value, &style).text, expected);
    }

    #[test]
    fn values_are_shown_by_their_kind() {
        check(Shown::Text, json!("o-1"), Times::Iso, "o-1");
        check(Shown::Text, Value::Null, Times::Iso, "");
        check(Shown::Text, json!(true), Times::Iso, "yes");
        check(Shown::Text, json!("a\u{1b}[31m\nb"), Times::Iso, "a [31m b");
        check(Shown::Number, json!(12), Times::Iso, "12");
        check(Shown::Money, json!({"amount": "1.50", "currency": "EUR"}), Times::Iso, "1.50 EUR");
        check(Shown::Money, json!("17.00"), Times::Iso, "17.00");
        check(Shown::Count, json!([1, 2]), Times::Iso, "2");
        check(Shown::Rest, json!({"b": 1, "a": 2}), Times::Iso, r#"{"b":1,"a":2}"#);
        check(Shown::Clock, json!("2026-01-02T03:04:05.678901Z"), Times::Iso, "03:04:05.678");
    }

    #[test]
    fn times_are_told_as_the_user_wants_them() {
        let at = "2026-01-02T03:01:05.000000Z";
        check(Shown::Time, json!(at), Times::Iso, at);
        check(Shown::Time, json!(at), Times::Relative, "3m ago");
        check(Shown::Time, json!("2026-01-02T05:04:05Z"), Times::Relative, "in 2h");
        check(Shown::Time, json!("2026-01-02T03:04:05.4Z"), Times::Relative, "now");
        check(Shown::Time, json!("2026-01-02T03:04:04.6Z"), Times::Relative, "now");
        check(Shown::Time, json!("soon"), Times::Relative, "soon");
        check(Shown::Time, Value::Null, Times::Relative, "");
    }
}
