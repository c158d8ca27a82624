//! Files, functions and lines are short.

use crate::house::{FILE_LINES_MAX, FUNCTION_LINES_MAX, LINE_COLUMNS_MAX, TEST_FILE_LINES_MAX};
use crate::{Source, Tree, Violation};

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.sources.iter().flat_map(of_source).collect()
}

fn of_source(source: &Source) -> Vec<Violation> {
    let mut found = vec![];
    let lines_max = if source.is_test { TEST_FILE_LINES_MAX } else { FILE_LINES_MAX };
    let lines = source.text.lines().count();
    if lines > lines_max {
        let what = format!("the file has {lines} lines of at most {lines_max}");
        found.push(Violation::new(&source.path, lines_max + 1, what, "split it by what it knows"));
    }
    for function in &source.functions {
        let lines = function.last_line - function.line + 1;
        if lines > FUNCTION_LINES_MAX {
            let name = &function.name;
            let what = format!("`{name}` has {lines} lines of at most {FUNCTION_LINES_MAX}");
            let remedy = "give its parts names of their own";
            found.push(Violation::new(&source.path, function.line, what, remedy));
        }
    }
    for (index, line) in source.text.lines().enumerate() {
        let columns = line.chars().count();
        // An address can't be broken.
        if columns > LINE_COLUMNS_MAX && !line.contains("://") {
            let what = format!("the line has {columns} columns of at most {LINE_COLUMNS_MAX}");
            let remedy = "break it (rustfmt doesn't break strings and macros)";
            found.push(Violation::new(&source.path, index + 1, what, remedy));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, source: &str, expected: &[&str]) {
        let found = violations(&Tree::of(&[(path, source)]));
        assert_eq!(super::super::said(found), expected);
    }

    #[test]
    fn a_file_may_have_500_lines_and_one_of_tests_1000_but_no_more() {
        check("src/a.rs", &"\n".repeat(500), &[]);
        check(
            "src/a.rs",
            &"\n".repeat(501),
            &["src/a.rs:501: the file has 501 lines of at most 500"],
        );
        check("tests/a.rs", &"\n".repeat(1_000), &[]);
        check(
            "tests/a.rs",
            &"\n".repeat(1_001),
            &["tests/a.rs:1001: the file has 1001 lines of at most 1000"],
        );
    }

    #[test]
    fn a_function_may_have_70_lines_but_no_more() {
        let function = |lines: usize| format!("\nfn long() {{{}}}", "\n".repeat(lines - 1));
        check("src/a.rs", &function(70), &[]);
        check("src/a.rs", &function(71), &["src/a.rs:2: `long` has 71 lines of at most 70"]);
        check("tests/a.rs", &function(71), &["tests/a.rs:2: `long` has 71 lines of at most 70"]);
    }

    #[test]
    fn a_line_may_have_100_columns_but_no_more_unless_it_is_an_address() {
        let comment = |columns: usize| format!("//{}", "é".repeat(columns - 2));
        check("src/a.rs", &comment(100), &[]);
        check("src/a.rs", &comment(101), &["src/a.rs:1: the line has 101 columns of at most 100"]);
        check("src/a.rs", &format!("// https://{}", "a".repeat(100)), &[]);
    }
}
