//! Definitions of sagas as they are shown: as JSON, or as a diagram.

use crate::accept::preferred;
use crate::input::{Id, Parameters, Path, Whole};
use crate::openapi::schemas::words;
use crate::problem::{DEFINITION_NOT_FOUND, Problem};
use axum::Json;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use orchestrator::{Action, DEFINITIONS, PLACE_ORDER};
use saga::{Action as _, Definition, Kind, RetryPolicy, Step, Undo};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;
use utoipa::openapi::Object;
use utoipa::{IntoParams, ToSchema};

const MERMAID: &str = "text/vnd.mermaid";
const FORMS: &[&str] = &["application/json", MERMAID];

/// The definitions of sagas.
#[derive(Serialize, ToSchema)]
pub(super) struct DefinitionsView {
    /// All of every version that a running saga may follow.
    definitions: Vec<DefinitionView>,
}

/// A definition that there is, by its name.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "Cow<'_, str>")]
pub(super) struct KnownDefinition(&'static Definition<Action>);

impl TryFrom<Cow<'_, str>> for KnownDefinition {
    type Error = String;

    fn try_from(name: Cow<'_, str>) -> Result<Self, String> {
        let found = DEFINITIONS.iter().find(|it| it.name == name);
        let unknown = || format!("is {name:?}; {} is allowed", names().join(" or "));
        found.map(|it| Self(it)).ok_or_else(unknown)
    }
}

impl KnownDefinition {
    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0.name
    }
}

/// Each name once, whatever versions there are.
fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = DEFINITIONS.iter().map(|it| it.name).collect();
    names.dedup();
    names
}

/// For the document.
pub(super) fn definition_names() -> Object {
    words(names())
}

/// The definition of a saga: its steps, in order.
#[derive(Serialize, ToSchema)]
pub(super) struct DefinitionView {
    /// Its name.
    #[schema(example = "place_order")]
    name: &'static str,
    /// Running sagas are pinned to it.
    version: u32,
    /// Before the pivot, a saga older than so many seconds gives up.
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline_seconds: Option<f64>,
    /// The last compensation: it undoes whatever started the saga.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_undone_by: Option<&'static str>,
    /// In order.
    steps: Vec<StepDefinitionView>,
}

/// One step.
#[derive(Serialize, ToSchema)]
struct StepDefinitionView {
    /// What is asked for.
    #[schema(example = "reserve_inventory")]
    name: &'static str,
    /// A compensatable step can be undone; the pivot decides; a retriable step is repeated until it
    /// succeeds.
    #[schema(schema_with = kinds)]
    kind: &'static str,
    /// Runs together with that earlier step.
    #[serde(skip_serializing_if = "Option::is_none")]
    alongside: Option<&'static str>,
    /// How long an answer may take.
    timeout_seconds: f64,
    /// How long it may take once the participant said that it is at it.
    ongoing_timeout_seconds: f64,
    /// How its command is repeated.
    retry: RetryView,
    /// How it is undone, where it can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    compensation: Option<CompensationView>,
    /// What asks for the outcome of the pivot.
    #[serde(skip_serializing_if = "Option::is_none")]
    queried_by: Option<&'static str>,
}

/// How something is repeated.
#[derive(Serialize, ToSchema)]
struct RetryView {
    /// Before the second attempt.
    initial_interval_seconds: f64,
    /// By how much each wait is longer than the one before.
    backoff_coefficient: u32,
    /// No wait is longer.
    maximum_interval_seconds: f64,
    /// Then a compensatable step is given up. Other steps, and undos, are never given up: they go
    /// on at the longest interval, and this is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_attempts: Option<u32>,
}

/// How a step is undone.
#[derive(Serialize, ToSchema)]
struct CompensationView {
    /// What undoes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_by: Option<&'static str>,
    /// The undo of that earlier step covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    undone_with: Option<&'static str>,
    /// The rest of the compensation doesn't wait for it.
    independent: bool,
    /// How the undo is repeated.
    retry: RetryView,
}

fn kinds() -> Object {
    words(["compensatable", "pivot", "retriable"])
}

/// What a step is to its saga.
pub(super) const fn kind_name(kind: &Kind<Action>) -> &'static str {
    match kind {
        Kind::Compensatable { .. } => "compensatable",
        Kind::Pivot { .. } => "pivot",
        Kind::Retriable => "retriable",
    }
}

