//! Logs to standard error, metrics for `/metrics`.

mod gauges;
mod logs;
mod reference;
mod rounds;
mod sagas;
mod table;

pub use gauges::keep;
pub use reference::reference;
pub use rounds::Observer;

use crate::configuration::Configuration;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use table::{Kind, METRICS};
use terminal::{Failure, When};

/// Starts both.
///
/// # Errors
/// Something else in this process collects metrics already, or the system gives no thread.
pub fn start(configuration: &Configuration, color: When) -> Result<PrometheusHandle, Failure> {
    logs::start(configuration, color).map_err(|error| Failure::failed(error, "ulimit -u"))?;
    let wrong = |error| {
        let what = format!("metrics could not be set up, which is a bug: {error}");
        Failure::failed(what, "orderweaver version --verbose")
    };
    let mut builder = PrometheusBuilder::new();
    for metric in METRICS {
        if let Kind::Histogram(bounds) = metric.kind {
            let name = Matcher::Full(metric.name.into());
            builder = builder.set_buckets_for_metric(name, bounds).map_err(wrong)?;
        }
    }
    let handle = builder.install_recorder().map_err(wrong)?;
    table::describe();
    metrics::gauge!("orderweaver_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    gauges::begin();
    sagas::begin();
    logs::begin();
    Ok(handle)
}
