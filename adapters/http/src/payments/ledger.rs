//! The ledger as it is shown.

use super::OfOrder;
use crate::list::{List, Listed, PageParameters};
use crate::openapi::schemas::{self, words};
use crate::problem::Problem;
use crate::shop::Api;
use crate::view::{MoneyView, time};
use axum::Json;
use axum::extract::State;
use engine::Newest;
use payments::{LEDGER_TRANSACTIONS, LedgerTransaction, Record};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::Object;

/// A page of transactions.
#[derive(Serialize, ToSchema)]
pub(super) struct TransactionsView {
    /// Newest first.
    transactions: Vec<TransactionView>,
    /// Leads to the next page; empty at the end.
    next_page_token: String,
}

/// One transaction: debits and credits of the same sum.
#[derive(Serialize, ToSchema)]
struct TransactionView {
    /// The operation and its phase.
    #[schema(example = "o-1!capture_payment!captured")]
    transaction_id: String,
    /// When it was posted.
    #[schema(schema_with = schemas::time)]
    time: String,
    /// Its postings.
    postings: Vec<PostingView>,
}

/// One side of a transaction.
#[derive(Serialize, ToSchema)]
struct PostingView {
    /// Where.
    #[schema(example = "paid:o-1")]
    account: String,
    /// Which side.
    #[schema(schema_with = directions)]
    direction: payments::Direction,
    /// How much.
    amount: MoneyView,
}

fn directions() -> Object {
    words(["debit", "credit"])
}

impl From<LedgerTransaction> for TransactionView {
    fn from(it: LedgerTransaction) -> Self {
        let posting = |it: payments::Posting| PostingView {
            account: it.account,
            direction: it.direction,
            amount: it.amount.into(),
        };
        Self {
            transaction_id: it.transaction_id,
            time: time(it.at),
            postings: it.postings.into_iter().map(posting).collect(),
        }
    }
}

/// Transactions of the ledger, newest first.
#[utoipa::path(get, path = "/ledger/transactions", tag = "payments",
    params(OfOrder, PageParameters),
    responses((status = 200, description = "A page of transactions", body = TransactionsView)))]
pub(super) async fn list_ledger_transactions(
    State(api): State<Api>,
    Listed { filter, part }: Listed<OfOrder>,
) -> Result<Json<TransactionsView>, Problem> {
    let list = List::of(&LEDGER_TRANSACTIONS, Newest::ByKey).about(filter.order_id);
    let (rows, next_page_token) = list.page::<Record, LedgerTransaction>(&api, &part).await?;
    let transactions = rows.into_iter().map(|row| row.record.into()).collect();
    Ok(Json(TransactionsView { transactions, next_page_token }))
}

/// The transactions of the example that was captured.
pub(super) fn example() -> TransactionsView {
    let states = payments::examples::states().into_iter();
    let captured = states.filter(|(name, _)| *name == "captured").flat_map(|it| it.1);
    let transactions = captured.filter_map(|(_, record)| match record {
        Record::Transaction(it) => Some(it.into()),
        Record::Payment(_) => None,
    });
    TransactionsView { transactions: transactions.collect(), next_page_token: String::new() }
}
