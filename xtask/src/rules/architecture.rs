//! The document on architecture names every crate.

use crate::{Tree, Violation};

const PATH: &str = "docs/ARCHITECTURE.md";

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let Some(text) = tree.documents.get(PATH) else { return vec![] };
    let is_named = |name: &str| text.contains(&format!("`{name}`"));
    tree.crates
        .iter()
        .filter(|member| !is_named(&member.name) && !is_named(&member.folder))
        .map(|member| {
            let what = format!("crate `{}` isn't in the list of crates", member.name);
            Violation::new(PATH, 1, what, "add it, with its name in backquotes")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Crate;

    fn check(text: Option<&str>, expected: &[&str]) {
        let member = |name: &str, folder: &str| Crate {
            name: name.to_string(),
            folder: folder.to_string(),
            ..Crate::default()
        };
        let crates = vec![member("saga", "core/saga"), member("engine", "engine")];
        let documents = text.map(|text| (PATH.to_string(), text.to_string()));
        let documents = documents.into_iter().collect();
        let tree = Tree { crates, documents, ..Tree::default() };
        assert_eq!(super::super::said(violations(&tree)), expected);
    }

    #[test]
    fn a_crate_is_named_in_backquotes_by_name_or_folder() {
        check(Some("`saga` and `engine`"), &[]);
        check(Some("`core/saga` and `engine`"), &[]);
        check(
            Some("a saga, and `engine`"),
            &["docs/ARCHITECTURE.md:1: crate `saga` isn't in the list of crates"],
        );
    }

    #[test]
    fn without_the_document_there_is_nothing_to_say() {
        check(None, &[]);
    }
}
