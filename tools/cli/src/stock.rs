//! `orderweaver stock`.

use crate::globals::Context;
use crate::pages::{self, PageArguments};
use crate::request::{Request, new_key};
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use contracts::ServiceName;
use serde_json::{Value, json};
use terminal::{Card, Column, Outcome, Section, Shown, column, whole};

/// What to do with stock.
#[derive(Debug, Subcommand)]
pub enum Stock {
    /// Show the stock of a SKU.
    Get(SkuArguments),
    /// Set what was counted of a SKU.
    Set(SetArguments),
    /// Add units to a SKU, or take some away.
    Adjust(AdjustArguments),
    /// List the stock of all SKUs.
    List(ListArguments),
    /// Show what is held for an order.
    Reservations(ReservationArguments),
}

/// Which SKU.
#[derive(Args, Debug)]
pub struct SkuArguments {
    /// The SKU.
    #[arg(value_name = "SKU", value_parser = NonEmptyStringValueParser::new())]
    sku: String,
}

/// What was counted.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver stock set tea 100
  orderweaver stock set tea 40 --location berlin
  orderweaver stock set gift-card 0 --policy untracked
  orderweaver stock set tea 90 --if-version 3")]
pub struct SetArguments {
    /// Which SKU.
    #[command(flatten)]
    sku: SkuArguments,
    /// Units that lie there.
    #[arg(value_name = "UNITS", value_parser = whole(0_u64..))]
    on_hand: u64,
    /// Where they lie; main if nothing is said.
    #[arg(long, value_name = "LOCATION")]
    location: Option<String>,
    /// What an order gets when there is not enough: deny or untracked.
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// Only if the stock still has this version.
    #[arg(long, value_name = "N", value_parser = whole(0_u64..))]
    if_version: Option<u64>,
}

/// What comes or goes.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver stock adjust tea 24 --reason delivery
  orderweaver stock adjust tea -3 --reason damaged --location berlin")]
pub struct AdjustArguments {
    /// Which SKU.
    #[command(flatten)]
    sku: SkuArguments,
    /// Units that come; with a minus, units that go.
    #[arg(value_name = "UNITS", value_parser = whole::<i64>(..))]
    delta: i64,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Where they lie; main if nothing is said.
    #[arg(long, value_name = "LOCATION")]
    location: Option<String>,
    /// Only if the stock still has this version.
    #[arg(long, value_name = "N", value_parser = whole(0_u64..))]
    if_version: Option<u64>,
    /// Repeats an earlier request: its idempotency key.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// How much of the list.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver stock list --all -o jsonl | jq 'select(.available == 0) | .sku'")]
pub struct ListArguments {
    /// How many.
    #[command(flatten)]
    pages: PageArguments,
}

/// Whose reservation.
#[derive(Args, Debug)]
pub struct ReservationArguments {
    /// The order's id.
    #[arg(value_name = "ORDER", value_parser = NonEmptyStringValueParser::new())]
    order: String,
}

const NUMBERS: [Column; 3] = [
    column("ON HAND", "/on_hand", Shown::Number),
    column("RESERVED", "/reserved", Shown::Number),
    column("AVAILABLE", "/available", Shown::Number),
];

const COLUMNS: &[Column] = &[
    column("SKU", "/sku", Shown::Text),
    NUMBERS[0],
    NUMBERS[1],
    NUMBERS[2],
    column("LOCATIONS", "/locations", Shown::Count),
    column("POLICY", "/policy", Shown::Text),
    column("VERSION", "/version", Shown::Number),
];

const CARD: Card = Card {
    fields: &[
        column("SKU", "/sku", Shown::Text),
        column("ON HAND", "/on_hand", Shown::Text),
        column("RESERVED", "/reserved", Shown::Text),
        column("AVAILABLE", "/available", Shown::Text),
        column("POLICY", "/policy", Shown::Text),
        column("VERSION", "/version", Shown::Text),
    ],
    sections: &[Section {
        title: "LOCATIONS",
        path: "/locations",
        columns: &[
            column("LOCATION", "/location", Shown::Text),
            NUMBERS[0],
            NUMBERS[1],
            NUMBERS[2],
        ],
    }],
};

const RESERVATION_CARD: Card = Card {
    fields: &[
        column("ORDER", "/order_id", Shown::Text),
        column("STATE", "/state", Shown::State),
        column("REASON", "/reason", Shown::Text),
        column("EXPIRES", "/expires_at", Shown::Time),
        column("VERSION", "/version", Shown::Text),
    ],
    sections: &[Section {
        title: "LINES",
        path: "/lines",
        columns: &[
            column("SKU", "/sku", Shown::Text),
            column("LOCATION", "/location", Shown::Text),
            column("QUANTITY", "/quantity", Shown::Number),
        ],
    }],
};

impl Stock {
    /// As it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Get(_) => "stock get",
            Self::Set(_) => "stock set",
            Self::Adjust(_) => "stock adjust",
            Self::List(_) => "stock list",
            Self::Reservations(_) => "stock reservations",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// It can't be done.
    pub fn run(&self, context: &Context) -> Outcome {
        let inventory = ServiceName::Inventory;
        match self {
            Self::Get(SkuArguments { sku }) => {
                context.output.one(&context.client.get(inventory, &["stock", sku])?, &CARD)
            }
            Self::Set(arguments) => set(context, arguments),
            Self::Adjust(arguments) => adjust(context, arguments),
            Self::List(ListArguments { pages }) => {
                let request = Request::get(inventory, &["stock"]);
                pages::print(context, &request, "stock", COLUMNS, *pages)
            }
            Self::Reservations(ReservationArguments { order }) => {
                let reservation = context.client.get(inventory, &["reservations", order])?;
                context.output.one(&reservation, &RESERVATION_CARD)
            }
        }
    }
}

fn set(context: &Context, it: &SetArguments) -> Outcome {
    let mut body = json!({ "on_hand": it.on_hand });
    add(&mut body, "location", it.location.as_deref());
    add(&mut body, "policy", it.policy.as_deref());
    let path = ["stock", &it.sku.sku];
    let request = Request::put(ServiceName::Inventory, &path, body.to_string());
    let stock = context.client.send(&request.if_version(it.if_version))?.body;
    context.output.one(&stock, &CARD)
}

fn adjust(context: &Context, it: &AdjustArguments) -> Outcome {
    let key = it.key.clone().unwrap_or_else(new_key);
    context.reached.set(format!("it may be done: repeat it with --key {key} to be sure"));
    let mut body = json!({ "delta": it.delta, "reason": it.reason });
    add(&mut body, "location", it.location.as_deref());
    let path = ["stock", &it.sku.sku, "adjustments"];
    let request = Request::post(ServiceName::Inventory, &path, body.to_string(), &key);
    let stock = context.client.send(&request.if_version(it.if_version))?.body;
    context.output.one(&stock, &CARD)
}

fn add(body: &mut Value, field: &str, value: Option<&str>) {
    if let Some(value) = value {
        body[field] = value.into();
    }
}
