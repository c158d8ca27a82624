//! What every port serves beside its own routes: health, metrics, documents, error pages; and the
//! layer that makes every error a problem.

use crate::openapi::with_problems;
use crate::problem::{
    BAD_REQUEST, INTERNAL_ERROR, KINDS, Kind, METHOD_NOT_ALLOWED, NOT_FOUND, PAYLOAD_TOO_LARGE,
    Problem,
};
use crate::shop::Api;
use crate::trace;
use crate::view::Path;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use contracts::ServiceName;
use engine::Status;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use std::time::Instant;
use utoipa::openapi::{Info, License, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

/// The whole of one port.
pub(crate) fn port(
    service: ServiceName,
    routes: OpenApiRouter<Api>,
    api: Api,
    metrics: PrometheusHandle,
) -> Router {
    let (routes, document) = routes.split_for_parts();
    let mut document = with_problems(document);
    document.info = info(service);
    let health = json!({
        "status": "ok",
        "service": service.as_str(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    let alive = move || async move { Json(health) };
    let common = Router::new()
        .route("/health", get(alive.clone()))
        .route("/livez", get(alive))
        .route("/ready", get(ready))
        .route("/readyz", get(ready))
        .route("/metrics", get(move || async move { metrics.render() }))
        .route("/errors/{code}", get(error_page));
    routes
        .merge(common)
        .merge(documents(document))
        .layer(middleware::from_fn(every_error_is_a_problem))
        .with_state(api)
}

fn info(service: ServiceName) -> Info {
    let title = format!("OrderWeaver {service}");
    let mut info = Info::new(title, env!("CARGO_PKG_VERSION").to_string());
    info.license = Some(License::new("MIT"));
    info
}

fn documents(document: OpenApi) -> Router<Api> {
    SwaggerUi::new("/docs").url("/openapi.json", document).into()
}

/// Whether requests can be taken: the store answers and nothing is about to end.
async fn ready(State(api): State<Api>) -> Response {
    let store = match (api.status(), api.shop().ping().await) {
        (Status::Running, Ok(())) => Ok("ok".to_string()),
        (Status::Waiting(error), _) | (Status::Running, Err(error)) => Err(error.to_string()),
        (Status::Stopping | Status::Stopped, _) => Err("the process is about to end".into()),
        (Status::Failed(what), _) => Err(what),
    };
    let (status, word) = match store {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
    };
    let (Ok(store) | Err(store)) = store;
    (status, Json(json!({ "status": word, "checks": { "store": store } }))).into_response()
}

async fn error_page(Path(code): Path<String>) -> Response {
    let Some(kind) = KINDS.iter().find(|kind| kind.code == code) else {
        return Problem::new(&NOT_FOUND, "there is no such error code").into_response();
    };
    let Kind { code, status, title, cause, remedy } = kind;
    Html(format!(
        "<!doctype html><html lang=\"en\"><title>{code}</title>\
         <h1>{title}</h1><p>Code <code>{code}</code>, HTTP status {status}.</p>\
         <h2>Why</h2><p>{cause}</p>\
         <h2>What to do</h2><p>{remedy}</p></html>"
    ))
    .into_response()
}

async fn every_error_is_a_problem(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let path = request.uri().path().to_string();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_string());
    let traceparent = trace::of(request.headers());
    let trace_id = trace::id(traceparent.as_deref());
    let mut response = trace::within(traceparent, next.run(request)).await;
    let status = response.status();
    metrics::histogram!(
        "http_server_request_duration_seconds",
        "method" => known(&method),
        "route" => route.unwrap_or_else(|| "none".into()),
        "status" => status.as_u16().to_string(),
    )
    .record(begun.elapsed().as_secs_f64());
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let is_readiness = path == "/ready" || path == "/readyz";
    let problem = response.extensions_mut().remove::<Problem>();
    let problem = match (problem, status) {
        (Some(problem), _) => problem,
        (None, _) if is_readiness => return response,
        (None, StatusCode::NOT_FOUND) => {
            Problem::new(&NOT_FOUND, format!("there is no {path}: see /docs"))
        }
        (None, StatusCode::METHOD_NOT_ALLOWED) => {
            Problem::new(&METHOD_NOT_ALLOWED, format!("{path} has no method {method}"))
        }
        (None, StatusCode::PAYLOAD_TOO_LARGE) => {
            Problem::new(&PAYLOAD_TOO_LARGE, "the request is too large")
        }
        (None, status) if status.is_server_error() => {
            Problem::new(&INTERNAL_ERROR, format!("a bare status {status}"))
        }
        (None, _) => Problem::new(&BAD_REQUEST, "the request can't be read"),
    };
    if status.is_server_error() {
        let (code, cause) = (problem.code(), problem.cause());
        tracing::warn!(%method, path, trace_id, code, cause, "a request failed");
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut response = problem.at(&path, trace_id).into_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// A method as a label: whatever clients make up is one of them.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
