//! `GET /orders`.

use super::view::{OrderView, example, states, view};
use crate::input::{Id, Time};
use crate::list::{List, Listed, PageParameters};
use crate::problem::Problem;
use crate::shop::Api;
use axum::Json;
use axum::extract::State;
use engine::Newest;
use orders::{ORDERS, Order, Record};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which orders.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OrdersFilter {
    /// Only of this user.
    #[param(example = "u-1")]
    user_id: Option<Id>,
    /// Only in this state.
    #[param(schema_with = states)]
    state: Option<orders::State>,
    /// Only those that were taken after this time.
    #[param(inline)]
    created_after: Option<Time>,
}

/// A page of orders.
#[derive(Serialize, ToSchema)]
pub(super) struct OrdersView {
    /// Newest first.
    orders: Vec<OrderView>,
    /// Leads to the next page; empty at the end.
    next_page_token: String,
}

/// Orders, newest first.
#[utoipa::path(get, path = "/orders", tag = "orders", params(OrdersFilter, PageParameters),
    responses((status = 200, description = "A page of orders", body = OrdersView)))]
pub(super) async fn list_orders(
    State(api): State<Api>,
    Listed { filter, part }: Listed<OrdersFilter>,
) -> Result<Json<OrdersView>, Problem> {
    let at_least = filter.created_after.map(|after| after.get().micros().saturating_add(1));
    let list = List::of(&ORDERS, Newest::ByColumn { column: "created_at", at_least })
        .only("user_id", filter.user_id.as_ref().map(Id::as_str))
        .only("state", filter.state.map(orders::State::as_str));
    let (rows, next_page_token) = list.page::<Record, Order>(&api, &part).await?;
    let orders = rows.iter().map(|row| view(row.key.subject.as_str(), &row.record, row.version));
    Ok(Json(OrdersView { orders: orders.collect(), next_page_token }))
}

/// For the document.
pub(super) fn example_of_page() -> OrdersView {
    OrdersView {
        orders: example("confirmed").into_iter().collect(),
        next_page_token: String::new(),
    }
}
