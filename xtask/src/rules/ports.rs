//! A port has few methods, so that a new adapter is little work.

use crate::house::PORT_METHODS_MAX;
use crate::{Source, Tree, Violation};
use syn::{Item, TraitItem, Visibility};

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    tree.sources.iter().filter(|source| is_ports(&source.path)).flat_map(of_source).collect()
}

/// `engine/src/ports.rs`, `engine/src/ports_of_x.rs`, `engine/src/ports/x.rs`.
fn is_ports(path: &str) -> bool {
    path.starts_with("engine/src/ports")
}

fn of_source(source: &Source) -> Vec<Violation> {
    let mut found = vec![];
    for item in &source.syntax.items {
        let Item::Trait(port) = item else { continue };
        let methods = port.items.iter().filter(|item| matches!(item, TraitItem::Fn(_))).count();
        if matches!(port.vis, Visibility::Public(_)) && methods > PORT_METHODS_MAX {
            let name = &port.ident;
            let what = format!("`{name}` has {methods} methods of at most {PORT_METHODS_MAX}");
            let remedy = "a port that is asked for two things is two ports";
            let line = port.ident.span().start().line;
            found.push(Violation::new(&source.path, line, what, remedy));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, methods: usize, expected: &[&str]) {
        let methods: String = (0..methods).map(|number| format!("fn f{number}();")).collect();
        let source = format!("/// One.\npub trait Bus {{ type Error; {methods} }}");
        let found = violations(&Tree::of(&[(path, &source)]));
        assert_eq!(super::super::said(found), expected);
    }

    #[test]
    fn a_port_may_have_ten_methods_but_no_more() {
        check("engine/src/ports.rs", 10, &[]);
        check(
            "engine/src/ports.rs",
            11,
            &["engine/src/ports.rs:2: `Bus` has 11 methods of at most 10"],
        );
        check(
            "engine/src/ports/bus.rs",
            11,
            &["engine/src/ports/bus.rs:2: `Bus` has 11 methods of at most 10"],
        );
    }

    #[test]
    fn other_traits_may_have_as_many_methods_as_they_like() {
        check("engine/src/round.rs", 11, &[]);
    }
}
