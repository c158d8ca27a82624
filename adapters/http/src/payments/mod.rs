//! The routes of payments.

mod balances;
mod ledger;
mod payment;

use crate::input::Id;
use crate::openapi::{NEXT_PAGE, Routes, operation};
use crate::problem::PAYMENT_NOT_FOUND;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

pub(crate) fn routes() -> Routes {
    let payment = |state: &str| payment::example(state);
    Routes::default()
        .with(
            operation(routes!(payment::list_payments))
                .answered("200", "captured", &payment::example_of_list())
                .leads_to(
                    "200",
                    "get_payment",
                    &[("payment_id", "$response.body#/payments/0/payment_id")],
                )
                .leads_to("200", "list_payments", NEXT_PAGE),
        )
        .with(
            operation(routes!(payment::get_payment))
                .refuses(&[&PAYMENT_NOT_FOUND])
                .answered("200", "captured", &payment("captured"))
                .answered("200", "failed", &payment("failed"))
                .versioned("200")
                .leads_to(
                    "200",
                    "list_ledger_transactions",
                    &[("order_id", "$response.body#/order_id")],
                ),
        )
        .with(operation(routes!(ledger::list_ledger_transactions)).answered(
            "200",
            "captured",
            &ledger::example(),
        ))
        .with(
            operation(routes!(balances::list_ledger_balances))
                .answered("200", "owed", &balances::example())
                .leads_to("200", "list_ledger_balances", NEXT_PAGE),
        )
}

/// Which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OfOrder {
    /// Only of this order.
    #[param(example = "o-1")]
    order_id: Option<Id>,
}
