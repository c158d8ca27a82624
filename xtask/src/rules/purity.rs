//! Pure crates have no clock, no chance, no input or output; the engine has no clock but its port's
//! and no order by hash.

use crate::house::{
    EXCEPTIONS, Exception, FORBIDDEN_IN_PURE, FORBIDDEN_IN_PURE_AND_ENGINE, Forbidden, crate_of,
};
use crate::{Source, Tree, Violation};

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    judge(tree, EXCEPTIONS)
}

fn judge(tree: &Tree, exceptions: &[Exception]) -> Vec<Violation> {
    let mut found = vec![];
    let mut needed = vec![false; exceptions.len()];
    for source in &tree.sources {
        for forbidden in forbidden_in(&source.path) {
            let lines = source.lines_saying(forbidden.pattern);
            let exception = exceptions.iter().position(|exception| {
                exception.path == source.path && exception.pattern == forbidden.pattern
            });
            match exception {
                Some(index) => needed[index] |= !lines.is_empty(),
                None => found.extend(lines.iter().map(|line| say(source, *line, forbidden))),
            }
        }
    }
    for (exception, _) in exceptions.iter().zip(needed).filter(|(_, needed)| !needed) {
        let what = format!("the exception for `{}` isn't needed any more", exception.pattern);
        found.push(Violation::new(exception.path, 1, what, "remove it from EXCEPTIONS"));
    }
    found
}

fn say(source: &Source, line: usize, forbidden: &Forbidden) -> Violation {
    let what = format!("`{}` must not be used here", forbidden.pattern);
    Violation::new(&source.path, line, what, forbidden.instead)
}

fn forbidden_in(path: &str) -> Vec<&'static Forbidden> {
    let Some(rule) = crate_of(path) else { return vec![] };
    if !path[rule.folder.len()..].starts_with("/src/") {
        return vec![];
    }
    if rule.is_pure() {
        return FORBIDDEN_IN_PURE_AND_ENGINE.iter().chain(FORBIDDEN_IN_PURE).collect();
    }
    if rule.name == "engine" {
        return FORBIDDEN_IN_PURE_AND_ENGINE.iter().collect();
    }
    vec![]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_at(path: &str, source: &str, expected: &[&str]) {
        let found = judge(&Tree::of(&[(path, source)]), &[]);
        let said: Vec<_> = super::super::said(found)
            .iter()
            .map(|line| line.replace(&format!("{path}:"), "").replace(" must not be used here", ""))
            .collect();
        assert_eq!(said, expected);
    }

    fn check(source: &str, expected: &[&str]) {
        check_at("core/saga/src/lib.rs", source, expected);
    }

    #[test]
    fn every_forbidden_pattern_is_found() {
        for forbidden in FORBIDDEN_IN_PURE_AND_ENGINE.iter().chain(FORBIDDEN_IN_PURE) {
            let source = match forbidden.pattern {
                "async" => "async fn wait() {}".to_string(),
                name if name.ends_with('!') => format!("fn say() {{ {name}(\"\") }}"),
                path => format!("use {path};"),
            };
            let found = judge(&Tree::of(&[("core/saga/src/a.rs", &source)]), &[]);
            let what = format!("`{}` must not be used here", forbidden.pattern);
            assert!(found.iter().any(|violation| violation.what == what), "{what}");
        }
    }

    #[test]
    fn uses_with_braces_and_the_insides_of_macros_are_looked_through() {
        check("use std::{\n    fmt,\n    fs,\n};", &["3: `std::fs`"]);
        check("use std::{time::{Duration, Instant}};", &["1: `std::time::Instant`"]);
        check("fn f() {\n    vec![std::env::args()];\n}", &["2: `std::env`"]);
        check("fn f() {\n    g(|| Instant::now());\n}", &["2: `Instant::now`"]);
        check("fn f() { async { 1 }; }", &["1: `async`"]);
    }

    #[test]
    fn comments_strings_tests_and_likenesses_are_left_alone() {
        check("/// No `HashMap`.\nfn f() { \"tokio\"; } // std::fs", &[]);
        check("#[cfg(test)]\nmod tests {\n    use std::fs;\n}", &[]);
        check("fn f() { writeln!(out); } struct Operand; use std::time::Duration;", &[]);
        check("#[cfg(not(test))]\nuse std::fs;", &["2: `std::fs`"]);
        check_at("core/saga/build.rs", "use std::fs;", &[]);
        check_at("core/saga/tests/walk.rs", "use std::fs;", &[]);
    }

    #[test]
    fn a_file_behind_a_test_module_is_a_test() {
        let files = [
            ("core/saga/src/lib.rs", "#[cfg(test)]\nmod scenes;"),
            ("core/saga/src/scenes.rs", "mod world;\nuse std::fs;"),
            ("core/saga/src/scenes/world.rs", "use std::fs;"),
        ];
        assert_eq!(judge(&Tree::of(&files), &[]), []);
    }

    #[test]
    fn the_engine_has_no_clock_and_no_order_by_hash() {
        check_at(
            "engine/src/round.rs",
            "use tokio::x; use std::collections::HashMap;",
            &["1: `HashMap`"],
        );
        check_at("adapters/http/src/lib.rs", "use std::collections::HashMap;", &[]);
    }

    #[test]
    fn an_exception_holds_for_its_file_and_must_be_needed() {
        let (path, pattern) = ("engine/src/clock.rs", "SystemTime::now");
        let exceptions = [Exception { path, pattern, reason: "the port's own" }];
        let source = "fn f() { SystemTime::now(); }";
        assert_eq!(judge(&Tree::of(&[(path, source)]), &exceptions), []);
        assert_eq!(judge(&Tree::of(&[("engine/src/a.rs", source)]), &exceptions).len(), 2);
    }
}
