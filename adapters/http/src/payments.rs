//! The routes of payments.

use crate::input;
use crate::problem::{PAYMENT_NOT_FOUND, Problem};
use crate::shop::{Api, decode, store_problem};
use crate::view::{MoneyView, Parameters, Path, time, versioned};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use payments::{
    LEDGER_TRANSACTIONS, LedgerTransaction, Operation, PAYMENTS, Payment, Record, payment_key,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Rows of one order that are shown at once.
const ROWS_MAX: usize = 200;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_payments))
        .routes(routes!(get_payment))
        .routes(routes!(ledger_transactions))
}

/// Which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfOrder {
    /// Its id.
    order_id: String,
}

/// A payment.
#[derive(Serialize, ToSchema)]
struct PaymentView {
    /// Its id.
    payment_id: String,
    /// The order that it pays.
    order_id: String,
    /// `processing`, `requires_action`, `authorized`, `captured`, `voided` or `failed`.
    state: &'static str,
    /// What is to be paid.
    amount: MoneyView,
    /// What was held.
    authorized: MoneyView,
    /// What was taken.
    captured: MoneyView,
    /// What was given back without being taken.
    released: MoneyView,
    /// What was given back after being taken.
    refunded: MoneyView,
    /// Who holds the money.
    provider: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_code: Option<String>,
    /// What the provider was asked for.
    operations: Vec<OperationView>,
    /// Rises with every change.
    version: u64,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    updated_at: String,
}

/// Something that a provider was asked for.
#[derive(Serialize, ToSchema)]
struct OperationView {
    /// Its id, at the provider too.
    operation_id: String,
    /// `authorize`, `capture`, `void` or `refund`.
    kind: &'static str,
    /// How much.
    amount: MoneyView,
    /// `pending`, `succeeded`, `failed` or `unknown`.
    state: &'static str,
    /// How often it was asked for.
    attempts: u32,
    /// What the provider calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_reference: Option<String>,
    /// Somebody must look.
    needs_attention: bool,
}

/// The payments of an order.
#[derive(Serialize, ToSchema)]
struct PaymentsView {
    /// Newest first.
    payments: Vec<PaymentView>,
    /// Empty at the end.
    next_page_token: String,
}

fn view(order_id: &str, number: u32, payment: &Payment, version: u64) -> PaymentView {
    let money = |minor_units| payment.money(minor_units).into();
    let operation = |it: &Operation| OperationView {
        operation_id: it.id.to_string(),
        kind: it.kind.as_str(),
        amount: money(it.amount),
        state: it.state.as_str(),
        attempts: it.attempts,
        provider_reference: it.provider_reference.clone(),
        needs_attention: it.needs_attention,
    };
    PaymentView {
        payment_id: format!("{order_id}!{number}"),
        order_id: order_id.into(),
        state: payment.state.as_str(),
        amount: payment.amount.into(),
        authorized: money(payment.authorized),
        captured: money(payment.captured),
        released: money(payment.released),
        refunded: money(payment.refunded),
        provider: payment.provider(),
        failure_code: payment.failure_code.clone(),
        operations: payment.operations.iter().map(operation).collect(),
        version,
        created_at: time(payment.created_at),
        updated_at: time(payment.updated_at),
    }
}

/// The payments of an order.
#[utoipa::path(get, path = "/payments", tag = "payments", params(OfOrder),
    responses(
        (status = 200, description = "None before the saga asks", body = PaymentsView),
        (status = 422, description = "A value is not allowed", body = Problem)))]
async fn list_payments(
    State(api): State<Api>,
    Parameters(OfOrder { order_id }): Parameters<OfOrder>,
) -> Result<Json<PaymentsView>, Problem> {
    input::id("order_id", &order_id)?;
    let stored = api.shop().records_of(&PAYMENTS, order_id.as_str().into(), ROWS_MAX).await;
    let stored = stored.map_err(|error| store_problem(&error))?;
    let mut payments = vec![];
    for row in stored.iter().rev() {
        let (payment, version) = decode::<Record, Payment>(row)?;
        payments.push(view(&order_id, row.key.number, &payment, version));
    }
    Ok(Json(PaymentsView { payments, next_page_token: String::new() }))
}

/// A payment as it stands.
#[utoipa::path(get, path = "/payments/{payment_id}", tag = "payments",
    params(("payment_id" = String, Path, example = "o-1!1")),
    responses(
        (status = 200, description = "The payment", body = PaymentView),
        (status = 404, description = "`payment_not_found`", body = Problem)))]
async fn get_payment(
    State(api): State<Api>,
    Path(payment_id): Path<String>,
) -> Result<Response, Problem> {
    let missing = || Problem::new(&PAYMENT_NOT_FOUND, format!("there is no payment {payment_id}"));
    let order_id = payment_id.strip_suffix("!1").ok_or_else(missing)?;
    input::id("payment_id", order_id)?;
    let found = api.record::<Record, Payment>(payment_key(order_id)).await?;
    let (payment, version) = found.ok_or_else(missing)?;
    Ok(versioned(StatusCode::OK, version, &view(order_id, 1, &payment, version)))
}

/// Transactions of the ledger.
#[derive(Serialize, ToSchema)]
struct TransactionsView {
    /// Oldest first.
    transactions: Vec<TransactionView>,
    /// Empty at the end.
    next_page_token: String,
}

/// One transaction: debits and credits of the same sum.
#[derive(Serialize, ToSchema)]
struct TransactionView {
    /// The operation and its phase.
    transaction_id: String,
    /// RFC 3339.
    time: String,
    /// Its postings.
    postings: Vec<PostingView>,
}

/// One side of a transaction.
#[derive(Serialize, ToSchema)]
struct PostingView {
    /// Where.
    account: String,
    /// `debit` or `credit`.
    #[schema(value_type = String)]
    direction: payments::Direction,
    /// How much.
    amount: MoneyView,
}

/// The transactions of an order in the ledger, oldest first.
#[utoipa::path(get, path = "/ledger/transactions", tag = "payments", params(OfOrder),
    responses(
        (status = 200, description = "The transactions", body = TransactionsView),
        (status = 422, description = "A value is not allowed", body = Problem)))]
async fn ledger_transactions(
    State(api): State<Api>,
    Parameters(OfOrder { order_id }): Parameters<OfOrder>,
) -> Result<Json<TransactionsView>, Problem> {
    input::id("order_id", &order_id)?;
    let subject = order_id.as_str().into();
    let stored = api.shop().records_of(&LEDGER_TRANSACTIONS, subject, ROWS_MAX).await;
    let stored = stored.map_err(|error| store_problem(&error))?;
    let mut transactions = vec![];
    for row in &stored {
        let (transaction, _) = decode::<Record, LedgerTransaction>(row)?;
        let posting = |it: payments::Posting| PostingView {
            account: it.account,
            direction: it.direction,
            amount: it.amount.into(),
        };
        transactions.push(TransactionView {
            transaction_id: transaction.transaction_id,
            time: time(transaction.at),
            postings: transaction.postings.into_iter().map(posting).collect(),
        });
    }
    Ok(Json(TransactionsView { transactions, next_page_token: String::new() }))
}
