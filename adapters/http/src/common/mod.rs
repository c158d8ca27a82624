//! What every port serves beside its own routes: health, metrics, documents, error pages.

mod documents;
mod errors;
mod health;

use crate::events;
use crate::openapi::{Routes, router_and_document, served};
use crate::request;
use crate::shop::Api;
use axum::body::Bytes;
use axum::extract::FromRef;
use axum::{Router, middleware};
use contracts::ServiceName;
use metrics_exporter_prometheus::PrometheusHandle;

/// What the routes of one port have at hand.
#[derive(Clone, FromRef)]
pub(crate) struct Port {
    api: Api,
    service: ServiceName,
    metrics: PrometheusHandle,
    document: Document,
}

/// The OpenAPI document, as it is sent.
#[derive(Clone)]
struct Document(Bytes);

/// The routes that every port has.
pub(crate) fn routes(service: ServiceName) -> Routes {
    events::add(documents::add(errors::add(health::add(Routes::default()))), service)
}

/// The whole of one port.
pub(crate) fn port(service: ServiceName, api: Api, metrics: PrometheusHandle) -> Router {
    let (routes, document) = router_and_document(service);
    let document = serde_json::to_vec(&served(document)).unwrap_or_default();
    let document = Document(document.into());
    routes
        .layer(middleware::from_fn_with_state(api.limits().clone(), request::handle))
        .with_state(Port { api, service, metrics, document })
}
