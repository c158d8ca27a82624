//! Logs to standard error, metrics for `/metrics`.

use crate::failure::Failure;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Seconds; from a commit on a quiet disk to what a client takes for a hang.
const DURATION_BUCKETS: &[f64] =
    &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// Starts both; `ORDERWEAVER_LOG` says what is logged (default: warnings).
///
/// # Errors
/// Something else in this process collects metrics already.
pub fn start() -> Result<PrometheusHandle, Failure> {
    let filter = EnvFilter::try_from_env("ORDERWEAVER_LOG");
    let filter = filter.unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let buckets = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), DURATION_BUCKETS);
    let wrong = |error| Failure::new(error, "report this: metrics could not be set up");
    buckets.map_err(wrong)?.install_recorder().map_err(wrong)
}
