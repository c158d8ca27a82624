//! One source file, read once and asked by every rule.

use crate::Violation;
use crate::tokens::{Function, Word, functions, words};
use proc_macro2::TokenStream;
use std::ops::RangeInclusive;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, ImplItem, Item, ItemUse, Meta, UseTree};

/// A Rust file.
pub struct Source {
    /// From the root of the workspace, with `/`.
    pub path: String,
    /// As written.
    pub text: String,
    /// As parsed.
    pub syntax: syn::File,
    /// Every function, also in macros.
    pub functions: Vec<Function>,
    /// Whether the whole file is code of tests.
    pub is_test: bool,
    phrases: Vec<Vec<Word>>,
    test_lines: Vec<RangeInclusive<usize>>,
}

impl Source {
    /// Reads a file's text.
    ///
    /// # Errors
    /// It is no Rust.
    pub fn parse(path: &str, text: &str) -> Result<Self, Violation> {
        let broken = |line: usize, error: &dyn std::fmt::Display| {
            Violation::new(path, line, format!("can't be parsed: {error}"), "make it compile")
        };
        let tokens: TokenStream = text
            .parse()
            .map_err(|error: proc_macro2::LexError| broken(error.span().start().line, &error))?;
        let syntax: syn::File = syn::parse2(tokens.clone())
            .map_err(|error| broken(error.span().start().line, &error))?;
        let mut facts = Facts { phrases: vec![words(&tokens)], test_lines: vec![] };
        facts.visit_file(&syntax);
        Ok(Self {
            path: path.to_string(),
            text: text.to_string(),
            functions: functions(&tokens),
            is_test: path.split('/').any(|folder| matches!(folder, "tests" | "benches")),
            syntax,
            phrases: facts.phrases,
            test_lines: facts.test_lines,
        })
    }

    /// The lines of code that say this, besides tests. `pattern` is Rust tokens in a row; the paths
    /// that a `use` with braces brings in are looked through one by one.
    pub fn lines_saying(&self, pattern: &str) -> Vec<usize> {
        let pattern = pattern.parse::<TokenStream>().map(|tokens| words(&tokens));
        let Ok(pattern) = pattern else { return vec![] };
        let mut lines: Vec<usize> = self
            .phrases
            .iter()
            .flat_map(|phrase| phrase.windows(pattern.len()))
            .filter(|window| window.iter().zip(&pattern).all(|(a, b)| a.text == b.text))
            .filter_map(|window| window.last())
            .map(|word| word.line)
            .filter(|line| !self.is_test_line(*line))
            .collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// Whether a line belongs to a test.
    pub fn is_test_line(&self, line: usize) -> bool {
        self.is_test || self.test_lines.iter().any(|lines| lines.contains(&line))
    }

    /// Where the module declared here as `mod name;` may stand, without `.rs` or `/mod.rs`.
    pub(crate) fn module_path(&self, name: &Ident) -> String {
        let (folder, file) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        match file {
            "lib.rs" | "main.rs" | "mod.rs" | "build.rs" => format!("{folder}/{name}"),
            _ => format!("{}/{name}", self.path.trim_end_matches(".rs")),
        }
    }
}

/// Whether an item is there in tests only.
pub(crate) fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let words = words(&list.tokens);
            let says = |text: &str| words.iter().any(|word| word.text == text);
            says("test") && !says("not") && !says("any")
        }
        Meta::Path(path) => path.segments.last().is_some_and(|last| last.ident == "test"),
        _ => false,
    })
}

struct Facts {
    phrases: Vec<Vec<Word>>,
    test_lines: Vec<RangeInclusive<usize>>,
}

impl Facts {
    fn note(&mut self, attributes: &[Attribute], spanned: &dyn Spanned) {
        if is_test_only(attributes) {
            let span = spanned.span();
            self.test_lines.push(span.start().line..=span.end().line);
        }
    }

    fn use_leaves(&mut self, tree: &UseTree, mut path: Vec<Word>) {
        match tree {
            UseTree::Path(part) => {
                push_name(&mut path, &part.ident);
                self.use_leaves(&part.tree, path);
            }
            UseTree::Name(name) => {
                push_name(&mut path, &name.ident);
                self.phrases.push(path);
            }
            UseTree::Rename(renamed) => {
                push_name(&mut path, &renamed.ident);
                self.phrases.push(path);
            }
            UseTree::Group(group) => {
                for leaf in &group.items {
                    self.use_leaves(leaf, path.clone());
                }
            }
            UseTree::Glob(_) => self.phrases.push(path),
        }
    }
}

fn push_name(path: &mut Vec<Word>, name: &Ident) {
    let line = name.span().start().line;
    if !path.is_empty() {
        path.extend([":", ":"].map(|text| Word { text: text.to_string(), line }));
    }
    path.push(Word { text: name.to_string(), line });
}

impl<'syntax> Visit<'syntax> for Facts {
    fn visit_item(&mut self, item: &'syntax Item) {
        self.note(attributes(item), item);
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'syntax ImplItem) {
        if let ImplItem::Fn(function) = item {
            self.note(&function.attrs, function);
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'syntax ItemUse) {
        self.use_leaves(&item.tree, vec![]);
    }
}

/// The attributes of any item.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
