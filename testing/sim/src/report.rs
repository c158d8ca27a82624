//! What has occurred, so that a run that proves little is noticed.

use crate::faults::Fault;
use crate::world::{HostingKind, REPLICAS_MAX, World};
use check::Facts;
use std::collections::BTreeMap;
use std::fmt;

/// How often each thing has occurred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Worlds.
    pub seeds: u64,
    /// A hash of everything that has happened, over all seeds.
    pub trace: u64,
    /// By fault.
    pub faults: BTreeMap<Fault, u64>,
    /// By hosting.
    pub hostings: BTreeMap<HostingKind, u64>,
    /// By the largest number of processes on one database.
    pub replicas: BTreeMap<u64, u64>,
    /// By the state in which orders ended.
    pub orders: BTreeMap<String, u64>,
    /// By the state in which sagas ended.
    pub sagas: BTreeMap<String, u64>,
    /// By step and outcome.
    pub steps: BTreeMap<String, u64>,
}

impl Report {
    pub(crate) fn of(world: &World, all: &BTreeMap<String, Facts>) -> Self {
        let mut report = Self {
            seeds: 1,
            trace: world.universe.trace_hash(),
            faults: world.faults.counts(),
            hostings: BTreeMap::from([(world.hosting, 1)]),
            replicas: BTreeMap::from([(world.replicas, 1)]),
            ..Self::default()
        };
        for order in all.values().filter_map(|facts| facts.order.as_ref()) {
            *report.orders.entry(order.state.as_str().into()).or_default() += 1;
        }
        for it in all.values().flat_map(|facts| facts.sagas.values()) {
            let name = format!("{} {:?}", it.saga.definition, it.saga.status);
            *report.sagas.entry(name).or_default() += 1;
            let definition = orchestrator::definition(&it.saga.definition, it.saga.version);
            let steps = definition.map_or(&[][..], |definition| definition.steps);
            for (step, state) in steps.iter().zip(&it.saga.steps) {
                let name = format!("{} {:?}", saga::Action::name(step.action), state.progress);
                *report.steps.entry(name).or_default() += 1;
            }
        }
        report
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.trace ^= other.trace;
        add(&mut self.faults, &other.faults);
        add(&mut self.hostings, &other.hostings);
        add(&mut self.replicas, &other.replicas);
        add(&mut self.orders, &other.orders);
        add(&mut self.sagas, &other.sagas);
        add(&mut self.steps, &other.steps);
    }

    /// What a run of many seeds must have seen and has not, as sentences.
    pub fn missing(&self) -> Vec<String> {
        let faults = Fault::ALL.into_iter().filter(|fault| !self.faults.contains_key(fault));
        let mut missing: Vec<String> =
            faults.map(|fault| format!("the fault {fault:?} never occurred")).collect();
        for (name, of_ten_thousand) in ORDERS_MIN {
            missing.extend(too_rare(&self.orders, name, *of_ten_thousand));
        }
        for (name, of_ten_thousand) in SAGAS_MIN {
            missing.extend(too_rare(&self.sagas, name, *of_ten_thousand));
        }
        for (step, outcomes) in STEPS {
            let names = outcomes.iter().map(|outcome| format!("{step} {outcome}"));
            let unseen = names.filter(|name| !self.steps.contains_key(name));
            missing.extend(unseen.map(|name| format!("the step outcome {name} never occurred")));
        }
        for hosting in [HostingKind::Together, HostingKind::Apart, HostingKind::Mixed] {
            if !self.hostings.contains_key(&hosting) {
                missing.push(format!("no world was hosted {hosting:?}"));
            }
        }
        for replicas in (1..=REPLICAS_MAX).filter(|it| !self.replicas.contains_key(it)) {
            missing.push(format!("no world had {replicas} processes on one database"));
        }
        missing
    }
}

/// How many of ten thousand orders must end so, at least.
const ORDERS_MIN: &[(&str, u64)] =
    &[("confirmed", 2_000), ("completed", 200), ("rejected", 1_000), ("cancelled", 100)];

/// How many of ten thousand sagas must end so, at least.
const SAGAS_MIN: &[(&str, u64)] = &[
    ("place_order Completed", 2_000),
    ("place_order Compensated", 500),
    ("place_order CompensationFailed", 20),
    ("place_order_manual_capture Completed", 100),
    ("place_order_manual_capture Compensated", 20),
    ("cancel_order Completed", 20),
];

/// The outcomes that each step must have had.
const STEPS: &[(&str, &[&str])] = &[
    ("reserve_inventory", &["Succeeded", "Refused", "Undone"]),
    ("authorize_payment", &["Succeeded", "Refused", "Undone", "UndoRefused", "Skipped"]),
    ("commit_inventory", &["Succeeded", "Undone"]),
    ("capture_payment", &["Succeeded", "Refused"]),
    ("confirm_order", &["Succeeded"]),
    ("mark_cancelled", &["Succeeded"]),
];

fn too_rare(counts: &BTreeMap<String, u64>, name: &str, of_ten_thousand: u64) -> Option<String> {
    let (all, count): (u64, u64) = (counts.values().sum(), counts.get(name).copied().unwrap_or(0));
    let is_rare = count == 0 || count * 10_000 < all * of_ten_thousand;
    is_rare.then(|| format!("only {count} of {all} ended {name}"))
}

fn add<K: Clone + Ord>(sum: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (name, count) in more {
        *sum.entry(name.clone()).or_default() += count;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} seeds, trace {:016x}", self.seeds, self.trace)?;
        writeln!(formatter, "hostings  {:?}", self.hostings)?;
        writeln!(formatter, "replicas  {:?}", self.replicas)?;
        writeln!(formatter, "faults    {:?}", self.faults)?;
        writeln!(formatter, "orders    {:?}", self.orders)?;
        writeln!(formatter, "sagas     {:?}", self.sagas)?;
        write!(formatter, "steps     {:?}", self.steps)
    }
}
