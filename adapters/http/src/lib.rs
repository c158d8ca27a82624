//! The HTTP API of every service: JSON in, messages to the engine, problems and JSON out.
//!
//! Invariant: nothing is decided here and there is no SQL; a request becomes a message, and what is
//! shown is a record as it was read.

mod cards;
mod common;
mod idempotency;
mod input;
mod inventory;
mod json;
mod openapi;
mod orchestrator;
mod orders;
mod payments;
mod problem;
mod server;
mod shop;
mod trace;
mod view;

pub use problem::{FieldError, KINDS, Kind, Problem};
pub use server::{CONNECTIONS_MAX, serve};
pub use shop::{Api, Shop};

use axum::Router;
use contracts::ServiceName;
use metrics_exporter_prometheus::PrometheusHandle;

/// Everything that the port of a service serves.
pub fn router(service: ServiceName, api: Api, metrics: PrometheusHandle) -> Router {
    let routes = match service {
        ServiceName::Orders => orders::routes(),
        ServiceName::Payments => payments::routes(),
        ServiceName::Inventory => inventory::routes(),
        ServiceName::Orchestrator => orchestrator::routes(),
    };
    common::port(service, routes, api, metrics)
}
