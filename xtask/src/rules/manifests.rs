//! Versions and lints stand once, in the manifest of the workspace.

use crate::{Crate, Tree, Violation};
use toml::{Table, Value};

const SECTIONS: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let mut found = of_workspace(&tree.manifest);
    for member in &tree.crates {
        found.extend(of_crate(member));
    }
    found
}

fn of_workspace(manifest: &str) -> Vec<Violation> {
    let level = manifest.parse::<Table>().ok().and_then(|table| {
        let lints = table.get("workspace")?.get("lints")?.get("rust")?;
        Some(lints.get("unsafe_code")?.as_str()? == "forbid")
    });
    if level == Some(true) {
        return vec![];
    }
    let line = line_of(manifest, "workspace.lints.rust", "unsafe_code");
    let remedy = "say `unsafe_code = \"forbid\"` in [workspace.lints.rust]";
    vec![Violation::new("Cargo.toml", line, "unsafe code isn't forbidden", remedy)]
}

fn of_crate(member: &Crate) -> Vec<Violation> {
    let path = format!("{}/Cargo.toml", member.folder);
    let table = match member.manifest.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            let what = format!("can't be parsed: {}", error.message());
            return vec![Violation::new(&path, 1, what, "make it TOML")];
        }
    };
    let mut found = vec![];
    if !table.get("lints").is_some_and(says_workspace) {
        let line = line_of(&member.manifest, "lints", "workspace");
        let remedy = "say `[lints] workspace = true`";
        found.push(Violation::new(&path, line, "the lints aren't those of the workspace", remedy));
    }
    for (section, dependencies) in sections(&table) {
        for (name, value) in dependencies {
            if !says_workspace(value) {
                let line = line_of(&member.manifest, &section, name);
                let what = format!("`{name}` has a version or path of its own");
                let remedy = "declare it in [workspace.dependencies] and say `workspace = true`";
                found.push(Violation::new(&path, line, what, remedy));
            }
        }
    }
    found
}

fn says_workspace(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

/// The tables of dependencies and their titles, also those of one platform.
fn sections(table: &Table) -> Vec<(String, &Table)> {
    let mut sections = vec![];
    for title in SECTIONS {
        if let Some(found) = table.get(title).and_then(Value::as_table) {
            sections.push((title.to_string(), found));
        }
    }
    let targets = table.get("target").and_then(Value::as_table);
    for (target, value) in targets.into_iter().flatten() {
        for title in SECTIONS {
            if let Some(found) = value.get(title).and_then(Value::as_table) {
                sections.push((format!("target.{target}.{title}"), found));
            }
        }
    }
    sections
}

/// The line of a key in a section; of the section's title if the key isn't found, else 1.
pub(super) fn line_of(manifest: &str, section: &str, key: &str) -> usize {
    let bare = |title: &str| title.replace(['\'', '"'], "");
    let (mut here, mut section_line) = (false, 1);
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(title) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let title = bare(title.0);
            if title == format!("{section}.{key}") {
                return index + 1;
            }
            here = title == section;
            if here {
                section_line = index + 1;
            }
        } else if here
            && line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '=', '.']))
        {
            return index + 1;
        }
    }
    section_line
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    fn check(manifest: &str, expected: &[&str]) {
        let manifest = format!("{LINTS}{manifest}");
        let member = Crate { folder: "x".to_string(), manifest, ..Crate::default() };
        assert_eq!(super::super::said(of_crate(&member)), expected);
    }

    #[test]
    fn a_dependency_comes_from_the_workspace() {
        check("[dependencies]\nserde.workspace = true", &[]);
        check("[dependencies]\nserde = { workspace = true, features = [] }", &[]);
        check(
            "[dependencies]\na.workspace = true\nserde = \"1\"",
            &["x/Cargo.toml:5: `serde` has a version or path of its own"],
        );
        check(
            "[dev-dependencies.saga]\npath = \"../saga\"",
            &["x/Cargo.toml:3: `saga` has a version or path of its own"],
        );
        check(
            "[target.'cfg(unix)'.dependencies]\nlibc = \"1\"",
            &["x/Cargo.toml:4: `libc` has a version or path of its own"],
        );
    }

    #[test]
    fn lints_come_from_the_workspace() {
        let manifest = "[package]\nname = \"x\"".to_string();
        let member = Crate { folder: "x".to_string(), manifest, ..Crate::default() };
        let found = super::super::said(of_crate(&member));
        assert_eq!(found, ["x/Cargo.toml:1: the lints aren't those of the workspace"]);
    }

    #[test]
    fn the_workspace_forbids_unsafe_code() {
        assert_eq!(of_workspace("[workspace.lints.rust]\nunsafe_code = \"forbid\""), []);
        let found = of_workspace("[workspace.lints.rust]\nunsafe_code = \"deny\"");
        assert_eq!(super::super::said(found), ["Cargo.toml:2: unsafe code isn't forbidden"]);
    }
}
