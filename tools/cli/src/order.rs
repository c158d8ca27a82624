//! `orderweaver order`.

use crate::globals::Context;
use crate::pages::{self, PageArguments};
use crate::request::{Request, new_key};
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use contracts::ServiceName;
use serde::Serialize;
use serde_json::value::RawValue;
use std::io::Read;
use std::time::Duration;
use terminal::{Card, Column, Exit, Failure, Outcome, Section, Shown, column, whole};

/// Bytes that are read from standard input: more than the server takes.
const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// What to do with orders.
#[derive(Debug, Subcommand)]
pub enum Order {
    /// Place an order.
    Create(CreateArguments),
    /// Show an order.
    Get(OrderArguments),
    /// List orders, newest first.
    List(ListArguments),
    /// Cancel an order, whatever its saga does just now.
    Cancel(CancelArguments),
    /// Follow an order until nothing will change any more by itself.
    Watch(WatchArguments),
    /// Show what was published about an order, oldest first.
    Events(OrderArguments),
}

/// An order to place.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver order create --user u-1 --amount 123.45
  orderweaver order create --user u-1 --line tea:2:4.50 --line sugar:1:1.20 --wait
  orderweaver order create --user u-1 --amount 5 --payment-method invoice -o json
  echo '{\"user_id\":\"u-1\",\"amount\":\"5\"}' | orderweaver order create -

Repeating is safe: the same --id (or --key) with the same order gets the same answer.")]
pub struct CreateArguments {
    /// `-` reads the order as JSON from standard input, as POST /orders takes it.
    #[arg(value_name = "-", value_parser = ["-"], conflicts_with_all = ["user", "id", "amount",
        "line", "currency", "payment_method", "capture_mode", "metadata"])]
    stdin: Option<String>,
    /// Who orders.
    #[arg(long, value_name = "USER", required_unless_present = "stdin")]
    user: Option<String>,
    /// The id of the order; the server makes one if there is none.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// What it costs, such as 123.45; lines say it too.
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true,
        required_unless_present_any = ["line", "stdin"])]
    amount: Option<String>,
    /// What is ordered: SKU:QUANTITY:UNIT_PRICE; may be repeated.
    #[arg(long, value_name = "LINE", value_parser = line)]
    line: Vec<Line>,
    /// The currency (ISO 4217); the server's if there is none.
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// A token of the provider, or invoice; pm_card_visa if there is none.
    #[arg(long, value_name = "TOKEN")]
    payment_method: Option<String>,
    /// When the money is taken: automatic or manual.
    #[arg(long, value_name = "MODE")]
    capture_mode: Option<String>,
    /// Your own data: a JSON object.
    #[arg(long, value_name = "JSON", value_parser = json)]
    metadata: Option<Box<RawValue>>,
    /// Print the order when it is decided, or after so many seconds (10; at most 60).
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "10",
        require_equals = true, value_parser = whole(1..=60_u64))]
    wait: Option<u64>,
    /// Repeats an earlier request: its idempotency key.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// Which order.
#[derive(Args, Debug)]
pub struct OrderArguments {
    /// The order's id.
    #[arg(value_name = "ORDER", value_parser = NonEmptyStringValueParser::new())]
    pub order: String,
}

/// Which order to follow.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver order watch o-1
  orderweaver order watch o-1 --timeout 30s || echo 'not settled yet'
  orderweaver order watch o-1 -o jsonl | jq -r '.order.state // empty'

It tells the order as it is, then each event with what that says of the order, and at the end the
order again, once it is settled. Exit code 7: --timeout came first.")]
pub struct WatchArguments {
    /// Which order.
    #[command(flatten)]
    of: OrderArguments,
}

/// Which orders.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver order list --state rejected --all
  orderweaver order list --user u-1 --limit 10
  orderweaver order list --created-after 2026-01-31T00:00:00Z -o jsonl | jq .order_id")]
pub struct ListArguments {
    /// Only this user's.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only those in this state: pending, confirmed, completed, cancelling, cancelled, rejected.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only those that came later (RFC 3339).
    #[arg(long, value_name = "TIME")]
    created_after: Option<String>,
    /// How many.
    #[command(flatten)]
    pages: PageArguments,
}

