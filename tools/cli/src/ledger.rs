//! `orderweaver ledger`.

use crate::globals::Context;
use crate::pages::{self, PageArguments};
use crate::request::Request;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use contracts::ServiceName;
use serde_json::{Value, json};
use terminal::{Column, Outcome, Shown, column};

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Show the transactions of an order: what was debited and credited, and where.
    Show(ShowArguments),
    /// Show what the accounts hold.
    Balances(BalanceArguments),
}

/// Which order.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  orderweaver ledger show o-1")]
pub struct ShowArguments {
    /// The order's id.
    #[arg(value_name = "ORDER", value_parser = NonEmptyStringValueParser::new())]
    order: String,
}

/// Which accounts.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  orderweaver ledger balances
  orderweaver ledger balances --account clearing:fake")]
pub struct BalanceArguments {
    /// Only this account.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// How many.
    #[command(flatten)]
    pages: PageArguments,
}

/// A row for each posting; machines get the transactions as they are.
const POSTING_COLUMNS: &[Column] = &[
    column("TIME", "/time", Shown::Clock),
    column("TRANSACTION", "/transaction_id", Shown::Text),
    column("ACCOUNT", "/account", Shown::Text),
    column("DEBIT", "/debit", Shown::Money),
    column("CREDIT", "/credit", Shown::Money),
];

const BALANCE_COLUMNS: &[Column] = &[
    column("ACCOUNT", "/account", Shown::Text),
    column("CURRENCY", "/currency", Shown::Text),
    column("DEBITS", "/debits", Shown::Money),
    column("CREDITS", "/credits", Shown::Money),
    column("BALANCE", "/balance", Shown::Money),
];

impl Ledger {
    /// As it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Show(_) => "ledger show",
            Self::Balances(_) => "ledger balances",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// It can't be done.
    pub fn run(&self, context: &Context) -> Outcome {
        let payments = ServiceName::Payments;
        match self {
            Self::Show(ShowArguments { order }) => {
                let request = Request::get(payments, &["ledger", "transactions"]);
                let request = request.query("order_id", order);
                let listing = pages::Listing {
                    field: "transactions",
                    columns: POSTING_COLUMNS,
                    rows: Some(postings),
                };
                pages::print_listing(context, &request, &listing, PageArguments::ALL)
            }
            Self::Balances(BalanceArguments { account, pages }) => {
                let request = Request::get(payments, &["ledger", "balances"]);
                let request = request.query_if("account", account.as_deref());
                pages::print(context, &request, "balances", BALANCE_COLUMNS, *pages)
            }
        }
    }
}

/// The rows of a transaction.
fn postings(transaction: &Value) -> Vec<Value> {
    let postings = pages::things(transaction, "postings").iter();
    let row = |posting: &Value| {
        let side = posting["direction"].as_str().unwrap_or("debit");
        let mut row = json!({ "account": posting["account"] });
        row[side] = posting["amount"].clone();
        row
    };
    let mut rows: Vec<Value> = postings.map(row).collect();
    if let Some(first) = rows.first_mut() {
        first["time"] = transaction["time"].clone();
        first["transaction_id"] = transaction["transaction_id"].clone();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use terminal::{Format, List, Output, Style};

    #[test]
    fn each_posting_has_a_row_and_stands_on_its_side() {
        let posting = |account: &str, direction: &str| {
            let amount = json!({ "amount": "9.00", "currency": "USD" });
            json!({ "account": account, "direction": direction, "amount": amount })
        };
        let transaction = json!({
            "transaction_id": "o-1!captured",
            "time": "2026-01-02T03:04:05.678901Z",
            "postings": [posting("clearing:fake", "debit"), posting("paid:o-1", "credit")],
        });
        let mut written = vec![];
        let output = Output { format: Format::Table, style: Style::plain() };
        let mut list = List::new(output, POSTING_COLUMNS, &mut written);
        list.push(&postings(&transaction)).expect("written");
        assert_eq!(
            String::from_utf8(written).expect("text"),
            "\
TIME          TRANSACTION   ACCOUNT           DEBIT    CREDIT
03:04:05.678  o-1!captured  clearing:fake  9.00 USD
                            paid:o-1                 9.00 USD
"
        );
    }
}
