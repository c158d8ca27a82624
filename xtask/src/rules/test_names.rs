//! The name of a test is a sentence that states the rule it holds.

use crate::house::TEST_NAME_WORDS_MIN;
use crate::{Tree, Violation};

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = vec![];
    for source in &tree.sources {
        for function in source.functions.iter().filter(|function| function.test) {
            if let Some(why) = fault(&function.name) {
                let what = format!("the name of test `{}` {why}", function.name);
                let remedy = "state the rule that it holds, as a sentence";
                found.push(Violation::new(&source.path, function.line, what, remedy));
            }
        }
    }
    found
}

fn fault(name: &str) -> Option<&'static str> {
    let words = name.split('_').filter(|word| !word.is_empty()).count();
    if name.starts_with("test_") {
        Some("begins with `test_`")
    } else if name.contains("it_works") {
        Some("says only that it works")
    } else if name.ends_with(|last: char| last.is_ascii_digit()) {
        Some("ends with a digit")
    } else if words < TEST_NAME_WORDS_MIN {
        Some("has less than three words")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &[&str]) {
        let source = format!("fn helper() {{}}\n#[test]\nfn {name}() {{}}");
        let found = super::super::said(violations(&Tree::of(&[("a.rs", &source)])));
        let start = format!("a.rs:3: the name of test `{name}` ");
        let found: Vec<_> = found.iter().map(|line| line.replace(&start, "")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_sentences_are_names_of_tests() {
        check("a_refund_needs_a_capture", &[]);
        check("test_that_refund_needs_capture", &["begins with `test_`"]);
        check("well_it_works_now", &["says only that it works"]);
        check("money_adds_up_2", &["ends with a digit"]);
        check("refund_works", &["has less than three words"]);
        check("refund", &["has less than three words"]);
    }
}
