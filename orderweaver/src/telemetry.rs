//! Logs to standard error, metrics for `/metrics`.

use crate::configuration::{Configuration, LogFormat};
use crate::failure::Failure;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::io::{IsTerminal, stderr};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Seconds; from a commit on a quiet disk to what a client takes for a hang.
const DURATION_BUCKETS: &[f64] =
    &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// Starts both.
///
/// # Errors
/// Something else in this process collects metrics already.
pub fn start(configuration: &Configuration) -> Result<PrometheusHandle, Failure> {
    // A terminal or pipe that goes away must not harm a server.
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr).log_internal_errors(false);
    let is_json = match configuration.log_format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !stderr().is_terminal(),
    };
    let lines = match is_json {
        true => lines.json().flatten_event(true).boxed(),
        false => lines.with_ansi(stderr().is_terminal()).boxed(),
    };
    tracing_subscriber::registry().with(lines).with(configuration.log.clone()).init();
    let buckets = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), DURATION_BUCKETS);
    let wrong = |error| Failure::new(error, "report this: metrics could not be set up");
    buckets.map_err(wrong)?.install_recorder().map_err(wrong)
}
