//! The routes of the orchestrator.

mod history;

use crate::input;
use crate::problem::{INTERNAL_ERROR, Problem, SAGA_NOT_FOUND};
use crate::shop::Api;
use crate::view::{Path, time, versioned};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::Message;
use history::{AttemptView, HistoryView, about, attempts, history};
use orchestrator::{OrderSaga, Record, definition, saga_key};
use saga::{Action, Kind, Progress, StepState};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Messages about one order that are read for the history of its sagas.
const MESSAGES_MAX: usize = 10_000;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_saga))
}

/// A saga.
#[derive(Serialize, ToSchema)]
struct SagaView {
    /// Its id: the order's for the saga that places it.
    saga_id: String,
    /// The name of its definition.
    definition: String,
    /// The version of its definition.
    definition_version: u32,
    /// The order.
    order_id: String,
    /// `RUNNING`, `PAUSED`, `COMPENSATING`, `COMPENSATION_FAILED`, `COMPLETED`, `COMPENSATED` or
    /// `RESOLVED`.
    #[schema(value_type = String)]
    state: saga::Status,
    /// The step whose answer it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<String>,
    /// Why it was compensated.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// RFC 3339.
    started_at: String,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    /// In order.
    steps: Vec<StepView>,
    /// Every message that it handled or sent, oldest first.
    history: Vec<HistoryView>,
    /// Rises with every change.
    version: u64,
}

/// One step of a saga.
#[derive(Serialize, ToSchema)]
struct StepView {
    /// Its name.
    name: &'static str,
    /// `compensatable`, `pivot` or `retriable`.
    kind: &'static str,
    /// How far it is.
    #[schema(value_type = String)]
    state: Progress,
    /// Each time that its command, or its undo, was sent.
    attempts: Vec<AttemptView>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A saga as it stands.
#[utoipa::path(get, path = "/sagas/{saga_id}", tag = "orchestrator",
    params(("saga_id" = String, Path, example = "o-1")),
    responses(
        (status = 200, description = "The saga", body = SagaView),
        (status = 404, description = "`saga_not_found`", body = Problem)))]
async fn get_saga(
    State(api): State<Api>,
    Path(saga_id): Path<String>,
) -> Result<Response, Problem> {
    let order_id = saga_id.split('!').next().unwrap_or_default();
    input::id("saga_id", order_id)?;
    let number = u32::from(order_id != saga_id);
    let found = api.record::<Record, OrderSaga>(saga_key(order_id, number)).await?;
    let found = found.filter(|(it, _)| it.saga.id == saga_id);
    let missing = || Problem::new(&SAGA_NOT_FOUND, format!("there is no saga {saga_id}"));
    let (it, version) = found.ok_or_else(missing)?;
    let log = api.log_of(order_id, MESSAGES_MAX).await?;
    let log: Vec<Message> = log.into_iter().map(|logged| logged.message).collect();
    let shown = view(order_id, &it, version, &log).ok_or_else(|| {
        let (name, version) = (&it.saga.definition, it.saga.version);
        let what = format!("saga {saga_id} follows {name} v{version}");
        Problem::new(
            &INTERNAL_ERROR,
            format!("{what}, which this program doesn't know: upgrade it"),
        )
    })?;
    Ok(versioned(StatusCode::OK, version, &shown))
}

/// Nothing if the saga's definition is not known here.
fn view(order_id: &str, it: &OrderSaga, version: u64, log: &[Message]) -> Option<SagaView> {
    let saga = &it.saga;
    let definition = definition(&saga.definition, saga.version)?;
    let is_awaited =
        |state: &StepState| matches!(state.progress, Progress::Sent | Progress::Undoing);
    let waiting = saga.steps.iter().position(is_awaited);
    let waiting_for = waiting.map(|index| {
        let step = definition.steps.get(index);
        step.map_or("start", |step| step.action.name()).to_string()
    });
    let step = |(step, state): (&saga::Step<orchestrator::Action>, &StepState)| {
        let actions: Vec<_> = [step.action].into_iter().chain(step.undo_action()).collect();
        StepView {
            name: step.action.name(),
            kind: match step.kind {
                Kind::Compensatable { .. } => "compensatable",
                Kind::Pivot { .. } => "pivot",
                Kind::Retriable => "retriable",
            },
            state: state.progress,
            attempts: attempts(about(log, saga, definition), &saga.id, &actions),
            started_at: state.started_at.map(time),
            finished_at: state.finished_at.map(time),
            error: state.error.clone(),
        }
    };
    Some(SagaView {
        saga_id: saga.id.clone(),
        definition: saga.definition.clone(),
        definition_version: saga.version,
        order_id: order_id.into(),
        state: saga.status,
        waiting_for,
        reason: saga.reason.clone(),
        started_at: time(saga.started_at),
        finished_at: saga.finished_at.map(time),
        steps: definition.steps.iter().zip(&saga.steps).map(step).collect(),
        history: history(about(log, saga, definition)),
        version,
    })
}
