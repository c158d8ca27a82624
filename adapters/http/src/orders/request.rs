//! The body of POST /orders, and the command that it becomes.

use crate::cards::is_numeric_card_number;
use crate::input::{self, Amount, CurrencyCode, Id, Object, Whole};
use crate::json;
use crate::problem::{AMOUNT_MISMATCH, CARD_NUMBER_REFUSED, PAYLOAD_TOO_LARGE, Problem};
use contracts::messages::{CaptureMode, CreateOrder, Line};
use contracts::{Currency, Money};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Units in one line of an order.
type Quantity = Whole<1, 1_000_000>;
/// Lines of an order.
const LINES_MAX: usize = 100;
/// Bytes of an order's metadata.
const METADATA_BYTES_MAX: usize = 16 * 1024;
const DEFAULT_PAYMENT_METHOD: &str = "pm_card_visa";

/// An order to be placed: an amount, or lines, or both if they agree.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// Made by the server if absent.
    #[schema(example = "o-1")]
    order_id: Option<Id>,
    /// Who orders.
    #[schema(example = "u-1")]
    user_id: Id,
    /// Major units, as a number or a text.
    #[schema(example = "123.45")]
    amount: Option<Amount>,
    /// ISO 4217; the configured default if absent.
    #[schema(example = "USD")]
    currency: Option<CurrencyCode>,
    /// What is ordered, at most 100 lines.
    #[schema(max_items = 100, value_type = Option<Vec<NewLine>>)]
    lines: Option<Vec<Object<NewLine>>>,
    /// A token of the payment provider, or `invoice`; `pm_card_visa` if absent.
    #[schema(example = "pm_card_visa")]
    payment_method: Option<Id>,
    /// When the money is taken; `automatic` if absent.
    capture_mode: Option<WhenCaptured>,
    /// Any JSON object of at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
}

/// When the money is taken.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WhenCaptured {
    /// Before the order is confirmed.
    #[default]
    Automatic,
    /// Later, shipment by shipment.
    Manual,
}

/// One line of an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// What.
    #[schema(example = "tea")]
    sku: Id,
    /// How many units.
    #[schema(schema_with = Quantity::schema)]
    quantity: Quantity,
    /// What one costs, in major units.
    #[schema(example = "9.99")]
    unit_price: Amount,
}

/// For the document: what an order is of; one of both is enough.
pub fn amount_or_lines() -> [(&'static str, RefOr<Schema>); 2] {
    let line = Ref::from_schema_name(NewLine::name());
    let lines = ArrayBuilder::new().items(line).min_items(Some(1)).build();
    [("amount", Amount::schema()), ("lines", RefOr::T(Schema::Array(lines)))]
}

/// For the document: an order of an amount only.
pub fn example_of_amount() -> serde_json::Value {
    json!({ "order_id": "o-1", "user_id": "u-1", "amount": "123.45" })
}

/// For the document: an order of lines.
pub fn example_of_lines() -> serde_json::Value {
    json!({
        "user_id": "u-1",
        "currency": "EUR",
        "lines": [
            { "sku": "tea", "quantity": 2, "unit_price": "4.50" },
            { "sku": "cup", "quantity": 1, "unit_price": 12 },
        ],
        "payment_method": "invoice",
        "metadata": { "channel": "web" },
    })
}

/// The command; its order id is empty where the client leaves it to us.
///
/// # Errors
/// A value is not allowed.
pub fn order(new: NewOrder, default: Currency) -> Result<CreateOrder, Problem> {
    let method = new.payment_method.map_or_else(|| DEFAULT_PAYMENT_METHOD.into(), String::from);
    let currency = new.currency.map_or(default, |code| code.0);
    let capture_mode = match new.capture_mode.unwrap_or_default() {
        WhenCaptured::Automatic => CaptureMode::Automatic,
        WhenCaptured::Manual => CaptureMode::Manual,
    };
    let amount = new.amount.map(|amount| amount.money("amount", currency)).transpose()?;
    let lines = lines(new.lines.as_deref().unwrap_or_default(), currency)?;
    Ok(CreateOrder {
        order_id: new.order_id.map(String::from).unwrap_or_default(),
        user_id: new.user_id.into(),
        total: Some(total(amount, &lines, currency)?),
        lines,
        capture_mode: capture_mode.into(),
        payment_method: method,
        metadata: metadata(new.metadata)?,
    })
}

fn lines(new: &[Object<NewLine>], currency: Currency) -> Result<Vec<Line>, Problem> {
    if new.len() > LINES_MAX {
        let message = format!("has {} lines; at most {LINES_MAX} are allowed", new.len());
        return Err(Problem::field("lines", message));
    }
    let line = |(index, Object(line)): (usize, &Object<NewLine>)| {
        let field = format!("lines[{index}].unit_price");
        let unit_price = line.unit_price.money(&field, currency)?;
        let quantity = u32::try_from(line.quantity.count()).unwrap_or(u32::MAX);
        Ok(Line { sku: line.sku.to_string(), quantity, unit_price: Some(unit_price) })
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
    if !text.starts_with('{') {
        return Err(Problem::field("metadata", "must be a JSON object"));
    }
    // Elsewhere a number is an amount or a count and may have any digits.
    if json::numbers(text).any(is_numeric_card_number) {
        let detail = "a number in metadata looks like a card number: send a token instead";
        return Err(Problem::new(&CARD_NUMBER_REFUSED, detail));
    }
    json::canonical(text, "metadata")
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
    fn a_line_is_an_object_and_no_list_of_its_fields() {
        let read = |line: &str| {
            let json = format!(r#"{{"user_id":"u-1","lines":[{line}]}}"#);
            serde_json::from_str::<super::NewOrder>(&json).map(|new| new.lines.map(|it| it.len()))
        };
        let object = read(r#"{"sku":"tea","quantity":1,"unit_price":4.5}"#);
        assert_eq!(object.ok(), Some(Some(1)));
        let list = read(r#"["tea",1,4.5]"#).map_err(|error| error.to_string());
        assert!(list.is_err_and(|said| said.contains("expected an object")));
    }

    #[test]
    fn metadata_is_kept_in_one_spelling() {
        check(r#"{"a":1}"#, Ok(r#"{"a":1}"#));
        check(r#"{ "a" : 1 }"#, Ok(r#"{"a":1}"#));
        check(r#"{"b":1,"a":1}"#, Ok(r#"{"a":1,"b":1}"#));
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
