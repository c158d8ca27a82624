//! Logs to standard error, metrics for `/metrics`.

use crate::failure::Failure;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Seconds; from a commit on a quiet disk to what a client takes for a hang.
const DURATION_BUCKETS: &[f64] =
    &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// What is logged: a level, or levels by crate such as `warn,engine=debug`.
const LOG: &str = "ORDERWEAVER_LOG";

/// Starts both; `ORDERWEAVER_LOG` says what is logged (default: warnings).
///
/// # Errors
/// The variable is no filter, or something else in this process collects metrics already.
pub fn start() -> Result<PrometheusHandle, Failure> {
    let filter = match std::env::var(LOG) {
        Ok(wanted) => wanted.parse::<Targets>().map_err(|error| {
            let what = format!("{LOG}={wanted:?} is no log filter: {error}");
            Failure::usage(what, format!("{LOG}=info orderweaver dev"))
        })?,
        Err(_) => Targets::new().with_default(LevelFilter::WARN),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).init();
    let buckets = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), DURATION_BUCKETS);
    let wrong = |error| Failure::new(error, "report this: metrics could not be set up");
    buckets.map_err(wrong)?.install_recorder().map_err(wrong)
}
