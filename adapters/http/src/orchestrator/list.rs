//! `GET /sagas` and `GET /saga-counts`.

use super::definitions::{KnownDefinition, definition_names};
use super::saga::{self, SagaSummary, states};
use crate::input::Id;
use crate::list::{List, Listed, PageParameters};
use crate::problem::Problem;
use crate::shop::{Api, store_problem};
use axum::Json;
use axum::extract::State;
use engine::{Group, Newest};
use orchestrator::{OrderSaga, Record, SAGAS, SAGAS_COUNTED, state_name};
use serde::{Deserialize, Serialize};
use service::Value;
use utoipa::{IntoParams, ToSchema};

/// Groups of sagas: definitions times states, with room for definitions to come.
const GROUPS_MAX: usize = 1_000;

/// Which sagas.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SagasFilter {
    /// Only in this state.
    #[param(schema_with = states)]
    state: Option<::saga::Status>,
    /// Only of this order.
    #[param(example = "o-1")]
    order_id: Option<Id>,
    /// Only of the definition with this name.
    #[param(schema_with = definition_names)]
    definition: Option<KnownDefinition>,
}

/// A page of sagas.
#[derive(Serialize, ToSchema)]
pub(super) struct SagasView {
    /// Newest first.
    sagas: Vec<SagaSummary>,
    /// Leads to the next page; empty at the end.
    next_page_token: String,
}

/// Sagas, newest first, without their steps.
#[utoipa::path(get, path = "/sagas", tag = "orchestrator", params(SagasFilter, PageParameters),
    responses((status = 200, description = "A page of sagas", body = SagasView)))]
pub(super) async fn list_sagas(
    State(api): State<Api>,
    Listed { filter, part }: Listed<SagasFilter>,
) -> Result<Json<SagasView>, Problem> {
    let list = List::of(&SAGAS, Newest::ByKey)
        .only("state", filter.state.map(state_name))
        .only("definition", filter.definition.map(KnownDefinition::name))
        .about(filter.order_id);
    let (rows, next_page_token) = list.page::<Record, OrderSaga>(&api, &part).await?;
    let sagas =
        rows.iter().map(|row| saga::summary(row.key.subject.as_str(), &row.record, row.version));
    Ok(Json(SagasView { sagas: sagas.collect(), next_page_token }))
}

/// For the document.
pub(super) fn example_of_page() -> SagasView {
    let sagas = saga::example_of_summary().into_iter().collect();
    SagasView { sagas, next_page_token: String::new() }
}

/// How many sagas there are.
#[derive(Serialize, ToSchema)]
pub(super) struct SagaCountsView {
    /// By definition and state; none for what there is none of.
    counts: Vec<SagaCountView>,
}

/// How many sagas of a definition are in a state.
#[derive(Serialize, ToSchema)]
struct SagaCountView {
    /// The name of the definition.
    #[schema(example = "place_order")]
    definition: String,
    /// The state.
    #[schema(schema_with = states)]
    state: String,
    /// So many.
    #[schema(example = 12)]
    count: u64,
}

/// How many sagas there are, by definition and state.
#[utoipa::path(get, path = "/saga-counts", tag = "orchestrator",
    responses((status = 200, description = "The counts", body = SagaCountsView)))]
pub(super) async fn count_sagas(State(api): State<Api>) -> Result<Json<SagaCountsView>, Problem> {
    let groups = api.shop().count(&SAGAS, &SAGAS_COUNTED, GROUPS_MAX).await;
    let groups = groups.map_err(|error| store_problem(&error))?;
    Ok(Json(SagaCountsView { counts: groups.into_iter().filter_map(count).collect() }))
}

fn count(group: Group) -> Option<SagaCountView> {
    match <[Value; 2]>::try_from(group.values).ok()? {
        [Value::Text(definition), Value::Text(state)] => {
            Some(SagaCountView { definition, state, count: group.rows })
        }
        _ => None,
    }
}

/// For the document.
pub(super) fn example_of_counts() -> SagaCountsView {
    let count = |state: &str, count| SagaCountView {
        definition: "place_order".into(),
        state: state.into(),
        count,
    };
    SagaCountsView { counts: vec![count("COMPLETED", 12), count("RUNNING", 1)] }
}