/// Which order to cancel.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver order cancel o-1 --reason 'changed my mind'
  orderweaver order cancel o-1 --if-version 3")]
pub struct CancelArguments {
    /// The order's id.
    #[arg(value_name = "ORDER", value_parser = NonEmptyStringValueParser::new())]
    order: String,
    /// Why, for people.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Only if the order still has this version.
    #[arg(long, value_name = "N", value_parser = whole(0_u64..))]
    if_version: Option<u64>,
    /// Repeats an earlier request: its idempotency key.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// An order as a card.
pub const CARD: Card = Card {
    fields: &[
        column("ORDER", "/order_id", Shown::Text),
        column("USER", "/user_id", Shown::Text),
        column("STATE", "/state", Shown::State),
        column("REASON", "/reason", Shown::Text),
        column("SETTLED", "/settled", Shown::Text),
        column("TOTAL", "/total", Shown::Money),
        column("PAYMENT", "/payment_status", Shown::State),
        column("FULFILLMENT", "/fulfillment_status", Shown::Text),
        column("SAGA", "/saga_id", Shown::Text),
        column("VERSION", "/version", Shown::Text),
        column("CREATED", "/created_at", Shown::Time),
        column("UPDATED", "/updated_at", Shown::Time),
        column("METADATA", "/metadata", Shown::Rest),
    ],
    sections: &[Section {
        title: "LINES",
        path: "/lines",
        columns: &[
            column("SKU", "/sku", Shown::Text),
            column("QUANTITY", "/quantity", Shown::Number),
            column("UNIT PRICE", "/unit_price", Shown::Money),
        ],
    }],
};

const COLUMNS: &[Column] = &[
    column("ORDER", "/order_id", Shown::Text),
    column("USER", "/user_id", Shown::Text),
    column("STATE", "/state", Shown::State),
    column("REASON", "/reason", Shown::Text),
    column("TOTAL", "/total", Shown::Money),
    column("PAYMENT", "/payment_status", Shown::State),
    column("LINES", "/lines", Shown::Count),
    column("CREATED", "/created_at", Shown::Time),
];

const EVENT_COLUMNS: &[Column] = &[
    column("#", "/sequence", Shown::Number),
    column("TIME", "/time", Shown::Time),
    column("EVENT", "/type", Shown::Text),
    column("DATA", "/data", Shown::Rest),
];

impl Order {
    /// As it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "order create",
            Self::Get(_) => "order get",
            Self::List(_) => "order list",
            Self::Cancel(_) => "order cancel",

            Self::Watch(_) => "order watch",
            Self::Events(_) => "order events",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// It can't be done.
    pub fn run(&self, context: &Context) -> Outcome {
        let orders = ServiceName::Orders;
        match self {
            Self::Create(arguments) => create(context, arguments),
            Self::Get(OrderArguments { order }) => {
                let order = context.client.get(orders, &["orders", order])?;
                context.output.one(&order, &CARD)
            }
            Self::List(ListArguments { user, state, created_after, pages }) => {
                let request = Request::get(orders, &["orders"])
                    .query_if("user_id", user.as_deref())
                    .query_if("state", state.as_deref())
                    .query_if("created_after", created_after.as_deref());
                pages::print(context, &request, "orders", COLUMNS, *pages)
            }
            Self::Cancel(arguments) => cancel(context, arguments),

            Self::Watch(WatchArguments { of: OrderArguments { order } }) => {
                crate::watch::run(context, order)
            }
            Self::Events(OrderArguments { order }) => {
                let events = context.client.get(orders, &["orders", order, "events"])?;
                pages::print_whole(context, &events, "events", EVENT_COLUMNS)
            }
        }
    }
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Line {
    sku: String,
    quantity: u64,
    unit_price: String,
}

/// The body of POST /orders.
#[derive(Serialize)]
struct NewOrder<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: &'a Option<String>,
    user_id: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: &'a Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    lines: &'a [Line],
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_mode: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: &'a Option<Box<RawValue>>,
}

/// SKUs may hold colons, quantity and price don't.
fn line(text: &str) -> Result<Line, String> {
    let wrong = "must be SKU:QUANTITY:UNIT_PRICE, such as tea:2:4.50";
    let (rest, unit_price) = text.rsplit_once(':').ok_or(wrong)?;
    let (sku, quantity) = rest.rsplit_once(':').ok_or(wrong)?;
    let quantity =
        quantity.parse().map_err(|_| format!("{quantity:?} is no quantity; it {wrong}"))?;
    Ok(Line { sku: sku.into(), quantity, unit_price: unit_price.into() })
}

fn json(text: &str) -> Result<Box<RawValue>, String> {
    serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))
}

