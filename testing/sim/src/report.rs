//! What has occurred, so that a run that proves little is noticed.

use crate::faults::Fault;
use crate::world::{HostingKind, World};
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
        add(&mut self.orders, &other.orders);
        add(&mut self.sagas, &other.sagas);
        add(&mut self.steps, &other.steps);
    }

    /// What a run of many seeds must have seen and has not, as sentences.
    pub fn missing(&self) -> Vec<String> {
        let faults = Fault::ALL.into_iter().filter(|fault| !self.faults.contains_key(fault));
        let mut missing: Vec<String> =
            faults.map(|fault| format!("the fault {fault:?} never occurred")).collect();
        let states = ["confirmed", "completed", "cancelled", "rejected"];
        let states = states.into_iter().filter(|state| !self.orders.contains_key(*state));
        missing.extend(states.map(|state| format!("no order ended {state}")));
        for status in ["Completed", "Compensated", "CompensationFailed"] {
            if !self.sagas.keys().any(|name| name.ends_with(status)) {
                missing.push(format!("no saga ended {status}"));
            }
        }
        for hosting in [HostingKind::Together, HostingKind::Apart, HostingKind::Mixed] {
            if !self.hostings.contains_key(&hosting) {
                missing.push(format!("no world was hosted {hosting:?}"));
            }
        }
        let orders: u64 = self.orders.values().sum();
        let good = ["confirmed", "completed"].iter().filter_map(|state| self.orders.get(*state));
        if good.sum::<u64>() * 5 < orders {
            missing.push("less than a fifth of the orders were confirmed".into());
        }
        missing
    }
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
        writeln!(formatter, "faults    {:?}", self.faults)?;
        writeln!(formatter, "orders    {:?}", self.orders)?;
        writeln!(formatter, "sagas     {:?}", self.sagas)?;
        write!(formatter, "steps     {:?}", self.steps)
    }
}
