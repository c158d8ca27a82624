//! The body of POST /orders, and the command that it becomes.

use crate::input::{self, Amount, LINES_MAX, METADATA_BYTES_MAX, QUANTITY_MAX};
use crate::json;
use crate::problem::{AMOUNT_MISMATCH, PAYLOAD_TOO_LARGE, Problem};
use contracts::messages::{CaptureMode, CreateOrder, Line};
use contracts::{Currency, Money};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

const DEFAULT_PAYMENT_METHOD: &str = "pm_card_visa";

/// Major units: a number, or a text that says it.
#[derive(ToSchema)]
#[schema(as = Amount)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is of use: amounts are read as they were written")]
enum AmountSchema {
    /// Such as 123.45.
    Number(f64),
    /// Such as "123.45".
    Text(String),
}

/// An order to be placed: an amount, or lines, or both if they agree.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// 1 to 128 characters from `A-Z a-z 0-9 - _ . : ~`; made by the server if absent.
    #[schema(example = "o-1")]
    order_id: Option<String>,
    /// Who orders.
    #[schema(example = "u-1")]
    user_id: String,
    /// Major units, as a number or a text.
    #[schema(value_type = Option<AmountSchema>, example = "123.45")]
    amount: Option<Amount>,
    /// ISO 4217; the configured default if absent.
    #[schema(example = "USD")]
    currency: Option<String>,
    /// What is ordered, at most 100 lines.
    lines: Option<Vec<NewLine>>,
    /// A token of the payment provider, or `invoice`.
    #[schema(example = "pm_card_visa")]
    payment_method: Option<String>,
    /// `automatic` or `manual`.
    #[schema(example = "automatic")]
    capture_mode: Option<String>,
    /// Any JSON object of at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
}

/// One line of an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// What.
    sku: String,
    /// How many units, at least 1.
    quantity: u32,
    /// What one costs, in major units.
    #[schema(value_type = AmountSchema, example = "9.99")]
    unit_price: Amount,
}

/// The command; its order id is empty where the client leaves it to us.
///
/// # Errors
/// A value is not allowed.
pub fn order(new: NewOrder, default: Currency) -> Result<CreateOrder, Problem> {
    if let Some(order_id) = &new.order_id {
        input::id("order_id", order_id)?;
    }
    input::id("user_id", &new.user_id)?;
    let method = new.payment_method.unwrap_or_else(|| DEFAULT_PAYMENT_METHOD.into());
    input::id("payment_method", &method)?;
    let currency = new.currency.map(|code| code.parse::<Currency>()).transpose();
    let currency = currency.map_err(|error| Problem::field("currency", error.to_string()))?;
    let currency = currency.unwrap_or(default);
    let capture_mode = match new.capture_mode.as_deref() {
        None | Some("automatic") => CaptureMode::Automatic,
        Some("manual") => CaptureMode::Manual,
        Some(other) => {
            let message = format!("is {other:?}; automatic or manual is allowed");
            return Err(Problem::field("capture_mode", message));
        }
    };
    let amount = new.amount.map(|amount| amount.money("amount", currency)).transpose()?;
    let lines = lines(new.lines.as_deref().unwrap_or_default(), currency)?;
    Ok(CreateOrder {
        order_id: new.order_id.unwrap_or_default(),
        user_id: new.user_id,
        total: Some(total(amount, &lines, currency)?),
        lines,
        capture_mode: capture_mode.into(),
        payment_method: method,
        metadata: metadata(new.metadata)?,
    })
}

fn lines(new: &[NewLine], currency: Currency) -> Result<Vec<Line>, Problem> {
    if new.len() > LINES_MAX {
        let message = format!("has {} lines; at most {LINES_MAX} are allowed", new.len());
        return Err(Problem::field("lines", message));
    }
    let line = |(index, line): (usize, &NewLine)| {
        let field = |name: &str| format!("lines[{index}].{name}");
        input::id(&field("sku"), &line.sku)?;
        if line.quantity == 0 || line.quantity > QUANTITY_MAX {
            let message = format!("is {}; 1 to {QUANTITY_MAX} is allowed", line.quantity);
            return Err(Problem::field(field("quantity"), message));
        }
        let unit_price = line.unit_price.money(&field("unit_price"), currency)?;
        Ok(Line { sku: line.sku.clone(), quantity: line.quantity, unit_price: Some(unit_price) })
    };
    new.iter().enumerate().map(line).collect()
}

fn total(amount: Option<Money>, lines: &[Line], currency: Currency) -> Result<Money, Problem> {
    if lines.is_empty() {
        let message = "either amount or lines must be there";
        return amount.ok_or_else(|| Problem::field("amount", message));
    }
    let prices = lines.iter().map(|line| line.unit_price?.checked_mul(line.quantity));
    let add = |sum: Option<Money>, price: Option<Money>| sum?.checked_add(price?);
    let sum = input::sum("lines", prices.fold(Some(Money::zero(currency)), add))?;
    match amount {
        Some(amount) if amount != sum => {
            let detail = format!("amount is {amount}, the lines make {sum}");
            Err(Problem::new(&AMOUNT_MISMATCH, detail))
        }
        _ => Ok(sum),
    }
}

/// In one spelling, because requests are compared as parsed.
fn metadata(given: Option<Box<RawValue>>) -> Result<String, Problem> {
    let Some(given) = given else { return Ok(String::new()) };
    let text = given.get();
    if text.len() > METADATA_BYTES_MAX {
        let detail = format!("metadata has {} bytes, not {METADATA_BYTES_MAX}", text.len());
        return Err(Problem::new(&PAYLOAD_TOO_LARGE, detail));
    }
    match text.starts_with('{') {
        true => json::canonical(text, "metadata"),
        false => Err(Problem::field("metadata", "must be a JSON object")),
    }
}

#[cfg(test)]
mod tests {
    use super::order;
    use contracts::Currency;

    fn check(metadata: &str, expected: Result<&str, &str>) {
        let json = format!(r#"{{"user_id":"u-1","amount":1,"metadata":{metadata}}}"#);
        let new = serde_json::from_str(&json).expect("an order");
        let usd: Currency = "USD".parse().expect("a currency");
        let kept = order(new, usd).map(|order| order.metadata);
        let kept = kept.map_err(|problem| problem.detail().to_string());
        assert_eq!(kept.as_deref().map_err(String::as_str), expected, "{metadata}");
    }

    #[test]
    fn metadata_is_kept_in_one_spelling() {
        check(r#"{"a":1}"#, Ok(r#"{"a":1}"#));
        check(r#"{ "a" : 1 }"#, Ok(r#"{"a":1}"#));
        check(r#"{"a":[1.0, 1e400]}"#, Ok(r#"{"a":[1.0,1e400]}"#));
        check(r#"{"a":{"b":1,"b":1}}"#, Err("metadata.a.b: stands there twice"));
        check("[]", Err("metadata: must be a JSON object"));
    }

    #[test]
    fn metadata_is_measured_as_it_was_sent() {
        let spaces = " ".repeat(16 * 1024);
        let detail = "metadata has 16386 bytes, not 16384";
        check(&format!("{{{spaces}}}"), Err(detail));
    }
}
