//! No work is left for later: what is missing is a task, not a mark in the code.

use crate::{Tree, Violation};

/// In two parts, so that this file doesn't break its own rule.
const MARKERS: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!"),
    concat!("unimplement", "ed!"),
];
/// A mark in comments only; in code it is the currency of nothing.
const COMMENT_MARKER: &str = concat!("X", "XX");

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = vec![];
    for source in &tree.sources {
        for (index, line) in source.text.lines().enumerate() {
            for marker in markers(line) {
                let what = format!("`{marker}` is left in the code");
                let remedy = "do it, or write the reason why it isn't done";
                found.push(Violation::new(&source.path, index + 1, what, remedy));
            }
        }
    }
    found
}

fn markers(line: &str) -> Vec<&'static str> {
    let comment = line.find("//").map_or("", |start| &line[start..]);
    let mut found: Vec<_> = MARKERS.into_iter().filter(|marker| says(line, marker)).collect();
    found.extend(says(comment, COMMENT_MARKER).then_some(COMMENT_MARKER));
    found
}

/// Whether it stands there as a word of its own.
fn says(line: &str, marker: &str) -> bool {
    let in_word = |letter: Option<char>| letter.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(marker).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + marker.len()..].chars().next();
        !in_word(before) && (marker.ends_with('!') || !in_word(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &[&str]) {
        let found = violations(&Tree::of(&[("a.rs", source)]));
        assert_eq!(super::super::said(found), expected);
    }

    #[test]
    fn each_mark_is_found_in_comments() {
        for marker in MARKERS.into_iter().chain([COMMENT_MARKER]) {
            let expected = format!("a.rs:2: `{marker}` is left in the code");
            check(&format!("fn f() {{}}\n// {marker}: more"), &[&expected]);
        }
    }

    #[test]
    fn macros_are_found_and_parts_of_words_are_not() {
        for marker in &MARKERS[2..] {
            let expected = format!("a.rs:1: `{marker}` is left in the code");
            check(&format!("fn f() {{ {marker}(\"later\") }}"), &[&expected]);
        }
        check(&format!("// MAS{}N, {}_LIST", MARKERS[0], MARKERS[0]), &[]);
        check(&format!("const NONE: &str = \"{COMMENT_MARKER}\";"), &[]);
    }
}
