//! The routes of inventory.

mod adjust;
mod reservation;
mod stock;

use crate::openapi::{NEXT_PAGE, Routes, operation};
use crate::problem::{
    RESERVATION_NOT_FOUND, SKU_NOT_FOUND, STOCK_ABOVE_MAXIMUM, STOCK_BELOW_RESERVED,
    TOO_MANY_LOCATIONS,
};
use utoipa_axum::routes;

pub(crate) fn routes() -> Routes {
    let sku = [("sku", "$response.body#/sku")];
    Routes::default()
        .with(
            operation(routes!(stock::set_stock))
                .refuses(&[&STOCK_BELOW_RESERVED, &TOO_MANY_LOCATIONS])
                .conditional()
                .creating()
                .asked("counted", stock::example_of_count())
                .answered("200", "counted", &stock::example("counted"))
                .versioned("200")
                .leads_to("200", "get_stock", &sku)
                .leads_to("200", "adjust_stock", &sku),
        )
        .with(
            operation(routes!(adjust::adjust_stock))
                .refuses(&[&SKU_NOT_FOUND, &STOCK_BELOW_RESERVED])
                .refuses(&[&STOCK_ABOVE_MAXIMUM, &TOO_MANY_LOCATIONS])
                .keyed()
                .conditional()
                .asked("broken", adjust::example())
                .answered("201", "counted", &stock::example("counted"))
                .versioned("201")
                .leads_to("201", "get_stock", &sku),
        )
        .with(
            operation(routes!(stock::list_stock))
                .answered("200", "one", &stock::example_of_page())
                .leads_to("200", "get_stock", &[("sku", "$response.body#/stock/0/sku")])
                .leads_to("200", "list_stock", NEXT_PAGE),
        )
        .with(
            operation(routes!(stock::get_stock))
                .refuses(&[&SKU_NOT_FOUND])
                .answered("200", "reserved", &stock::example("held"))
                .versioned("200")
                .leads_to("200", "set_stock", &sku),
        )
        .with(
            operation(routes!(reservation::get_reservation))
                .refuses(&[&RESERVATION_NOT_FOUND])
                .answered("200", "held", &reservation::example("held"))
                .answered("200", "released", &reservation::example("released"))
                .versioned("200"),
        )
}
