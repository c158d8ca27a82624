//! Whole numbers within bounds.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// A whole number from `MIN` to `MAX`. JSON knows one kind of number, so `2.0` is one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The number where none can be negative; 0 if it is.
    pub const fn count(self) -> u64 {
        match self.0 {
            0.. => self.0.unsigned_abs(),
            _ => 0,
        }
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(Within::<MIN, MAX>)
    }
}

struct Within<const MIN: i64, const MAX: i64>;

impl<const MIN: i64, const MAX: i64> Visitor<'_> for Within<MIN, MAX> {
    type Value = Whole<MIN, MAX>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a whole number from {MIN} to {MAX}")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        match (MIN..=MAX).contains(&number) {
            true => Ok(Whole(number)),
            false => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a float casts to the nearest whole")]
    #[expect(clippy::cast_precision_loss, reason = "compared with what it came from")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        match number as i64 {
            whole if whole as f64 == number => self.visit_i64(whole),
            _ => Err(E::invalid_value(Unexpected::Float(number), &self)),
        }
    }
}

impl<const MIN: i64, const MAX: i64> PartialSchema for Whole<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .minimum(Some(MIN))
            .maximum(Some(MAX))
            .into()
    }
}

impl<const MIN: i64, const MAX: i64> ToSchema for Whole<MIN, MAX> {}

#[cfg(test)]
mod tests {
    use super::Whole;

    fn check(json: &str, expected: Result<i64, &str>) {
        let read = serde_json::from_str::<Whole<1, 1_000>>(json).map(Whole::get);
        let read = read.map_err(|error| error.to_string());
        let said = read.as_ref().map_err(|it| it.split(" at line").next().unwrap_or_default());
        assert_eq!(said.copied(), expected, "{json}");
    }

    #[test]
    fn whole_numbers_are_within_their_bounds() {
        check("1", Ok(1));
        check("1000.0", Ok(1_000));
        check("1e2", Ok(100));
        let expected = "expected a whole number from 1 to 1000";
        check("0", Err(&format!("invalid value: integer `0`, {expected}")));
        check("-1", Err(&format!("invalid value: integer `-1`, {expected}")));
        check("1001", Err(&format!("invalid value: integer `1001`, {expected}")));
        check("1.5", Err(&format!("invalid value: floating point `1.5`, {expected}")));
        check("1e300", Err(&format!("invalid value: floating point `1e+300`, {expected}")));
        check("\"1\"", Err(&format!("invalid type: string \"1\", {expected}")));
        check("null", Err(&format!("invalid type: null, {expected}")));
    }
}
