//! Whatever is public is documented, also in binaries, which rustc's `missing_docs` leaves alone.

use crate::source::{attributes, is_test_only};
use crate::{Source, Tree, Violation};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Attribute, Fields, Ident, ImplItem, Item, ItemMod, Meta, TraitItem, Type, Visibility};

/// The types of each crate that are not public; what they hold needs no comment.
type Hidden = BTreeMap<String, BTreeSet<String>>;

pub(super) fn violations(tree: &Tree) -> Vec<Violation> {
    let hidden = hidden_types(tree);
    let mut found = vec![];
    for source in tree.sources.iter().filter(|source| !source.is_test) {
        if !is_excused(&source.syntax.attrs) {
            let hidden = &hidden[&crate_folder(source)];
            Judge { tree, source, hidden, found: &mut found }.items(&source.syntax.items);
        }
    }
    found
}

fn crate_folder(source: &Source) -> String {
    source.path.split("src/").next().unwrap_or_default().to_string()
}

/// A name that is both hidden and public in one crate counts as public.
fn hidden_types(tree: &Tree) -> Hidden {
    let (mut hidden, mut public) = (Hidden::new(), Hidden::new());
    for source in &tree.sources {
        let folder = crate_folder(source);
        let hidden = hidden.entry(folder.clone()).or_default();
        sort_types(&source.syntax.items, hidden, public.entry(folder).or_default());
    }
    for (folder, names) in &mut hidden {
        names.retain(|name| !public[folder].contains(name));
    }
    hidden
}

fn sort_types(items: &[Item], hidden: &mut BTreeSet<String>, public: &mut BTreeSet<String>) {
    for item in items {
        let (visibility, name) = match item {
            Item::Struct(item) => (&item.vis, &item.ident),
            Item::Enum(item) => (&item.vis, &item.ident),
            Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    sort_types(items, hidden, public);
                }
                continue;
            }
            _ => continue,
        };
        let names = if is_public(visibility) { &mut *public } else { &mut *hidden };
        names.insert(name.to_string());
    }
}

struct Judge<'tree> {
    tree: &'tree Tree,
    source: &'tree Source,
    hidden: &'tree BTreeSet<String>,
    found: &'tree mut Vec<Violation>,
}

impl Judge<'_> {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            if !is_test_only(attributes(item)) && !is_excused(attributes(item)) {
                self.item(item);
            }
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Const(item) => self.public(&item.vis, &item.attrs, "constant", &item.ident),
            Item::Fn(item) => self.public(&item.vis, &item.attrs, "function", &item.sig.ident),
            Item::Static(item) => self.public(&item.vis, &item.attrs, "static", &item.ident),
            Item::Type(item) => self.public(&item.vis, &item.attrs, "type", &item.ident),
            Item::Mod(item) => self.module(item),
            Item::Struct(item) => {
                self.public(&item.vis, &item.attrs, "struct", &item.ident);
                if is_public(&item.vis) {
                    self.fields(&item.fields, false);
                }
            }
            Item::Enum(item) => {
                self.public(&item.vis, &item.attrs, "enum", &item.ident);
                if is_public(&item.vis) {
                    for variant in &item.variants {
                        self.documented(&variant.attrs, "variant", &variant.ident);
                        self.fields(&variant.fields, true);
                    }
                }
            }
            Item::Trait(item) => {
                self.public(&item.vis, &item.attrs, "trait", &item.ident);
                if is_public(&item.vis) {
                    self.trait_items(&item.items);
                }
            }
            Item::Impl(item) if item.trait_.is_none() && !self.is_hidden(&item.self_ty) => {
                self.impl_items(&item.items);
            }
            _ => {}
        }
    }

    fn is_hidden(&self, owner: &Type) -> bool {
        let Type::Path(path) = owner else { return false };
        path.path.segments.last().is_some_and(|last| self.hidden.contains(&last.ident.to_string()))
    }

    /// A module may be documented where it is declared or at the top of its file.
    fn module(&mut self, module: &ItemMod) {
        let file = self.tree.module(self.source, &module.ident);
        if !file.is_some_and(|file| is_documented(&file.syntax.attrs)) {
            self.public(&module.vis, &module.attrs, "module", &module.ident);
        }
        if let Some((_, items)) = &module.content {
            self.items(items);
        }
    }

    /// Fields without names are explained by their type.
    fn fields(&mut self, fields: &Fields, of_variant: bool) {
        for field in fields {
            if let Some(name) = &field.ident
                && (of_variant || is_public(&field.vis))
            {
                self.documented(&field.attrs, "field", name);
            }
        }
    }

    fn trait_items(&mut self, items: &[TraitItem]) {
        for item in items {
            match item {
                TraitItem::Const(item) => self.documented(&item.attrs, "constant", &item.ident),
                TraitItem::Fn(item) => self.documented(&item.attrs, "method", &item.sig.ident),
                TraitItem::Type(item) => self.documented(&item.attrs, "type", &item.ident),
                _ => {}
            }
        }
    }

    fn impl_items(&mut self, items: &[ImplItem]) {
        for item in items {
            match item {
                ImplItem::Const(item) => {
                    self.public(&item.vis, &item.attrs, "constant", &item.ident);
                }
                ImplItem::Fn(item) => {
                    self.public(&item.vis, &item.attrs, "method", &item.sig.ident);
                }
                _ => {}
            }
        }
    }

    fn public(&mut self, vis: &Visibility, attributes: &[Attribute], kind: &str, name: &Ident) {
        if is_public(vis) {
            self.documented(attributes, kind, name);
        }
    }

    fn documented(&mut self, attributes: &[Attribute], kind: &str, name: &Ident) {
        if is_documented(attributes) || is_excused(attributes) || is_test_only(attributes) {
            return;
        }
        let line = name.span().start().line;
        let what = format!("{kind} `{name}` is public and has no doc comment");
        let remedy = "say in one line what its name doesn't say";
        self.found.push(Violation::new(&self.source.path, line, what, remedy));
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc"))
}

