//! A saga as it is shown.

use super::definitions::kind_name;
use super::history::{AttemptView, HistoryView, about, attempts, history};
use crate::conditional::weakly_versioned;
use crate::input::{DerivedId, Path};
use crate::openapi::schemas::{self, words};
use crate::problem::{INTERNAL_ERROR, Problem, SAGA_NOT_FOUND};
use crate::shop::Api;
use crate::trace;
use crate::view::time;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::Message;
use orchestrator::{OrderSaga, Record, definition, saga_key};
use saga::{Action, Progress, Saga, StepState};
use serde::{Deserialize, Serialize};
use utoipa::openapi::Object;
use utoipa::{IntoParams, ToSchema};

/// Messages about one order that are read for the history of its sagas.
const MESSAGES_MAX: usize = 10_000;

/// A saga, without its steps.
#[derive(Serialize, ToSchema)]
pub(super) struct SagaSummary {
    /// Its id: the order's for the saga that places it.
    #[schema(example = "o-1")]
    saga_id: String,
    /// The name of its definition.
    #[schema(example = "place_order")]
    definition: String,
    /// The version of its definition.
    definition_version: u32,
    /// The order.
    #[schema(example = "o-1")]
    order_id: String,
    /// Where it stands as a whole.
    #[schema(schema_with = states)]
    state: saga::Status,
    /// The step whose answer it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<&'static str>,
    /// Why it was compensated.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it began.
    #[schema(schema_with = schemas::time)]
    started_at: String,
    /// When it reached a final state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::time, required = false)]
    finished_at: Option<String>,
    /// Rises with every change.
    version: u64,
}

/// A saga with everything that happened to it.
#[derive(Serialize, ToSchema)]
pub(super) struct SagaView {
    #[serde(flatten)]
    summary: SagaSummary,
    /// In order.
    steps: Vec<StepView>,
    /// Every message that it handled or sent, oldest first.
    history: Vec<HistoryView>,
}

/// One step of a saga.
#[derive(Serialize, ToSchema)]
struct StepView {
    /// Its name.
    name: &'static str,
    /// What it is to the saga.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// How far it is.
    #[schema(schema_with = progresses)]
    state: Progress,
    /// Each time that its command, or its undo, was sent.
    attempts: Vec<AttemptView>,
    /// When it was first asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::time, required = false)]
    started_at: Option<String>,
    /// When it was done, refused or undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::time, required = false)]
    finished_at: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The words of a state.
pub(super) fn states() -> Object {
    words([
        "RUNNING",
        "PAUSED",
        "COMPENSATING",
        "COMPENSATION_FAILED",
        "COMPLETED",
        "COMPENSATED",
        "RESOLVED",
    ])
}

fn kinds() -> Object {
    words(["compensatable", "pivot", "retriable"])
}

fn progresses() -> Object {
    words([
        "PENDING",
        "SENT",
        "SUCCEEDED",
        "REFUSED",
        "GIVEN_UP",
        "UNDOING",
        "UNDONE",
        "UNDO_REFUSED",
        "SKIPPED",
    ])
}

/// Which saga.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SagaPath {
    /// The saga's id: the order's for the saga that places it.
    #[param(example = "o-1")]
    saga_id: DerivedId,
}

/// A saga as it stands, with everything that happened to it.
#[utoipa::path(get, path = "/sagas/{saga_id}", tag = "orchestrator", params(SagaPath),
    responses((status = 200, description = "The saga", body = SagaView)))]
pub(super) async fn get_saga(
    State(api): State<Api>,
    Path(SagaPath { saga_id }): Path<SagaPath>,
) -> Result<Response, Problem> {
    let saga_id = saga_id.as_str();
    let order_id = saga_id.split('!').next().unwrap_or_default();
    trace::about_saga(order_id, saga_id);
    let number = u32::from(order_id != saga_id);
    let found = api.record::<Record, OrderSaga>(saga_key(order_id, number)).await?;
    let found = found.filter(|(it, _)| it.saga.id == saga_id);
    let missing = || Problem::new(&SAGA_NOT_FOUND, format!("there is no saga {saga_id}"));
    let (it, version) = found.ok_or_else(missing)?;
    let log = api.log_of(order_id, MESSAGES_MAX).await?;
    let log: Vec<Message> = log.into_iter().map(|logged| logged.message).collect();
    let unknown = || {
        let (name, version) = (&it.saga.definition, it.saga.version);
        let what = format!("saga {saga_id} follows {name} v{version}");
        Problem::new(&INTERNAL_ERROR, format!("{what}, which this program doesn't know"))
    };
    let shown = view(order_id, &it, version, &log).ok_or_else(unknown)?;
    // The history grows also where the record stays as it is.
    Ok(weakly_versioned(StatusCode::OK, version, &shown))
}

/// The saga of the examples in that state.
pub(super) fn example(state: &str) -> Option<SagaView> {
    let (order_id, it) = example_saga(state)?;
    view(&order_id, &it, 1, &[])
}

/// One without its steps.
pub(super) fn example_of_summary() -> Option<SagaSummary> {
    let (order_id, it) = example_saga("COMPLETED")?;
    Some(summary(&order_id, &it, 1))
}

fn example_saga(state: &str) -> Option<(String, OrderSaga)> {
    let mut states = orchestrator::examples::states().into_iter();
    let (_, records) = states.find(|(name, _)| *name == state)?;
    let (key, Record::Saga(it)) = records.into_iter().next()?;
    Some((key.subject.to_string(), it))
}

/// A saga without its steps.
pub(super) fn summary(order_id: &str, it: &OrderSaga, version: u64) -> SagaSummary {
    let saga = &it.saga;
    SagaSummary {
        saga_id: saga.id.clone(),
        definition: saga.definition.clone(),
        definition_version: saga.version,
        order_id: order_id.into(),
        state: saga.status,
        waiting_for: waiting_for(saga),
        reason: saga.reason.clone(),
        started_at: time(saga.started_at),
        finished_at: saga.finished_at.map(time),
        version,
    }
}

fn waiting_for(saga: &Saga) -> Option<&'static str> {
    let is_awaited =
        |state: &StepState| matches!(state.progress, Progress::Sent | Progress::Undoing);
    let waiting = saga.steps.iter().position(is_awaited)?;
    let step = definition(&saga.definition, saga.version)?.steps.get(waiting);
    Some(step.map_or("start", |step| step.action.name()))
}

/// Nothing if the saga's definition is not known here.
fn view(order_id: &str, it: &OrderSaga, version: u64, log: &[Message]) -> Option<SagaView> {
    let saga = &it.saga;
    let definition = definition(&saga.definition, saga.version)?;
    let step = |(step, state): (&saga::Step<orchestrator::Action>, &StepState)| {
        let actions: Vec<_> = [step.action].into_iter().chain(step.undo_action()).collect();
        StepView {
            name: step.action.name(),
            kind: kind_name(&step.kind),
            state: state.progress,
            attempts: attempts(about(log, saga, definition), &saga.id, &actions),
            started_at: state.started_at.map(time),
            finished_at: state.finished_at.map(time),
            error: state.error.clone(),
        }
    };
    Some(SagaView {
        summary: summary(order_id, it, version),
        steps: definition.steps.iter().zip(&saga.steps).map(step).collect(),
        history: history(about(log, saga, definition)),
    })
}
