//! The routes of the orchestrator.

mod definitions;
mod history;
mod list;
mod saga;

use crate::openapi::{NEXT_PAGE, Routes, operation};
use crate::problem::{DEFINITION_NOT_FOUND, SAGA_NOT_FOUND};
use utoipa_axum::routes;

pub(crate) fn routes() -> Routes {
    let definition = orchestrator::PLACE_ORDER;
    Routes::default()
        .with(
            operation(routes!(list::list_sagas))
                .answered("200", "one", &list::example_of_page())
                .leads_to("200", "get_saga", &[("saga_id", "$response.body#/sagas/0/saga_id")])
                .leads_to("200", "list_sagas", NEXT_PAGE),
        )
        .with(operation(routes!(list::count_sagas)).answered(
            "200",
            "some",
            &list::example_of_counts(),
        ))
        .with(
            operation(routes!(saga::get_saga))
                .refuses(&[&SAGA_NOT_FOUND])
                .answered("200", "COMPLETED", &saga::example("COMPLETED"))
                .answered("200", "COMPENSATING", &saga::example("COMPENSATING"))
                .versioned("200")
                .leads_to("200", "get_definition", &[("name", "$response.body#/definition")]),
        )
        .with(
            operation(routes!(definitions::list_definitions))
                .without_store()
                .answered("200", "one", &definitions::example_of_list())
                .leads_to(
                    "200",
                    "get_definition",
                    &[("name", "$response.body#/definitions/0/name")],
                ),
        )
        .with(
            operation(routes!(definitions::get_definition))
                .without_store()
                .refuses(&[&DEFINITION_NOT_FOUND])
                .answered("200", "place_order", &definitions::view(&definition)),
        )
}
