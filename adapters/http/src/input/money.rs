//! Money as it was written, and the currencies there are.

use crate::problem::Problem;
use contracts::{Currency, MINOR_UNITS_MAX, Money, MoneyError};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// What a text that says an amount looks like.
const AMOUNT_PATTERN: &str = r"^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$";

/// A currency by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub struct CurrencyCode(pub Currency);

impl TryFrom<Cow<'_, str>> for CurrencyCode {
    type Error = String;

    fn try_from(code: Cow<'_, str>) -> Result<Self, String> {
        code.parse().map(Self).map_err(|error: contracts::MoneyError| error.to_string())
    }
}

impl PartialSchema for CurrencyCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some("ISO 4217"))
            .enum_values(Some(Currency::all().map(Currency::code)))
            .into()
    }
}

impl ToSchema for CurrencyCode {}

/// An amount as it was written: a JSON number or a text, never a float.
#[derive(Clone, Debug)]
pub struct Amount(Box<RawValue>);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Number))
            .minimum(Some(0))
            .description(Some("Such as 123.45"));
        let text = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .pattern(Some(AMOUNT_PATTERN))
            .description(Some("Such as \"123.45\""));
        let about = "Major units with at most the decimals that the currency has";
        OneOfBuilder::new().item(number).item(text).description(Some(about)).into()
    }
}

impl ToSchema for Amount {}

impl Amount {
    /// The money that it says, in that currency.
    ///
    /// # Errors
    /// It is no number, negative, too precise or too large.
    pub fn money(&self, field: &str, currency: Currency) -> Result<Money, Problem> {
        let raw = self.0.get();
        let text = match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).unwrap_or_default(),
            Some(b'-' | b'0'..=b'9') => raw.to_string(),
            _ => {
                let message = "must be a number or a text such as 123.45 or \"123.45\"";
                return Err(Problem::field(field, message));
            }
        };
        let money = Money::parse(&text, currency);
        let money = money.map_err(|error| Problem::field(field, error.to_string()))?;
        if money.minor_units() < 0 {
            return Err(Problem::field(field, format!("{text} is negative; 0 or more is allowed")));
        }
        if decimals(&text) > i64::from(currency.exponent()) {
            let error = MoneyError::TooPrecise { amount: text, currency };
            return Err(Problem::field(field, error.to_string()));
        }
        Ok(money)
    }
}

/// How many decimals a number is written with: zeros at its end count, for whoever writes them
/// means a currency that has them.
fn decimals(number: &str) -> i64 {
    let (digits, power) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    // A power that is out of range is one of 0, or there would be no amount.
    let power = power.parse().unwrap_or(0_i64);
    i64::try_from(fraction).unwrap_or(i64::MAX).saturating_sub(power)
}

/// A sum that still fits into every JSON reader's numbers.
///
/// # Errors
/// It doesn't.
pub fn sum(field: &str, sum: Option<Money>) -> Result<Money, Problem> {
    let fits = sum.filter(|sum| sum.minor_units() <= MINOR_UNITS_MAX);
    let message = || format!("the sum is more than {MINOR_UNITS_MAX} minor units");
    fits.ok_or_else(|| Problem::field(field, message()))
}

#[cfg(test)]
mod tests {
    use super::Amount;
    use contracts::Currency;

    fn check(json: &str, code: &str, expected: Option<i64>) {
        let amount: Amount = serde_json::from_str(json).expect("JSON");
        let currency: Currency = code.parse().expect("a currency");
        let read = amount.money("amount", currency).ok();
        assert_eq!(read.map(|money| money.minor_units()), expected, "{json} {code}");
    }

    #[test]
    fn an_amount_has_at_most_the_decimals_of_its_currency() {
        for (json, text) in [("1.00", "\"1.00\""), ("1.0", "\"1.0\""), ("1", "\"1\"")] {
            check(json, "USD", Some(100));
            check(text, "USD", Some(100));
        }
        check("1.000", "USD", None);
        check("\"1.000\"", "USD", None);
        check("0.000", "USD", None);
        check("1.000", "KWD", Some(1_000));
        check("1", "JPY", Some(1));
        check("1.0", "JPY", None);
        check("1.005", "USD", None);
        check("-1", "USD", None);
    }

    #[test]
    fn the_power_of_an_amount_moves_its_decimals() {
        check("1.000e1", "USD", Some(1_000));
        check("100e-2", "USD", Some(100));
        check("1000e-3", "USD", None);
        check("1.0e-1", "USD", Some(10));
        check("1.00e-1", "USD", None);
        check("1e2", "JPY", Some(100));
    }
}
