//! The whole matrix, generated: every step, each thing that may go wrong with it, and each pair of
//! such things, in definitions of every shape. `rules.rs` says what must hold.

mod common;

use common::definitions::{self, Ask};
use common::script::Fault::UndoRefused;
use common::script::{Injection, Operator, Site, scripts, sites};
use common::world::{Plan, World};
use saga::{Definition, Saga, Status};
use std::collections::BTreeMap;

/// Walks, and counts where the walks ended.
fn check(plans: impl Iterator<Item = Plan>, ends: &mut BTreeMap<String, usize>) {
    for plan in plans {
        let status = World::walk(&plan).saga.status;
        *ends.entry(format!("{status:?}")).or_default() += 1;
    }
}

/// Every definition has walked, and the walks ended in these states and in no other.
fn all(plans: impl Fn(&'static Definition<Ask>) -> Vec<Plan>, expected: &[Status]) {
    let mut ends = BTreeMap::new();
    for definition in definitions::ALL {
        check(plans(definition).into_iter(), &mut ends);
    }
    let mut expected: Vec<String> = expected.iter().map(|status| format!("{status:?}")).collect();
    expected.sort();
    assert_eq!(ends.into_keys().collect::<Vec<_>>(), expected);
}

fn singles(definition: &'static Definition<Ask>) -> Vec<Vec<Site>> {
    std::iter::once(vec![]).chain(sites(definition).into_iter().map(|site| vec![site])).collect()
}

use Status::{Compensated, CompensationFailed, Completed, Resolved};

#[test]
fn every_definition_of_the_matrix_may_run() {
    for definition in definitions::ALL {
        assert_eq!(definition.faults(), Vec::<String>::new());
    }
}

#[test]
fn every_fault_leads_to_an_end_that_holds_and_moves_nothing_that_is_settled() {
    let plan = |definition| {
        singles(definition)
            .into_iter()
            .map(|script| Plan { probes: true, ..Plan::new(definition, script) })
            .collect()
    };
    all(plan, &[Completed, Compensated]);
}

#[test]
fn every_pair_of_faults_leads_to_an_end_that_holds() {
    let plan = |definition| {
        scripts(definition).into_iter().map(|script| Plan::new(definition, script)).collect()
    };
    all(plan, &[Completed, Compensated, CompensationFailed]);
}

#[test]
fn every_refused_undo_is_retried_skipped_or_resolved_to_a_right_end() {
    for (operator, expected) in [
        (Operator::Retries, vec![Completed, Compensated]),
        (Operator::Skips, vec![Completed, Compensated]),
        (Operator::Resolves, vec![Completed, Compensated, Resolved]),
    ] {
        let plan = |definition| {
            let scripts = scripts(definition).into_iter();
            let refused = scripts.filter(|it| it.iter().any(|(_, fault)| *fault == UndoRefused));
            let plan = |script| Plan { operator, ..Plan::new(definition, script) };
            refused.map(plan).collect()
        };
        all(plan, &expected);
    }
}

/// Each single fault, with something from outside after each event.
fn injected(definition: &'static Definition<Ask>, injection: Injection) -> Vec<Plan> {
    let mut plans = vec![];
    for script in singles(definition) {
        let plan = Plan::new(definition, script);
        let events = World::walk(&plan).history.len();
        let at = |event| Plan { injections: vec![(event, injection)], ..plan.clone() };
        plans.extend((0..events).map(at));
    }
    plans
}

#[test]
fn a_cancel_stops_a_saga_before_its_pivot() {
    all(|it| injected(it, Injection::Cancel), &[Completed, Compensated, CompensationFailed]);
}

#[test]
fn a_cancel_that_comes_too_late_is_noted_and_changes_nothing_else() {
    let mut noted = 0;
    for definition in definitions::ALL {
        for plan in injected(definition, Injection::Cancel) {
            let undisturbed = World::walk(&Plan { injections: vec![], ..plan.clone() });
            let world = World::walk(&plan);
            if !world.cancelled_in_time {
                let cancel_requested = world.saga.cancel_requested;
                let expected = Saga { cancel_requested, ..undisturbed.saga };
                assert_eq!(world.saga, expected, "{plan:?}");
                noted += u32::from(cancel_requested);
            }
        }
    }
    assert!(noted > 100, "{noted} cancels were noted");
}

#[test]
fn a_saga_that_is_paused_goes_on_to_an_end_that_holds() {
    for seconds in [0, 30] {
        all(|it| injected(it, Injection::Pause { seconds }), &[Completed, Compensated]);
    }
    // In so long a time a deadline passes, and what is undone for it may be refused.
    let long = Injection::Pause { seconds: 2_000 };
    all(|it| injected(it, long), &[Completed, Compensated, CompensationFailed]);
}

#[test]
fn a_saga_that_is_paused_for_a_moment_comes_to_the_same_end() {
    for definition in definitions::ALL {
        for plan in injected(definition, Injection::Pause { seconds: 0 }) {
            let undisturbed = Plan { injections: vec![], ..plan.clone() };
            let [one, other] = [&undisturbed, &plan].map(|plan| World::walk(plan).saga.status);
            assert_eq!(one, other, "{plan:?}");
        }
    }
}

#[test]
fn a_saga_that_is_resolved_rests_whatever_comes() {
    all(|it| injected(it, Injection::Resolve), &[Completed, Compensated, Resolved]);
}
