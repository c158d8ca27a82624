//! Money: minor units and a currency, never a float. Arithmetic is checked.

use crate::ids::Text;
use iso_currency::{Currency as Iso, IntoEnumIterator};
use prost::DecodeError;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{self, DecodeContext, WireType};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The largest amount that any JSON reader can hold exactly: 2^53 - 1 minor units.
pub const MINOR_UNITS_MAX: i64 = (1 << 53) - 1;

/// An ISO 4217 currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(Iso);

impl Currency {
    /// United States dollar: the default where nothing else is configured.
    pub const USD: Self = Self(Iso::USD);

    /// Every currency of ISO 4217.
    pub fn all() -> impl Iterator<Item = Self> {
        Iso::iter().map(Self)
    }

    /// The alphabetic code, such as `USD`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals a major unit has: 2 for USD, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Iso::from_code(code).map(Self).ok_or_else(|| MoneyError::UnknownCurrency(code.into()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// An amount of minor units in one currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

/// Why a text or a number is no amount of money. The sentences are shown to users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// No ISO 4217 code.
    UnknownCurrency(String),
    /// Not of the form `-?digits(.digits)?([eE][+-]?digits)?`.
    NoNumber(String),
    /// More decimals than the currency has.
    TooPrecise {
        /// What was given.
        amount: String,
        /// In which currency.
        currency: Currency,
    },
    /// Beyond [`MINOR_UNITS_MAX`].
    TooLarge(String),
}

impl fmt::Display for MoneyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCurrency(code) => {
                write!(formatter, "{code:?} is no ISO 4217 currency code such as USD")
            }
            Self::NoNumber(text) => {
                write!(formatter, "{text:?} is no decimal number such as 123.45")
            }
            Self::TooPrecise { amount, currency } => write!(
                formatter,
                "{amount} has more decimals than {currency}, which has {}",
                currency.exponent()
            ),
            Self::TooLarge(amount) => {
                write!(
                    formatter,
                    "{amount} is too large: in minor units it may be at most {MINOR_UNITS_MAX}"
                )
            }
        }
    }
}

impl std::error::Error for MoneyError {}

impl Money {
    /// So many minor units (cents for USD).
    pub const fn new(minor_units: i64, currency: Currency) -> Self {
        Self { minor_units, currency }
    }

    /// Nothing, in that currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is neither more nor less than nothing.
    pub const fn is_zero(self) -> bool {
        self.minor_units == 0
    }

    /// The sum; `None` on overflow or if the currencies differ.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor_units = self.minor_units.checked_add(other.minor_units)?;
        (self.currency == other.currency).then_some(Self { minor_units, ..self })
    }

    /// The difference; `None` on overflow or if the currencies differ.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let minor_units = self.minor_units.checked_sub(other.minor_units)?;
        (self.currency == other.currency).then_some(Self { minor_units, ..self })
    }

    /// So many times the amount; `None` on overflow.
    pub fn checked_mul(self, times: u32) -> Option<Self> {
        let minor_units = self.minor_units.checked_mul(i64::from(times))?;
        Some(Self { minor_units, ..self })
    }

    /// Reads a decimal number of major units, exactly.
    ///
    /// # Errors
    /// It is no number, has more decimals than the currency, or is too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let decimal = Decimal::parse(text).ok_or_else(|| MoneyError::NoNumber(text.into()))?;
        let shift = decimal.exponent + i64::from(currency.exponent());
        let minor = match decimal.digits.as_str() {
            "" => 0,
            _ if shift < 0 => {
                return Err(MoneyError::TooPrecise { amount: text.into(), currency });
            }
            digits if shift > 20 || digits.len() > 20 => {
                return Err(MoneyError::TooLarge(text.into()));
            }
            digits => {
                let digits: i128 = digits.parse().unwrap_or(i128::MAX);
                let scale = 10_i128.pow(u32::try_from(shift).unwrap_or(0));
                digits.checked_mul(scale).unwrap_or(i128::MAX)
            }
        };
        let minor = i64::try_from(minor).unwrap_or(i64::MAX);
        if minor > MINOR_UNITS_MAX {
            return Err(MoneyError::TooLarge(text.into()));
        }
        Ok(Self::new(if decimal.negative { -minor } else { minor }, currency))
    }

    /// Reads the predecessor's `double` of major units by its shortest decimal text.
    ///
    /// # Errors
    /// As [`Money::parse`].
    pub fn from_predecessor(amount: f64, currency: Currency) -> Result<Self, MoneyError> {
        Self::parse(&format!("{amount}"), currency)
    }

    /// The predecessor's `double` of major units. For its readers only; we never compute with it.
    pub fn to_predecessor(self) -> f64 {
        self.amount().parse().unwrap_or(f64::NAN)
    }

    /// The amount in major units as a decimal text with all decimals of the currency: `123.45`.
    pub fn amount(self) -> String {
        let exponent = self.currency.exponent();
        let scale = 10_u64.pow(exponent);
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let minor = self.minor_units.unsigned_abs();
        match exponent {
            0 => format!("{sign}{minor}"),
            _ => format!(
                "{sign}{}.{:0width$}",
                minor / scale,
                minor % scale,
                width = exponent as usize
            ),
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

/// `digits * 10^exponent`, without leading or trailing zeros in `digits`; empty digits are zero.
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// The grammar of a JSON number, which also refuses `+1`, `.5`, `1_0`, `NaN` and spaces.
    fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, power) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let power_digits = power.strip_prefix(['+', '-']).unwrap_or(power);
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || power_digits.is_empty() || leading_zero {
            return None;
        }
        if ![whole, fraction, power_digits].into_iter().all(all_digits) {
            return None;
        }
        // Beyond the length of any text, so that no digits before it can make up for it.
        let limit = 1_i64 << 48;
        let power = power.parse().unwrap_or(if power.starts_with('-') { -limit } else { limit });
        let digits = format!("{whole}{fraction}");
        let kept = digits.trim_end_matches('0');
        let exponent = i64::clamp(power, -limit, limit) - i64::try_from(fraction.len()).ok()?
            + i64::try_from(digits.len() - kept.len()).ok()?;
        Some(Self { negative, digits: kept.trim_start_matches('0').into(), exponent })
    }
}

/// Stored as `[12345,"USD"]`: short, and readable for an operator.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.minor_units, self.currency.code()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (minor_units, code) = <(i64, Text<'_>)>::deserialize(deserializer)?;
        let currency = code.0.parse().map_err(serde::de::Error::custom)?;
        Ok(Self { minor_units, currency })
    }
}

impl Default for Money {
    fn default() -> Self {
        Self::zero(Currency::USD)
    }
}

/// `orderweaver.common.v1.Money` by hand, so that an amount in a currency that is none can't be
/// decoded. One whose currency isn't there at all has that of `default`.
impl prost::Message for Money {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        encoding::int64::encode(1, &self.minor_units, buffer);
        encoding::string::encode(2, &self.currency.code().to_string(), buffer);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        match tag {
            1 => encoding::int64::merge(wire_type, &mut self.minor_units, buffer, context),
            2 => {
                let mut code = String::new();
                encoding::string::merge(wire_type, &mut code, buffer, context)?;
                let known = code.parse();
                self.currency = known.map_err(|_| {
                    DecodeError::new_unexpected_type_url(code, "an ISO 4217 currency code")
                })?;
                Ok(())
            }
            _ => encoding::skip_field(wire_type, tag, buffer, context),
        }
    }

    fn encoded_len(&self) -> usize {
        encoding::int64::encoded_len(1, &self.minor_units)
            + encoding::string::encoded_len(2, &self.currency.code().to_string())
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}
