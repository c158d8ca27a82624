//! Payments as they are shown.

use super::OfOrder;
use crate::conditional::versioned;
use crate::input::{DerivedId, Path};
use crate::list::{List, Listed, PageParameters, Row};
use crate::openapi::schemas::{self, words};
use crate::problem::{PAYMENT_NOT_FOUND, Problem};
use crate::shop::Api;
use crate::trace;
use crate::view::{MoneyView, time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Newest;
use payments::{Operation, PAYMENTS, Payment, Record, payment_key};
use serde::{Deserialize, Serialize};
use utoipa::openapi::Object;
use utoipa::{IntoParams, ToSchema};

/// A payment.
#[derive(Serialize, ToSchema)]
pub(super) struct PaymentView {
    /// Its id.
    #[schema(example = "o-1!1")]
    payment_id: String,
    /// The order that it pays.
    #[schema(example = "o-1")]
    order_id: String,
    /// Where it stands.
    #[schema(schema_with = states)]
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
    #[schema(schema_with = providers)]
    provider: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_code: Option<String>,
    /// What the provider was asked for.
    operations: Vec<OperationView>,
    /// Rises with every change.
    version: u64,
    /// When it began.
    #[schema(schema_with = schemas::time)]
    created_at: String,
    /// When it last changed.
    #[schema(schema_with = schemas::time)]
    updated_at: String,
}

/// Something that a provider was asked for.
#[derive(Serialize, ToSchema)]
struct OperationView {
    /// Its id, at the provider too.
    operation_id: String,
    /// What was asked for.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// How much.
    amount: MoneyView,
    /// What came of it.
    #[schema(schema_with = operation_states)]
    state: &'static str,
    /// How often it was asked for.
    attempts: u32,
    /// What the provider calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_reference: Option<String>,
    /// Somebody must look.
    needs_attention: bool,
}

fn states() -> Object {
    words(payments::State::ALL.map(payments::State::as_str))
}

fn providers() -> Object {
    words(["fake", "invoice"])
}

fn kinds() -> Object {
    words(["authorize", "capture", "void", "refund"])
}

fn operation_states() -> Object {
    words(["pending", "succeeded", "failed", "unknown"])
}

/// A page of payments.
#[derive(Serialize, ToSchema)]
pub(super) struct PaymentsView {
    /// Newest first.
    payments: Vec<PaymentView>,
    /// Leads to the next page; empty at the end.
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

/// Payments, newest first.
#[utoipa::path(get, path = "/payments", tag = "payments", params(OfOrder, PageParameters),
    responses((status = 200, description = "A page of payments; none of an order before its saga \
        asks for one", body = PaymentsView)))]
pub(super) async fn list_payments(
    State(api): State<Api>,
    Listed { filter, part }: Listed<OfOrder>,
) -> Result<Json<PaymentsView>, Problem> {
    let list = List::of(&PAYMENTS, Newest::ByKey).about(filter.order_id);
    let (rows, next_page_token) = list.page::<Record, Payment>(&api, &part).await?;
    let shown = |row: &Row<Payment>| {
        view(row.key.subject.as_str(), row.key.number, &row.record, row.version)
    };
    Ok(Json(PaymentsView { payments: rows.iter().map(shown).collect(), next_page_token }))
}

/// Which payment.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct PaymentPath {
    /// The payment's id: that of the order, and `!1`.
    #[param(example = "o-1!1")]
    payment_id: DerivedId,
}

/// A payment as it stands.
#[utoipa::path(get, path = "/payments/{payment_id}", tag = "payments", params(PaymentPath),
    responses((status = 200, description = "The payment", body = PaymentView)))]
pub(super) async fn get_payment(
    State(api): State<Api>,
    Path(PaymentPath { payment_id }): Path<PaymentPath>,
) -> Result<Response, Problem> {
    let missing = || Problem::new(&PAYMENT_NOT_FOUND, format!("there is no payment {payment_id}"));
    let order_id = payment_id.as_str().strip_suffix("!1").ok_or_else(missing)?;
    trace::about_order(order_id);
    let found = api.record::<Record, Payment>(payment_key(order_id)).await?;
    let (payment, version) = found.ok_or_else(missing)?;
    Ok(versioned(StatusCode::OK, version, &view(order_id, 1, &payment, version)))
}

/// The payment of the examples in that state.
pub(super) fn example(state: &str) -> Option<PaymentView> {
    let mut states = payments::examples::states().into_iter();
    let (_, records) = states.find(|(name, _)| *name == state)?;
    let payment = |(key, record): &(service::RecordKey, Record)| match record {
        Record::Payment(it) => Some(view(key.subject.as_str(), key.number, it, 1)),
        Record::Transaction(_) => None,
    };
    records.iter().find_map(payment)
}

/// A page with it.
pub(super) fn example_of_list() -> PaymentsView {
    let payments = example("captured").into_iter().collect();
    PaymentsView { payments, next_page_token: String::new() }
}
