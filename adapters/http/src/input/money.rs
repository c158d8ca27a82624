//! Money as it was written, and the currencies there are.

use crate::problem::Problem;
use contracts::{Currency, MINOR_UNITS_MAX, Money};
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
        Ok(money)
    }
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
