//! Times as they come in.

use contracts::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

/// A point in time: RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct Time(Timestamp);

impl Time {
    /// The time.
    pub const fn get(self) -> Timestamp {
        self.0
    }
}

impl TryFrom<Cow<'_, str>> for Time {
    type Error = String;

    fn try_from(text: Cow<'_, str>) -> Result<Self, String> {
        let time: Option<jiff::Timestamp> = text.parse().ok().filter(|_| is_rfc_3339(&text));
        let time = time.ok_or("is no time of RFC 3339 such as 2026-11-24T12:00:00Z")?;
        Ok(Self(Timestamp(time.as_microsecond())))
    }
}

/// Whether a time is written as RFC 3339 has it: ISO 8601, which is read, has many more spellings.
fn is_rfc_3339(text: &str) -> bool {
    let masked = |letter: char| if letter.is_ascii_digit() { '0' } else { letter };
    let shape: String = text.to_ascii_uppercase().chars().map(masked).collect();
    let Some(rest) = shape.strip_prefix("0000-00-00T00:00:00") else { return false };
    let offset = match rest.strip_prefix(".0") {
        Some(fraction) => fraction.trim_start_matches('0'),
        None => rest,
    };
    matches!(offset, "Z" | "+00:00" | "-00:00")
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        crate::openapi::schemas::time().into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::Time;
    use std::borrow::Cow;

    fn check(text: &'static str, expected: Option<i64>) {
        let read = Time::try_from(Cow::Borrowed(text)).ok();
        assert_eq!(read.map(|time| time.get().micros()), expected, "{text}");
    }

    #[test]
    fn times_are_read_with_any_offset() {
        check("1970-01-01T00:00:01Z", Some(1_000_000));
        check("1970-01-01T00:00:01.000001Z", Some(1_000_001));
        check("1970-01-01T01:00:00+01:00", Some(0));
        check("1969-12-31T23:59:59.5Z", Some(-500_000));
        check("1970-01-01t00:00:01z", Some(1_000_000));
        check("1970-01-01", None);
        check("1970-01-01T00:00:01", None);
        check("yesterday", None);
        check("", None);
    }

    #[test]
    fn other_spellings_of_iso_8601_are_refused() {
        check("19700101T000001Z", None);
        check("1970-01-01T000001Z", None);
        check("1970-01-01T00:00:01Z[Europe/Paris]", None);
        check("1970-01-01T00:00:01+00:00[UTC]", None);
        check("1970-01-01T00:00Z", None);
        check("1970-01-01 00:00:01Z", None);
        check("+001970-01-01T00:00:01Z", None);
        check("1970-01-01T01:00:00+01", None);
        check("1970-01-01T01:00:00+0100", None);
        check("1970-01-01T00:00:01,5Z", None);
        check("1970-01-01T00:00:01.Z", None);
    }
}
