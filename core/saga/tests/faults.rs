//! The start-up check: each small bad definition has one fault, told in one sentence.

mod common;

use common::definitions::Ask;
use saga::*;
use std::time::Duration;

const A: Ask = Ask("a");
const B: Ask = Ask("b");
const P: Ask = Ask("p");

const GOOD: Definition<Ask> = Definition {
    name: "good",
    version: 7,
    start_undone_by: Some(Ask("start-")),
    deadline: None,
    steps: &[step_a(), pivot(P)],
};

const fn step_a() -> Step<Ask> {
    compensatable(A).undone_by(Ask("a-"))
}

const fn step_b() -> Step<Ask> {
    compensatable(B).undone_by(Ask("b-"))
}

const NEVER: RetryPolicy = RetryPolicy { maximum_attempts: 0, ..PATIENT };

const OF_THE_WHOLE: &[(&str, Definition<Ask>)] = &[
    ("has no steps: add one", Definition { steps: &[], ..GOOD }),
    (
        "has steps to undo but no pivot: mark the step that decides",
        Definition { steps: &[step_a()], ..GOOD },
    ),
    (
        "can be refused but nothing undoes its start: add start_undone_by",
        Definition { start_undone_by: None, ..GOOD },
    ),
    (
        "can be refused but nothing undoes its start: add start_undone_by",
        Definition { start_undone_by: None, steps: &[pivot(P)], ..GOOD },
    ),
    (
        "has a deadline of 10s, but one step may take 10s: lengthen it",
        Definition { deadline: Some(Duration::from_secs(10)), ..GOOD },
    ),
    (
        "has a deadline of 60s, but one step may take 61s: lengthen it",
        Definition {
            deadline: Some(Duration::from_secs(60)),
            steps: &[step_a().may_take_seconds(61), pivot(P)],
            ..GOOD
        },
    ),
];

const OF_A_KIND: &[(&str, Definition<Ask>)] = &[
    (
        "step a is compensatable but comes after the pivot: make it retriable or move it up",
        Definition { steps: &[pivot(P), step_a()], ..GOOD },
    ),
    (
        "step a is compensatable but nothing undoes it: add .undone_by(..)",
        Definition { steps: &[compensatable(A), pivot(P)], ..GOOD },
    ),
    (
        "step a is undone with b, which is no earlier step",
        Definition { steps: &[compensatable(A).undone_with(B), step_b(), pivot(P)], ..GOOD },
    ),
    (
        "step b is undone with a, which is no earlier step",
        Definition {
            steps: &[step_a(), compensatable(B).undone_with(A).alongside(A), pivot(P)],
            ..GOOD
        },
    ),
    (
        "step a is undone with a, which is no earlier step",
        Definition { steps: &[compensatable(A).undone_with(A), pivot(P)], ..GOOD },
    ),
    (
        "step b is undone with x, which is no earlier step",
        Definition { steps: &[step_a(), compensatable(B).undone_with(Ask("x")), pivot(P)], ..GOOD },
    ),
    (
        "step b is undone with another step and can't be undone independently of it",
        Definition {
            steps: &[step_a(), compensatable(B).undone_with(A).undone_independently(), pivot(P)],
            ..GOOD
        },
    ),
    (
        "step b is a second pivot: a saga is decided once",
        Definition { steps: &[step_a(), pivot(P), pivot(B)], ..GOOD },
    ),
    (
        "step a is retriable but comes before the pivot, where a refusal is still possible",
        Definition { steps: &[retriable(A), pivot(P)], ..GOOD },
    ),
];

const OF_A_PLACE: &[(&str, Definition<Ask>)] = &[
    (
        "step b appears twice; answers could not be told apart",
        Definition { steps: &[step_a(), pivot(P), retriable(B), retriable(B)], ..GOOD },
    ),
    (
        "step a- is also an undo; answers could not be told apart",
        Definition { steps: &[step_a(), pivot(P), retriable(Ask("a-"))], ..GOOD },
    ),
    (
        "step start- is also an undo; answers could not be told apart",
        Definition { steps: &[step_a(), pivot(P), retriable(Ask("start-"))], ..GOOD },
    ),
    (
        "step b is undone by a-, which undoes something else too; answers could not be told apart",
        Definition { steps: &[step_a(), compensatable(B).undone_by(Ask("a-")), pivot(P)], ..GOOD },
    ),
    (
        "step a is undone by start-, which undoes something else too; \
         answers could not be told apart",
        Definition { steps: &[compensatable(A).undone_by(Ask("start-")), pivot(P)], ..GOOD },
    ),
    (
        "step a has no attempts: set maximum_attempts to 1 or more",
        Definition { steps: &[step_a().retried(NEVER), pivot(P)], ..GOOD },
    ),
    (
        "step a runs alongside b, which is not just before it",
        Definition { steps: &[step_a().alongside(B), step_b(), pivot(P)], ..GOOD },
    ),
    (
        "step r runs alongside a, which is not just before it",
        Definition { steps: &[step_a(), pivot(P), retriable(Ask("r")).alongside(A)], ..GOOD },
    ),
    (
        "step p runs alongside the pivot, which must stand alone",
        Definition { steps: &[step_a(), pivot(P).alongside(A)], ..GOOD },
    ),
    (
        "step r runs alongside the pivot, which must stand alone",
        Definition { steps: &[step_a(), pivot(P), retriable(Ask("r")).alongside(P)], ..GOOD },
    ),
];

fn check(cases: &[(&str, Definition<Ask>)]) {
    assert_eq!(GOOD.faults(), Vec::<String>::new());
    for (sentence, definition) in cases {
        assert_eq!(definition.faults(), [format!("saga good v7: {sentence}")]);
    }
}

#[test]
fn a_definition_that_is_wrong_as_a_whole_is_refused() {
    check(OF_THE_WHOLE);
}

#[test]
fn a_step_whose_kind_is_wrong_is_refused() {
    check(OF_A_KIND);
}

#[test]
fn a_step_that_stands_in_a_wrong_place_is_refused() {
    check(OF_A_PLACE);
}
