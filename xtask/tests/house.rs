//! The rules of the house, held against the whole workspace.

use xtask::{Tree, rules};

/// The rule of that name holds, or all that breaks it is said.
fn check(name: &str) {
    let rule = rules::ALL.iter().find(|rule| rule.name == name).expect("a rule of that name");
    let tree = Tree::read(&Tree::root()).expect("the workspace can be read");
    let violations = rule.violations(&tree);
    let lines: String = violations.iter().map(|violation| format!("\n  {violation}")).collect();
    assert!(violations.is_empty(), "{}; {} break it:{lines}\n", rule.sentence, violations.len());
}

/// One test for each rule, with the rule's name.
macro_rules! hold {
    ($($name:ident)*) => {
        const HELD: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { check(stringify!($name)); })*
    };
}

hold! {
    every_source_can_be_parsed
    crates_depend_only_on_what_the_table_allows
    manifests_share_versions_and_lints_of_the_workspace
    pure_code_has_no_clock_chance_or_outside
    files_functions_and_lines_are_short
    ports_have_few_methods
    public_items_are_documented
    tests_are_named_as_sentences
    no_work_is_left_unfinished
    the_architecture_names_every_crate
    links_of_documents_lead_somewhere
    generated_files_are_fresh
}

#[test]
fn every_rule_has_a_test_here() {
    let names: Vec<_> = rules::ALL.iter().map(|rule| rule.name).collect();
    assert_eq!(names, HELD);
}

#[test]
fn the_tree_that_is_judged_is_not_empty() {
    let tree = Tree::read(&Tree::root()).expect("the workspace can be read");
    assert!(tree.crates.iter().any(|member| member.name == "contracts"));
    assert!(tree.sources.iter().any(|source| source.path == "core/contracts/src/lib.rs"));
    assert!(tree.sources.iter().all(|source| !source.path.starts_with("target/")));
}
