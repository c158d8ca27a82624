//! Whether the process works, and whether it can be sent requests.

use crate::openapi::schemas::words;
use crate::openapi::{Operation, Routes, operation};
use crate::shop::Api;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use contracts::ServiceName;
use engine::Status;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::Object;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    let health = |it: Operation| it.answered("200", "ok", &HealthView::of(ServiceName::Orders));
    let ready = |it: Operation| {
        let away = Err("the store is unavailable: the disk doesn't answer".to_string());
        it.answered("200", "ready", &ReadinessView::of(&Ok("ok"), &Beside::default())).answered(
            "503",
            "not_ready",
            &ReadinessView::of(&away, &Beside::default()),
        )
    };
    routes
        .with(health(operation(routes!(get_health)).unlimited()))
        .with(health(operation(routes!(get_livez)).unlimited()))
        .with(ready(operation(routes!(get_ready)).unlimited()))
        .with(ready(operation(routes!(get_readyz)).unlimited()))
        .with(operation(routes!(get_metrics)).unlimited())
}

/// The process works.
#[derive(Serialize, ToSchema)]
struct HealthView {
    /// `ok`.
    #[schema(schema_with = ok)]
    status: &'static str,
    /// Whose port this is.
    #[schema(schema_with = services)]
    service: &'static str,
    /// Of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

fn ok() -> Object {
    words(["ok"])
}

fn services() -> Object {
    words(ServiceName::ALL.map(ServiceName::as_str))
}

impl HealthView {
    fn of(service: ServiceName) -> Self {
        Self { status: "ok", service: service.as_str(), version: env!("CARGO_PKG_VERSION") }
    }
}

/// As long as the process works.
#[utoipa::path(get, path = "/health", tag = "service",
    responses((status = 200, description = "It works", body = HealthView)))]
async fn get_health(State(service): State<ServiceName>) -> Json<HealthView> {
    Json(HealthView::of(service))
}

/// For a probe that restarts what no longer works: as `/health`.
#[utoipa::path(get, path = "/livez", tag = "service",
    responses((status = 200, description = "It works", body = HealthView)))]
async fn get_livez(State(service): State<ServiceName>) -> Json<HealthView> {
    Json(HealthView::of(service))
}

/// What must work before requests can be sent here.
#[derive(Serialize, ToSchema)]
struct ReadinessView {
    /// `ready` or `not_ready`.
    #[schema(schema_with = readiness)]
    status: &'static str,
    /// What each part says.
    checks: Checks,
}

/// `ok`, or what is missing.
#[derive(Serialize, ToSchema)]
struct Checks {
    /// Whether the store can be read, and the process goes on.
    #[schema(example = "ok")]
    store: String,
    /// Whether the broker has brought all that was there at the start. Only at `/ready`, because
    /// writes go on without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "not used")]
    broker: Option<String>,
    /// Whether the payment provider answers, where that is not part of the process. Only at
    /// `/ready`, because orders are taken without it; payments wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ok")]
    provider: Option<String>,
}

fn readiness() -> Object {
    words(["ready", "not_ready"])
}

type Check = Result<&'static str, String>;

fn said(check: &Check) -> String {
    match check {
        Ok(word) => (*word).to_string(),
        Err(what) => what.clone(),
    }
}

/// Those that writes go on without, as far as they matter.
#[derive(Default)]
struct Beside {
    broker: Option<Check>,
    provider: Option<Check>,
}

impl ReadinessView {
    fn of(store: &Check, beside: &Beside) -> Self {
        let (broker, provider) = (beside.broker.as_ref(), beside.provider.as_ref());
        let is_ready = [Some(store), broker, provider].into_iter().flatten().all(Result::is_ok);
        let checks =
            Checks { store: said(store), broker: broker.map(said), provider: provider.map(said) };
        Self { status: if is_ready { "ready" } else { "not_ready" }, checks }
    }
}

impl IntoResponse for ReadinessView {
    fn into_response(self) -> Response {
        let status = match self.status {
            "ready" => StatusCode::OK,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(self)).into_response()
    }
}

/// The store answers, and nothing is about to end.
async fn store(api: &Api) -> Check {
    match (api.status(), api.shop().ping().await) {
        (Status::Running, Ok(())) => Ok("ok"),
        (Status::Waiting(error), _) | (Status::Running, Err(error)) => Err(error.to_string()),
        (Status::Stopping | Status::Stopped, _) => Err("the process is about to end".into()),
        (Status::Failed(what), _) => Err(what),
    }
}

/// Whether everything can be done: the store answers, and broker and provider, where there are any.
#[utoipa::path(get, path = "/ready", tag = "service",
    responses((status = 200, description = "It can be sent requests", body = ReadinessView),
        (status = 503, description = "Something is missing", body = ReadinessView)))]
async fn get_ready(State(api): State<Api>) -> ReadinessView {
    let provider = api.shop().provider().await.map(|answers| answers.map(|()| "ok"));
    let beside = Beside { broker: Some(api.shop().broker()), provider };
    ReadinessView::of(&store(&api).await, &beside)
}

/// For a probe that sends requests elsewhere: as `/ready`, without broker and payment provider.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, description = "It can be sent requests", body = ReadinessView),
        (status = 503, description = "Something is missing", body = ReadinessView)))]
async fn get_readyz(State(api): State<Api>) -> ReadinessView {
    ReadinessView::of(&store(&api).await, &Beside::default())
}

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What Prometheus scrapes: requests by route and status, rounds, sagas, and what waits.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, description = "In the text format of Prometheus", body = String,
        content_type = "text/plain")))]
async fn get_metrics(State(metrics): State<PrometheusHandle>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], metrics.render())
}