fn retry(policy: &RetryPolicy, gives_up: bool) -> RetryView {
    RetryView {
        initial_interval_seconds: policy.initial_interval.as_secs_f64(),
        backoff_coefficient: policy.backoff_coefficient,
        maximum_interval_seconds: policy.maximum_interval.as_secs_f64(),
        maximum_attempts: gives_up.then_some(policy.maximum_attempts),
    }
}

fn step(step: &Step<Action>) -> StepDefinitionView {
    let compensation = match step.kind {
        Kind::Compensatable { undo: Some(undo), independent } => {
            let (undone_by, undone_with) = match undo {
                Undo::By(action) => (Some(action.name()), None),
                Undo::With(action) => (None, Some(action.name())),
            };
            let retry = retry(&step.undo_retry, false);
            Some(CompensationView { undone_by, undone_with, independent, retry })
        }
        _ => None,
    };
    let query = match step.kind {
        Kind::Pivot { query } => query,
        Kind::Compensatable { .. } | Kind::Retriable => None,
    };
    StepDefinitionView {
        name: step.action.name(),
        kind: kind_name(&step.kind),
        alongside: step.alongside.map(saga::Action::name),
        timeout_seconds: step.timeout.as_secs_f64(),
        ongoing_timeout_seconds: step.ongoing_timeout.as_secs_f64(),
        retry: retry(&step.retry, matches!(step.kind, Kind::Compensatable { .. })),
        compensation,
        queried_by: query.map(saga::Action::name),
    }
}

/// A definition as it is shown.
pub(super) fn view(definition: &Definition<Action>) -> DefinitionView {
    DefinitionView {
        name: definition.name,
        version: definition.version,
        deadline_seconds: definition.deadline.as_ref().map(Duration::as_secs_f64),
        start_undone_by: definition.start_undone_by.map(saga::Action::name),
        steps: definition.steps.iter().map(step).collect(),
    }
}

/// For the document.
pub(super) fn example_of_list() -> DefinitionsView {
    DefinitionsView { definitions: vec![view(&PLACE_ORDER)] }
}

/// What the sagas of orders are made of.
#[utoipa::path(get, path = "/saga-definitions", tag = "orchestrator",
    responses((status = 200, description = "The definitions", body = DefinitionsView)))]
pub(super) async fn list_definitions() -> Json<DefinitionsView> {
    let definitions = DEFINITIONS.iter().map(|definition| view(definition)).collect();
    Json(DefinitionsView { definitions })
}

/// Which definition.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct DefinitionPath {
    /// The definition's name.
    #[param(example = "place_order")]
    name: Id,
}

type Version = Whole<1, { u32::MAX as i64 }>;

/// Which version of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OfVersion {
    /// The newest if absent.
    #[param(inline)]
    version: Option<Version>,
}

/// Steps, kinds, timeouts, retries and compensation.
///
/// As JSON, or as a diagram where `Accept` says `text/vnd.mermaid`.
#[utoipa::path(get, path = "/sagas/definitions/{name}", tag = "orchestrator",
    params(DefinitionPath, OfVersion),
    responses((status = 200, description = "The definition", content(
        (DefinitionView = "application/json"), (String = "text/vnd.mermaid")))))]
pub(super) async fn get_definition(
    headers: HeaderMap,
    Path(DefinitionPath { name }): Path<DefinitionPath>,
    Parameters(OfVersion { version }): Parameters<OfVersion>,
) -> Result<Response, Problem> {
    let is_asked = |it: &&&Definition<Action>| {
        let is_version = version.is_none_or(|version| version.get() == i64::from(it.version));
        it.name == name.as_str() && is_version
    };
    let found = DEFINITIONS.iter().filter(is_asked).max_by_key(|it| it.version);
    let missing = || {
        let detail = format!("there is no definition {name}; there are {}", names().join(", "));
        Problem::new(&DEFINITION_NOT_FOUND, detail)
    };
    let definition = found.ok_or_else(missing)?;
    match preferred(&headers, FORMS) {
        MERMAID => Ok(([(header::CONTENT_TYPE, MERMAID)], definition.mermaid()).into_response()),
        _ => Ok(Json(view(definition)).into_response()),
    }
}
