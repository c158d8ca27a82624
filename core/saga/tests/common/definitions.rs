//! Definitions of every shape. A step `a` is undone by `a-`, a pivot `p` is asked for by `p?`.

use saga::*;
use std::time::Duration;

/// An action is its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask(pub &'static str);

impl Action for Ask {
    fn name(self) -> &'static str {
        self.0
    }
}

const fn undoable(name: &'static str, undo: &'static str) -> Step<Ask> {
    compensatable(Ask(name)).undone_by(Ask(undo))
}

const PLAIN: Definition<Ask> = Definition {
    name: "plain",
    version: 1,
    start_undone_by: Some(Ask("start-")),
    deadline: None,
    steps: &[],
};

pub const SEQUENTIAL: Definition<Ask> = Definition {
    name: "sequential",
    steps: &[
        undoable("a", "a-"),
        undoable("b", "b-"),
        undoable("c", "c-"),
        pivot(Ask("p")),
        retriable(Ask("r")),
        retriable(Ask("s")),
    ],
    ..PLAIN
};

pub const PARALLEL: Definition<Ask> = Definition {
    name: "parallel",
    steps: &[
        undoable("a", "a-"),
        undoable("b", "b-").alongside(Ask("a")),
        undoable("c", "c-").alongside(Ask("b")),
        pivot(Ask("p")).queried_by(Ask("p?")),
        retriable(Ask("r")),
        retriable(Ask("s")).alongside(Ask("r")),
    ],
    ..PLAIN
};

/// The shape of the order saga.
pub const INDEPENDENT: Definition<Ask> = Definition {
    name: "independent",
    deadline: Some(Duration::from_secs(300)),
    steps: &[
        undoable("a", "a-"),
        undoable("b", "b-").may_take_seconds(200).undone_independently(),
        compensatable(Ask("c")).undone_with(Ask("a")),
        pivot(Ask("p")).queried_by(Ask("p?")),
        retriable(Ask("r")),
    ],
    ..PLAIN
};

pub const MIXED: Definition<Ask> = Definition {
    name: "mixed",
    steps: &[
        undoable("a", "a-"),
        undoable("b", "b-").alongside(Ask("a")).undone_independently(),
        compensatable(Ask("c")).undone_with(Ask("b")),
        undoable("d", "d-").alongside(Ask("c")).within_seconds(30),
        pivot(Ask("p")),
        retriable(Ask("r")),
    ],
    ..PLAIN
};

/// Shorter than the patience of a step.
pub const DEADLINE: Definition<Ask> = Definition {
    name: "deadline",
    deadline: Some(Duration::from_secs(90)),
    steps: &[
        undoable("a", "a-").may_take_seconds(80),
        undoable("b", "b-").may_take_seconds(80),
        pivot(Ask("p")).queried_by(Ask("p?")).may_take_seconds(80),
        retriable(Ask("r")),
    ],
    ..PLAIN
};

pub const PIVOT_ALONE: Definition<Ask> =
    Definition { name: "pivot_alone", steps: &[pivot(Ask("p")), retriable(Ask("r"))], ..PLAIN };

pub const PIVOT_LAST: Definition<Ask> = Definition {
    name: "pivot_last",
    steps: &[undoable("a", "a-").undone_independently(), pivot(Ask("p")).queried_by(Ask("p?"))],
    ..PLAIN
};

pub const RETRIABLE: Definition<Ask> = Definition {
    name: "retriable",
    start_undone_by: None,
    steps: &[
        retriable(Ask("r")),
        retriable(Ask("s")),
        retriable(Ask("t")).alongside(Ask("s")),
        retriable(Ask("u")),
    ],
    ..PLAIN
};

pub const ALL: [&Definition<Ask>; 8] = [
    &SEQUENTIAL,
    &PARALLEL,
    &INDEPENDENT,
    &MIXED,
    &DEADLINE,
    &PIVOT_ALONE,
    &PIVOT_LAST,
    &RETRIABLE,
];
