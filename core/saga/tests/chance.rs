//! What holds in every walk also holds where everything goes wrong at once.

mod common;

use common::definitions::{self, Ask};
use common::script::{Injection, Operator, Site, sites};
use common::world::{Plan, World};
use proptest::prelude::*;
use saga::Definition;
use std::collections::BTreeMap;

fn operator() -> impl Strategy<Value = Operator> {
    prop::sample::select(vec![
        Operator::Absent,
        Operator::Retries,
        Operator::Skips,
        Operator::Resolves,
    ])
}

fn injection() -> impl Strategy<Value = Injection> {
    prop_oneof![
        3 => prop::sample::select(vec![0_u64, 5, 30, 200, 2_000])
            .prop_map(|seconds| Injection::Pause { seconds }),
        3 => operator().prop_map(|operator| Injection::Operate { operator }),
        1 => Just(Injection::Cancel),
        1 => Just(Injection::Resolve),
    ]
}

/// At most one fault at each half of each step.
fn script(definition: &'static Definition<Ask>) -> impl Strategy<Value = Vec<Site>> {
    prop::collection::vec(prop::sample::select(sites(definition)), 0..8).prop_map(|sites| {
        let halves = sites.into_iter().map(|(index, fault)| ((index, fault.is_back()), fault));
        let halves: BTreeMap<_, _> = halves.collect();
        halves.into_iter().map(|((index, _), fault)| (index, fault)).collect()
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let all = (0..definitions::ALL.len()).prop_flat_map(|number| {
        let injections = prop::collection::vec((0..30_usize, injection()), 0..4);
        (Just(number), script(definitions::ALL[number]), operator(), injections)
    });
    all.prop_map(|(number, script, operator, injections)| {
        let plan = Plan::new(definitions::ALL[number], script);
        Plan { operator, injections, probes: true, ..plan }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_walk_ends_where_it_may_whatever_goes_wrong(plan in plan()) {
        World::walk(&plan);
    }
}
