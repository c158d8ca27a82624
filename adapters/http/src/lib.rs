//! The HTTP API of every service: JSON in, messages to the engine, problems and JSON out.
//!
//! Invariant: nothing is decided here and there is no SQL; a request becomes a message, and what is
//! shown is a record as it was read.

mod accept;
mod cards;
mod common;
mod conditional;
mod events;
mod idempotency;
mod input;
mod inventory;
mod json;
mod limits;
mod list;
mod openapi;
mod orchestrator;
mod orders;
mod payments;
mod prefer;
mod problem;
mod request;
mod server;
mod settings;
mod shop;
mod trace;
mod view;

pub use openapi::document;
pub use problem::{FieldError, KINDS, Kind, Problem};
pub use server::{CONNECTIONS_MAX, Connections, SURPLUS_CONNECTIONS_MAX, serve};
pub use settings::{REQUESTS_MAX, RateLimit, Settings};
pub use shop::{Api, Shop};

use axum::Router;
use contracts::ServiceName;
use metrics_exporter_prometheus::PrometheusHandle;

/// Everything that the port of a service serves.
pub fn router(service: ServiceName, api: Api, metrics: PrometheusHandle) -> Router {
    common::port(service, api, metrics)
}