/// `#[expect(missing_docs, reason = "..")]`, which rustc's lint understands too.
fn is_excused(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("expect") => {
            list.tokens.clone().into_iter().any(|word| word.to_string() == "missing_docs")
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &[&str]) {
        let found = violations(&Tree::of(&[("src/lib.rs", source)]));
        let said: Vec<_> = super::super::said(found)
            .iter()
            .map(|line| {
                line.replace("src/lib.rs:", "").replace(" is public and has no doc comment", "")
            })
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn every_kind_of_public_item_needs_a_doc_comment() {
        check("pub fn f() {}", &["1: function `f`"]);
        check("pub const C: u8 = 1; pub static S: u8 = 1;", &["1: constant `C`", "1: static `S`"]);
        check("pub type T = u8; pub mod m {}", &["1: module `m`", "1: type `T`"]);
        check("mod m { pub struct S; }", &["1: struct `S`"]);
        check("/// S.\npub struct S {\n    pub a: u8,\n    b: u8,\n}", &["3: field `a`"]);
        check(
            "/// E.\npub enum E {\n    A,\n    /// B.\n    B { c: u8 },\n}",
            &["3: variant `A`", "5: field `c`"],
        );
        check(
            "/// T.\npub trait T {\n    fn f();\n    type A;\n}",
            &["3: method `f`", "4: type `A`"],
        );
        check("impl S {\n    pub fn f() {}\n    fn g() {}\n}", &["2: method `f`"]);
    }

    #[test]
    fn a_hidden_type_of_the_same_name_excuses_nothing() {
        let source = "/// S.\npub struct S;\nimpl S { pub fn f() {} }\nmod m { struct S; }";
        check(source, &["3: method `f`"]);
    }

    #[test]
    fn private_excused_and_test_items_need_none() {
        check("fn f() {} pub(crate) struct S { pub(crate) a: u8 } enum E { A }", &[]);
        check("struct S { pub a: u8 } impl S { pub fn f() {} }", &[]);
        check("impl Clone for S { fn clone(&self) -> S { S } }", &[]);
        check("#[expect(missing_docs, reason = \"generated\")]\npub mod m { pub struct S; }", &[]);
        check("#[cfg(test)]\npub mod tests { pub fn f() {} }", &[]);
        check("/// Two.\npub struct S(pub u8, pub u8);", &[]);
    }

    #[test]
    fn a_module_may_be_documented_in_its_file() {
        let tree = |text| Tree::of(&[("src/lib.rs", "pub mod time;"), ("src/time.rs", text)]);
        assert_eq!(violations(&tree("//! Time.")), []);
        assert_eq!(violations(&tree("")).len(), 1);
    }
}
