//! Each crate depends on what the table of the house allows, and on nothing else.

use super::manifests::line_of;
use crate::house::{self, CrateRule};
use crate::{Crate, Dependency, Section, Tree, Violation};

const TABLE: &str = "xtask/src/house.rs";

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.crates.iter().flat_map(|member| of_crate(tree, member)).collect()
}

fn of_crate(tree: &Tree, member: &Crate) -> Vec<Violation> {
    let path = format!("{}/Cargo.toml", member.folder);
    let name_line = line_of(&member.manifest, "package", "name");
    let Some(rule) = house::crate_rule(&member.name) else {
        let what = format!("crate `{}` isn't in the table of crates", member.name);
        return vec![Violation::new(&path, name_line, what, format!("add it to {TABLE}"))];
    };
    let mut found = vec![];
    if member.folder != rule.folder {
        let what = format!("crate `{}` lies in {}", rule.name, member.folder);
        let remedy = format!("move it to {} or change {TABLE}", rule.folder);
        found.push(Violation::new(&path, name_line, what, remedy));
    }
    for dependency in &member.dependencies {
        if dependency.section == Section::Development || allows(tree, rule, dependency) {
            continue;
        }
        let title = dependency.section.title();
        let line = line_of(&member.manifest, title, &dependency.name);
        let what = format!("`{}` must not depend on `{}` ({title})", rule.name, dependency.name);
        let remedy = format!("remove it, or argue for it in {TABLE}");
        found.push(Violation::new(&path, line, what, remedy));
    }
    found
}

fn allows(tree: &Tree, rule: &CrateRule, dependency: &Dependency) -> bool {
    let name = dependency.name.as_str();
    let is_ours = tree.crates.iter().any(|member| member.name == name);
    if is_ours || house::crate_rule(name).is_some() {
        rule.allows_ours(name)
    } else {
        rule.allows_other(name, dependency.section == Section::Build)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, folder: &str, dependencies: &[(&str, Section)], expected: &[&str]) {
        let mut manifest = format!("[package]\nname = \"{name}\"\n");
        for section in [Section::Normal, Section::Build, Section::Development] {
            manifest += &format!("[{}]\n", section.title());
            for (name, _) in dependencies.iter().filter(|(_, place)| *place == section) {
                manifest += &format!("{name}.workspace = true\n");
            }
        }
        let dependencies = dependencies
            .iter()
            .map(|&(name, section)| Dependency { name: name.to_string(), section })
            .collect();
        let (name, folder) = (name.to_string(), folder.to_string());
        let crates = vec![Crate { name, folder, manifest, dependencies }];
        let tree = Tree { crates, ..Tree::default() };
        assert_eq!(super::super::said(violations(&tree)), expected);
    }

    #[test]
    fn a_service_must_not_depend_on_another_or_on_tokio() {
        check(
            "orders",
            "services/orders",
            &[("contracts", Section::Normal), ("payments", Section::Normal)],
            &["services/orders/Cargo.toml:5: `orders` must not depend on `payments` \
               (dependencies)"],
        );
        check(
            "orders",
            "services/orders",
            &[("tokio", Section::Normal)],
            &["services/orders/Cargo.toml:4: `orders` must not depend on `tokio` (dependencies)"],
        );
    }

    #[test]
    fn crates_for_build_scripts_are_allowed_only_there() {
        check("contracts", "core/contracts", &[("protox", Section::Build)], &[]);
        check(
            "contracts",
            "core/contracts",
            &[("protox", Section::Normal), ("tokio", Section::Build)],
            &[
                "core/contracts/Cargo.toml:4: `contracts` must not depend on `protox` \
                 (dependencies)",
                "core/contracts/Cargo.toml:6: `contracts` must not depend on `tokio` \
                 (build-dependencies)",
            ],
        );
    }

    #[test]
    fn dependencies_of_tests_and_shells_are_free() {
        check("saga", "core/saga", &[("proptest", Section::Development)], &[]);
        check("engine", "engine", &[("tokio", Section::Normal)], &[]);
    }

    #[test]
    fn all_but_some_of_ours_means_just_that() {
        check(
            "sim",
            "testing/sim",
            &[("engine", Section::Normal), ("http-api", Section::Normal)],
            &["testing/sim/Cargo.toml:5: `sim` must not depend on `http-api` (dependencies)"],
        );
    }

    #[test]
    fn an_unknown_crate_and_a_wrong_folder_fail() {
        check(
            "helpers",
            "core/helpers",
            &[],
            &["core/helpers/Cargo.toml:2: crate `helpers` isn't in the table of crates"],
        );
        check("saga", "saga", &[], &["saga/Cargo.toml:2: crate `saga` lies in saga"]);
    }
}
