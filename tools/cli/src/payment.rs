//! `orderweaver payment`.

use crate::globals::Context;
use crate::pages::{self, PageArguments};
use crate::request::Request;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use contracts::ServiceName;
use terminal::{Card, Column, Outcome, Section, Shown, column};

/// What to do with payments.
#[derive(Debug, Subcommand)]
pub enum Payment {
    /// Show a payment and what the provider was asked for.
    Get(PaymentArguments),
    /// List payments, newest first.
    List(ListArguments),
}

/// Which payment.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  orderweaver payment get 'o-1!1'")]
pub struct PaymentArguments {
    /// The payment's id: the order's, and !1.
    #[arg(value_name = "PAYMENT", value_parser = NonEmptyStringValueParser::new())]
    payment: String,
}

/// Which payments.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver payment list --order o-1
  orderweaver payment list --all -o jsonl | jq 'select(.state == \"failed\")'")]
pub struct ListArguments {
    /// Only those of this order.
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// How many.
    #[command(flatten)]
    pages: PageArguments,
}

const COLUMNS: &[Column] = &[
    column("PAYMENT", "/payment_id", Shown::Text),
    column("STATE", "/state", Shown::State),
    column("AMOUNT", "/amount", Shown::Money),
    column("CAPTURED", "/captured", Shown::Money),
    column("REFUNDED", "/refunded", Shown::Money),
    column("PROVIDER", "/provider", Shown::Text),
    column("FAILURE", "/failure_code", Shown::Text),
    column("CREATED", "/created_at", Shown::Time),
];

const CARD: Card = Card {
    fields: &[
        column("PAYMENT", "/payment_id", Shown::Text),
        column("ORDER", "/order_id", Shown::Text),
        column("STATE", "/state", Shown::State),
        column("FAILURE", "/failure_code", Shown::Text),
        column("AMOUNT", "/amount", Shown::Money),
        column("AUTHORIZED", "/authorized", Shown::Money),
        column("CAPTURED", "/captured", Shown::Money),
        column("RELEASED", "/released", Shown::Money),
        column("REFUNDED", "/refunded", Shown::Money),
        column("PROVIDER", "/provider", Shown::Text),
        column("VERSION", "/version", Shown::Text),
        column("CREATED", "/created_at", Shown::Time),
        column("UPDATED", "/updated_at", Shown::Time),
    ],
    sections: &[Section {
        title: "OPERATIONS",
        path: "/operations",
        columns: &[
            column("OPERATION", "/operation_id", Shown::Text),
            column("KIND", "/kind", Shown::Text),
            column("AMOUNT", "/amount", Shown::Money),
            column("STATE", "/state", Shown::State),
            column("ATTEMPTS", "/attempts", Shown::Number),
            column("NEEDS YOU", "/needs_attention", Shown::Text),
            column("REFERENCE", "/provider_reference", Shown::Text),
        ],
    }],
};

impl Payment {
    /// As it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Get(_) => "payment get",
            Self::List(_) => "payment list",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// It can't be done.
    pub fn run(&self, context: &Context) -> Outcome {
        match self {
            Self::Get(PaymentArguments { payment }) => {
                let payment = context.client.get(ServiceName::Payments, &["payments", payment])?;
                context.output.one(&payment, &CARD)
            }
            Self::List(ListArguments { order, pages }) => {
                let request = Request::get(ServiceName::Payments, &["payments"]);
                let request = request.query_if("order_id", order.as_deref());
                pages::print(context, &request, "payments", COLUMNS, *pages)
            }
        }
    }
}
