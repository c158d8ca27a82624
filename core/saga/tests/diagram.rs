//! A definition as a picture.

mod common;

use common::definitions::{MIXED, RETRIABLE};

#[test]
fn steps_side_by_side_branch_and_join_and_undos_are_dotted() {
    check(
        &MIXED.mermaid(),
        "flowchart LR
           start((start))
           a[a]
           b[b]
           c[c]
           d[d]
           p{{p: pivot}}
           r([r])
           start --> a
           start --> b
           a --> c
           a --> d
           b --> c
           b --> d
           c --> p
           d --> p
           p --> r
           r --> done((done))
           a -. undone by .-> a-[/a-/]
           b -. undone independently by .-> b-[/b-/]
           c -. undone with .-> b
           d -. undone by .-> d-[/d-/]
           start -. undone by .-> start-[/start-/]",
    );
}

#[test]
fn a_saga_that_cannot_be_refused_shows_no_undo() {
    check(
        &RETRIABLE.mermaid(),
        "flowchart LR
           start((start))
           r([r])
           s([s])
           t([t])
           u([u])
           start --> r
           r --> s
           r --> t
           s --> u
           t --> u
           u --> done((done))",
    );
}

/// Indented by two under its head.
fn check(text: &str, expected: &str) {
    let mut lines = expected.lines().map(str::trim);
    let head = lines.next().expect("a head");
    let expected: String = lines.map(|line| format!("  {line}\n")).collect();
    assert_eq!(text, format!("{head}\n{expected}"));
}
