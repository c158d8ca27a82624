//! What is measured as it is now: what waits in the store, and the process itself.

use contracts::{ServiceName, Timestamp};
use engine::{
    Backlog, Bus, BusCounts, Deliveries, Door, Ports, Queries, StoreCounts, Tally, TallyRequest,
    Transactions,
};
use metrics::{counter, gauge};
use metrics_exporter_prometheus::PrometheusHandle;
use metrics_process::Collector;
use orchestrator::counted_in;
use std::time::Duration;

/// How often it is measured: a scrape costs no more than its answer, however often it comes.
const INTERVAL: Duration = Duration::from_secs(5);
/// How often at least, while nothing changes: each measurement is a transaction of PostgreSQL.
const IDLE_INTERVAL: Duration = Duration::from_secs(15);
/// Definitions of sagas, at most.
const DEFINITIONS_MAX: usize = 100;

/// Measures until the process ends. The measurements of histograms are put away too: they would
/// pile up where nobody asks for them.
pub async fn keep<P: Ports>(door: Door<P>, metrics: PrometheusHandle) {
    let process = Collector::default();
    let (mut pause, mut last) = (INTERVAL, None);
    let hosts_sagas = door.hosting().names().any(|service| service == ServiceName::Orchestrator);
    loop {
        process.collect();
        // Whoever asks in vain learns at `/ready` that the store is away.
        let backlog = door.ports().store().backlog().await.ok();
        if let Some(backlog) = &backlog {
            waiting(backlog);
            outbox_oldest(&door, backlog).await;
        }
        pause = if backlog == last { (pause * 2).min(IDLE_INTERVAL) } else { INTERVAL };
        last = backlog;
        if hosts_sagas {
            sagas_in_flight(&door).await;
        }
        met(door.ports().store().counts());
        if let Some(bus) = door.ports().bus() {
            seen(bus.counts());
        }
        metrics.run_upkeep();
        tokio::time::sleep(pause).await;
    }
}

/// Not asked for where nothing waits: each read of a PostgreSQL is a transaction.
async fn outbox_oldest<P: Ports>(door: &Door<P>, backlog: &Backlog) {
    let rows = match backlog.outbox {
        0 => Ok(vec![]),
        _ => door.ports().store().outbox(0, 1).await,
    };
    if let Ok(rows) = rows {
        let oldest = rows.first().map(|(_, message)| age(message.time, door.now()));
        gauge!("orderweaver_outbox_oldest_age_seconds").set(oldest.unwrap_or(0.0));
    }
}

async fn sagas_in_flight<P: Ports>(door: &Door<P>) {
    let tallies = TallyRequest {
        service: ServiceName::Orchestrator,
        name: None,
        after: None,
        rows_max: DEFINITIONS_MAX,
    };
    if let Ok(tallies) = door.ports().store().tallies(tallies).await {
        tallies.iter().for_each(in_flight);
    }
}

fn in_flight(Tally { key, tallied }: &Tally) {
    if let Some(definition) = counted_in(key.name.as_str()) {
        let count = tallied.plus - tallied.minus;
        gauge!("orderweaver_sagas_in_flight", "saga" => definition.to_string()).set(count as f64);
    }
}

fn age(since: Timestamp, now: Timestamp) -> f64 {
    now.since(since).as_secs_f64()
}

fn waiting(backlog: &Backlog) {
    let Backlog { timers, outbox, hops, effects, parked, dead_letters } = *backlog;
    gauge!("orderweaver_timers_pending").set(timers as f64);
    gauge!("orderweaver_outbox_pending").set(outbox as f64);
    gauge!("orderweaver_hops_pending").set(hops as f64);
    gauge!("orderweaver_effects_pending").set(effects as f64);
    gauge!("orderweaver_parked_messages").set(parked as f64);
    gauge!("orderweaver_dlq_messages").set(dead_letters as f64);
}

fn met(counts: StoreCounts) {
    let StoreCounts { conflicts, waiting_for_connections } = counts;
    counter!("orderweaver_store_conflicts_total").absolute(conflicts);
    gauge!("orderweaver_store_connections_awaited").set(waiting_for_connections as f64);
}

fn seen(counts: BusCounts) {
    let BusCounts { gaps, repeats, unreadable, rebalances, publishing_failures } = counts;
    counter!("orderweaver_bus_gaps_total").absolute(gaps);
    counter!("orderweaver_bus_repeats_total").absolute(repeats);
    counter!("orderweaver_bus_unreadable_total").absolute(unreadable);
    counter!("orderweaver_bus_rebalances_total").absolute(rebalances);
    counter!("orderweaver_bus_publishing_failures_total").absolute(publishing_failures);
}

/// Shows the counters of the bus from the beginning, in a process without one too.
pub fn begin() {
    seen(BusCounts::default());
}
