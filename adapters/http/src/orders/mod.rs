//! The routes of orders.

mod cancel;
mod create;
mod list;
mod read;
mod request;
mod view;
mod wait;

use crate::openapi::{NEXT_PAGE, Operation, Routes, operation};
use crate::problem::{
    AMOUNT_MISMATCH, ORDER_EXISTS, ORDER_NOT_CANCELLABLE, ORDER_NOT_FOUND, Problem,
    VERSION_MISMATCH,
};
use crate::shop::Api;
use crate::{input::Id, trace};
use orders::{Order, Record, order_key};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

pub(crate) fn routes() -> Routes {
    let example = |state: &str| view::example(state);
    Routes::default()
        .with(
            onward(operation(routes!(create::create_order)).keyed(), "201")
                .refuses(&[&ORDER_EXISTS, &AMOUNT_MISMATCH, &VERSION_MISMATCH])
                .asked_any_of(request::amount_or_lines())
                .asked("of an amount", request::example_of_amount())
                .asked("of lines", request::example_of_lines())
                .answered("201", "pending", &view::example_of_acknowledgement())
                .versioned("201")
                .waiting("201")
                .located("201"),
        )
        .with(
            operation(routes!(list::list_orders))
                .answered("200", "one", &list::example_of_page())
                .leads_to("200", "get_order", &[("order_id", "$response.body#/orders/0/order_id")])
                .leads_to("200", "list_orders", NEXT_PAGE),
        )
        .with(
            onward(operation(routes!(read::get_order)), "200")
                .refuses(&[&ORDER_NOT_FOUND])
                .answered("200", "pending", &example("pending"))
                .answered("200", "confirmed", &example("confirmed"))
                .answered("200", "rejected", &example("rejected"))
                .versioned("200"),
        )
        .with(operation(routes!(read::list_order_events)).refuses(&[&ORDER_NOT_FOUND]).answered(
            "200",
            "confirmed",
            &read::example_of_events(),
        ))
        .with(
            onward(operation(routes!(cancel::cancel_order)).keyed().conditional(), "202")
                .refuses(&[&ORDER_NOT_FOUND, &ORDER_NOT_CANCELLABLE])
                .asked("with a reason", cancel::example())
                .answered("202", "cancelling", &example("cancelling"))
                .versioned("202"),
        )
}

/// An answer with an order leads to all that can be done with it.
fn onward(operation: Operation, status: &str) -> Operation {
    let id = [("order_id", "$response.body#/order_id")];
    operation
        .leads_to(status, "get_order", &id)
        .leads_to(status, "list_order_events", &id)
        .leads_to(status, "cancel_order", &id)
}

/// Which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OrderPath {
    /// The order's id.
    #[param(example = "o-1")]
    order_id: Id,
}

/// An order and its version.
async fn find(api: &Api, order_id: &str) -> Result<(Order, u64), Problem> {
    trace::about_order(order_id);
    let found = api.record::<Record, Order>(order_key(order_id)).await?;
    let detail = || format!("there is no order {order_id}");
    found.ok_or_else(|| Problem::new(&ORDER_NOT_FOUND, detail()))
}