fn body(it: &CreateArguments) -> Outcome<String> {
    if it.stdin.is_some() {
        let mut text = String::new();
        let read = std::io::stdin().take(BODY_BYTES_MAX).read_to_string(&mut text);
        read.map_err(|error| {
            Failure::usage(format!("standard input: {error}"), "orderweaver order create --help")
        })?;
        return Ok(text);
    }
    let new = NewOrder {
        order_id: &it.id,
        user_id: &it.user,
        amount: &it.amount,
        currency: &it.currency,
        lines: &it.line,
        payment_method: &it.payment_method,
        capture_mode: &it.capture_mode,
        metadata: &it.metadata,
    };
    // Texts and numbers always have a form in JSON.
    Ok(serde_json::to_string(&new).unwrap_or_default())
}

fn create(context: &Context, arguments: &CreateArguments) -> Outcome {
    let key = arguments.key.clone().unwrap_or_else(new_key);
    context.reached.set(format!("it may be done: repeat it with --key {key} to be sure"));
    let request = Request::post(ServiceName::Orders, &["orders"], body(arguments)?, &key);
    let (request, client) = match arguments.wait {
        Some(seconds) => {
            let client = context.client.waiting(Duration::from_secs(seconds));
            (request.header("Prefer", format!("wait={seconds}")), client)
        }
        None => (request, context.client.clone()),
    };
    let order = client.send(&request)?.body;
    context.output.one(&order, &CARD)?;
    let id = order["order_id"].as_str().unwrap_or_default();
    match arguments.wait {
        Some(_) if order["state"] == "pending" => {
            let (what, next) =
                (format!("order {id} is still pending"), format!("orderweaver order watch {id}"));
            Err(Failure::new(Exit::Timeout, what, next).into())
        }
        _ => Ok(()),
    }
}

fn cancel(context: &Context, arguments: &CancelArguments) -> Outcome {
    let key = arguments.key.clone().unwrap_or_else(new_key);
    context.reached.set(format!("it may be done: repeat it with --key {key} to be sure"));
    let body = match &arguments.reason {
        Some(reason) => serde_json::json!({ "reason": reason }).to_string(),
        None => "{}".into(),
    };
    let path = ["orders", &arguments.order, "cancel"];
    let request = Request::post(ServiceName::Orders, &path, body, &key);
    let request = request.if_version(arguments.if_version);
    context.output.one(&context.client.send(&request)?.body, &CARD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, u64, &str), &str>) {
        let read = line(text);
        let told = read.as_ref().map_err(String::as_str);
        let told = told.map(|line| (line.sku.as_str(), line.quantity, line.unit_price.as_str()));
        match (told, expected) {
            (Err(told), Err(part)) => assert!(told.contains(part), "{told}"),
            (told, expected) => assert_eq!(told, expected),
        }
    }

    #[test]
    fn a_line_is_a_sku_a_quantity_and_a_price() {
        check("tea:2:4.50", Ok(("tea", 2, "4.50")));
        check("tea:green:2:4.50", Ok(("tea:green", 2, "4.50")));
        check("tea:2:free", Ok(("tea", 2, "free")));
        check("tea", Err("must be SKU:QUANTITY:UNIT_PRICE"));
        check("tea:2", Err("must be SKU:QUANTITY:UNIT_PRICE"));
        check("tea:two:4.50", Err("\"two\" is no quantity"));
        check("tea:-1:4.50", Err("\"-1\" is no quantity"));
    }
}
