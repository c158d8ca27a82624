//! Links of documents lead to files and headings that exist. Addresses of the web are not asked.

use crate::{Tree, Violation};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};

/// What a document has and what it points to.
#[derive(Default)]
struct Page {
    /// Of each heading, as GitHub makes them.
    anchors: BTreeSet<String>,
    /// Each link's line and destination.
    links: Vec<(usize, String)>,
}

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let pages = tree.documents.iter().map(|(path, text)| (path.as_str(), Page::of(text)));
    let pages: BTreeMap<&str, Page> = pages.collect();
    let mut found = vec![];
    for (path, page) in &pages {
        for (line, link) in &page.links {
            found.extend(fault(tree, &pages, path, link).map(|what| {
                let remedy = "correct the link, or make what it leads to";
                Violation::new(path, *line, format!("`{link}` leads nowhere: {what}"), remedy)
            }));
        }
    }
    found
}

fn fault(tree: &Tree, pages: &BTreeMap<&str, Page>, path: &str, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => path.to_string(),
        file => join(path, file),
    };
    let Some(page) = pages.get(target.as_str()) else {
        let is_there = tree.root.join(&target).exists();
        return (!is_there).then(|| format!("there is no {target}"));
    };
    let is_there = anchor.is_empty() || page.anchors.contains(anchor);
    (!is_there).then(|| format!("{target} has no heading #{anchor}"))
}

/// The path of a link's file from the root of the workspace.
fn join(document: &str, link: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Page {
    fn of(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        for (event, place) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.add(&heading.take().unwrap_or_default()),
                Event::Text(text) | Event::Code(text) => {
                    heading.iter_mut().for_each(|heading| *heading += &text);
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let line = 1 + text[..place.start].matches('\n').count();
                    page.links.push((line, dest_url.to_string()));
                }
                _ => {}
            }
        }
        page
    }

    /// The second heading of a name gets `-1`, the third `-2`.
    fn add(&mut self, heading: &str) {
        let anchor = anchor(heading);
        let others = (1..).map(|number| format!("{anchor}-{number}"));
        let mut candidates = std::iter::once(anchor.clone()).chain(others);
        self.anchors.extend(candidates.find(|it| !self.anchors.contains(it)));
    }
}

/// Small letters, digits, `_` and `-`; a space becomes `-`, everything else goes.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            letter => letter.is_alphanumeric().then_some(letter),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let other = "# What must hold, and `why`\n\n## Again\n\n## Again\n\n## Как это";
        let tree = Tree::of(&[("README.md", text), ("docs/other.md", other)]);
        assert_eq!(super::super::said(violations(&tree)), expected);
    }

    #[test]
    fn files_and_headings_that_exist_may_be_linked() {
        check("[a](docs/other.md) [b](./docs/../docs/other.md#what-must-hold-and-why)", &[]);
        check("[a](docs/other.md#again-1) [b](docs/other.md#как-это)", &[]);
        check("# Here\n[a](#here) <https://example.org/nothing#here>", &[]);
    }

    #[test]
    fn what_is_not_there_is_said_with_its_line() {
        check(
            "one\n\n[a](docs/none.md)\n| a |\n|---|\n| ![b](none.svg) |",
            &[
                "README.md:3: `docs/none.md` leads nowhere: there is no docs/none.md",
                "README.md:6: `none.svg` leads nowhere: there is no none.svg",
            ],
        );
        check(
            "[a](docs/other.md#again-2)",
            &["README.md:1: `docs/other.md#again-2` leads nowhere: docs/other.md has no heading \
               #again-2"],
        );
    }

    #[test]
    fn code_holds_no_links_and_no_headings() {
        check("```sh\n# no heading\n[a](none.md)\n```\n`[a](none.md)`", &[]);
        check(
            "```sh\n# no heading\n```\n[a](#no-heading)",
            &["README.md:4: `#no-heading` leads nowhere: README.md has no heading #no-heading"],
        );
    }
}
