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
        let time: jiff::Timestamp = text
            .parse()
            .map_err(|_| "is no time of RFC 3339 such as 2026-11-24T12:00:00Z".to_string())?;
        Ok(Self(Timestamp(time.as_microsecond())))
    }
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
        check("1970-01-01", None);
        check("1970-01-01T00:00:01", None);
        check("yesterday", None);
        check("", None);
    }
}
