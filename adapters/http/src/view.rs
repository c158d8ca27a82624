//! How values are shown: money and times.

use contracts::{Money, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// Money as it is shown everywhere.
#[derive(Serialize, ToSchema)]
pub struct MoneyView {
    /// Major units, exact.
    #[schema(example = "123.45", pattern = r"^-?[0-9]+(\.[0-9]+)?$")]
    pub amount: String,
    /// Minor units.
    #[schema(example = 12345)]
    pub minor_units: i64,
    /// ISO 4217.
    #[schema(example = "USD", pattern = "^[A-Z]{3}$")]
    pub currency: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self {
            amount: money.amount(),
            minor_units: money.minor_units(),
            currency: money.currency().code().into(),
        }
    }
}

/// RFC 3339, UTC, microseconds.
pub fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros())
        .map_or_else(|_| at.micros().to_string(), |at| format!("{at:.6}"))
}
