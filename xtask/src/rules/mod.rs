//! The rules. Each says all that breaks it, where, and what to do.
//!
//! To add one: a module with `violations(tree)`, a line in [`ALL`], and a test of the same name in
//! `tests/house.rs` (a test there notices if it is missing). Test the rule itself on a small bad
//! example, so that one that can't fail is noticed.

mod architecture;
mod dependencies;
mod documented;
mod length;
mod links;
mod manifests;
mod markers;
mod ports;
mod purity;
mod test_names;

use crate::{Tree, Violation, generated};

/// A rule of the house.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The name of its test.
    pub name: &'static str,
    /// What it demands.
    pub sentence: &'static str,
    check: fn(&Tree) -> Vec<Violation>,
}

impl Rule {
    /// Whatever breaks it, by file and line.
    pub fn violations(&self, tree: &Tree) -> Vec<Violation> {
        let mut violations = (self.check)(tree);
        violations.sort();
        violations.dedup();
        violations
    }
}

const fn rule(
    name: &'static str,
    sentence: &'static str,
    check: fn(&Tree) -> Vec<Violation>,
) -> Rule {
    Rule { name, sentence, check }
}

/// All of them.
pub const ALL: &[Rule] = &[
    rule(
        "every_source_can_be_parsed",
        "every source can be parsed, else no other rule sees it",
        |tree| tree.unreadable.clone(),
    ),
    rule(
        "crates_depend_only_on_what_the_table_allows",
        "dependencies follow the table in xtask/src/house.rs",
        dependencies::violations,
    ),
    rule(
        "manifests_share_versions_and_lints_of_the_workspace",
        "versions and lints stand in the manifest of the workspace",
        manifests::violations,
    ),
    rule(
        "pure_code_has_no_clock_chance_or_outside",
        "pure code has no clock, no chance, no input or output",
        purity::violations,
    ),
    rule(
        "files_functions_and_lines_are_short",
        "files, functions and lines are short",
        length::violations,
    ),
    rule("ports_have_few_methods", "a port has at most ten methods", ports::violations),
    rule("public_items_are_documented", "public items are documented", documented::violations),
    rule("tests_are_named_as_sentences", "tests are named as sentences", test_names::violations),
    rule("no_work_is_left_unfinished", "no work is left for later", markers::violations),
    rule(
        "the_architecture_names_every_crate",
        "docs/ARCHITECTURE.md names every crate",
        architecture::violations,
    ),
    rule(
        "links_of_documents_lead_somewhere",
        "links of documents lead somewhere",
        links::violations,
    ),
    rule("generated_files_are_fresh", "generated files are fresh", |tree| {
        generated::stale(&tree.root, &generated::files())
    }),
];

/// For the tests of the rules: what a check finds, as `path:line: what`.
#[cfg(test)]
fn said(mut violations: Vec<Violation>) -> Vec<String> {
    violations.sort();
    violations.dedup();
    violations
        .iter()
        .map(|found| format!("{}:{}: {}", found.path, found.line, found.what))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_is_no_rust_is_said_and_not_skipped() {
        let tree = Tree::of(&[("a.rs", "fn f() {}\nfn g( {}"), ("b.rs", "fn f() {}\nlet = 1;")]);
        let found = ALL[0].violations(&tree);
        let places: Vec<_> = found.iter().map(|found| (found.path.as_str(), found.line)).collect();
        assert_eq!(ALL[0].name, "every_source_can_be_parsed");
        assert_eq!(places, [("a.rs", 2), ("b.rs", 2)]);
    }
}
