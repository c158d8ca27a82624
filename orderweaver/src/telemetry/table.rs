//! The table of all metrics.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// What a metric counts or measures.
pub struct Metric {
    /// As Prometheus reads it.
    pub name: &'static str,
    /// How it grows.
    pub kind: Kind,
    /// What one is.
    pub unit: Unit,
    /// What tells its series apart. Never an id.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// How a metric grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only upwards, from 0 at the start of the process.
    Counter,
    /// As things are now; after a restart too.
    Gauge,
    /// Counts of measurements, up to each of these bounds.
    Histogram(&'static [f64]),
}

/// From a commit on a quiet disk to what a client takes for a hang.
const SHORT: Kind = Kind::Histogram(&[
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
]);
/// From one round to a provider that takes its time and an operator who comes after lunch.
const LONG: Kind = Kind::Histogram(&[
    0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 1_200.0, 3_600.0, 86_400.0,
]);

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Counter, unit: Unit::Count, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Count, labels, help }
}

const fn seconds(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind, unit: Unit::Seconds, labels, help }
}

const fn bytes(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Bytes, labels: &[], help }
}

/// Every metric of `/metrics`.
pub const METRICS: &[Metric] = &[
    counter("orderweaver_sagas_started_total", &["saga"], "Sagas that have begun."),
    counter(
        "orderweaver_sagas_finished_total",
        &["saga", "outcome"],
        "Sagas that came to an end: completed, compensated or resolved by an operator.",
    ),
    seconds(
        "orderweaver_saga_duration_seconds",
        LONG,
        &["saga", "outcome"],
        "From the start of a saga to its end.",
    ),
    seconds(
        "orderweaver_step_duration_seconds",
        LONG,
        &["step", "outcome"],
        "From the first command of a step until it succeeded, was refused, or was undone.",
    ),
    counter(
        "orderweaver_step_retries_total",
        &["step"],
        "Commands that were sent again because no answer came in time.",
    ),
    counter(
        "orderweaver_compensations_total",
        &["step", "outcome"],
        "Undos of steps: undone, refused for good, or skipped by an operator.",
    ),
    gauge(
        "orderweaver_sagas_in_flight",
        &["saga"],
        "Sagas that have begun and not ended, those included that wait for an operator.",
    ),
    counter(
        "orderweaver_rounds_total",
        &[],
        "Rounds that were committed: transactions, each of many messages.",
    ),
    seconds(
        "orderweaver_round_duration_seconds",
        SHORT,
        &[],
        "From the first decision of a round until it was durable.",
    ),
    counter(
        "orderweaver_deliveries_total",
        &[],
        "Requests, timers, answers and messages that came into rounds.",
    ),
    counter(
        "orderweaver_inbox_duplicates_total",
        &[],
        "Deliveries that the inbox knew already; nothing came of them.",
    ),
    counter(
        "orderweaver_messages_total",
        &["message"],
        "Messages that were handled or sent, by type.",
    ),
    counter(
        "orderweaver_dead_letters_total",
        &["service"],
        "Messages that a service could not handle.",
    ),
    gauge("orderweaver_dlq_messages", &[], "Dead letters: messages that nobody could handle."),
    gauge("orderweaver_parked_messages", &[], "Messages that wait behind a dead letter."),
    gauge("orderweaver_outbox_pending", &[], "Messages that wait to be published."),
    seconds(
        "orderweaver_outbox_oldest_age_seconds",
        Kind::Gauge,
        &[],
        "How long the oldest of them has waited; 0 where there is none.",
    ),
    gauge(
        "orderweaver_hops_pending",
        &[],
        "Messages between services of this process that wait for a round with room for them.",
    ),
    gauge("orderweaver_timers_pending", &[], "Timers that have not fired."),
    gauge(
        "orderweaver_effects_pending",
        &[],
        "Requests to payment providers whose answers were not handled.",
    ),
    counter(
        "orderweaver_store_conflicts_total",
        &[],
        "Rounds that were decided again, because another process on the same PostgreSQL database \
         had changed what they rest on.",
    ),
    gauge(
        "orderweaver_store_connections_awaited",
        &[],
        "Those who wait for a connection to PostgreSQL: the database is slow, or overloaded.",
    ),
    counter(
        "orderweaver_bus_gaps_total",
        &[],
        "Messages from Kafka whose version is beyond the next one of their source and subject. A \
         few are no fault: a decision that says nothing on a topic leaves a gap there.",
    ),
    counter(
        "orderweaver_bus_repeats_total",
        &[],
        "Messages from Kafka that came before: their version, or their id, was seen already.",
    ),
    counter(
        "orderweaver_bus_unreadable_total",
        &[],
        "Records from Kafka that are no message; each became a dead letter.",
    ),
    counter(
        "orderweaver_bus_rebalances_total",
        &[],
        "How often Kafka gave partitions to this process or took some away.",
    ),
    counter(
        "orderweaver_bus_publishing_failures_total",
        &[],
        "Batches of which Kafka did not take everything, so that the rest was published again.",
    ),
    counter(
        "orderweaver_log_lines_dropped_total",
        &[],
        "Lines of the log that were dropped because nobody read it.",
    ),
    gauge(
        "orderweaver_build_info",
        &["version"],
        "Always 1; its labels say which program this is.",
    ),
    seconds(
        "http_server_request_duration_seconds",
        SHORT,
        &["method", "route", "status"],
        "From the head of a request to the head of its answer.",
    ),
    seconds(
        "process_cpu_seconds_total",
        Kind::Counter,
        &[],
        "Time that the process has worked, over all cores.",
    ),
    seconds(
        "process_start_time_seconds",
        Kind::Gauge,
        &[],
        "When the process began, since 1970 UTC.",
    ),
    bytes("process_resident_memory_bytes", "Memory that the process has in use."),
    bytes("process_virtual_memory_bytes", "Addresses that the process has reserved."),
    bytes("process_virtual_memory_max_bytes", "How many it may reserve; 0: as many as it likes."),
    gauge("process_open_fds", &[], "Open file descriptors: files and connections."),
    gauge("process_max_fds", &[], "How many of them the process may have."),
    gauge("process_threads", &[], "Threads of the process."),
];

/// Tells the recorder of all of them.
pub fn describe() {
    for Metric { name, kind, unit, help, .. } in METRICS {
        match kind {
            Kind::Counter => describe_counter!(*name, *unit, *help),
            Kind::Gauge => describe_gauge!(*name, *unit, *help),
            Kind::Histogram(_) => describe_histogram!(*name, *unit, *help),
        }
    }
}
