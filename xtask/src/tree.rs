//! The workspace as it lies on disk: its crates, their manifests, its sources.

use crate::source::is_test_only;
use crate::{Source, Violation};
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use syn::Item;

/// Which part of a manifest a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `[dependencies]`
    Normal,
    /// `[build-dependencies]`
    Build,
    /// `[dev-dependencies]`
    Development,
}

impl Section {
    /// As it stands in the manifest.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Build => "build-dependencies",
            Self::Development => "dev-dependencies",
        }
    }
}

/// What a crate depends on.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// Where it is declared.
    pub section: Section,
}

/// A crate of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Crate {
    /// The package's name.
    pub name: String,
    /// Its folder, from the root of the workspace.
    pub folder: String,
    /// The text of its `Cargo.toml`.
    pub manifest: String,
    /// Its direct dependencies.
    pub dependencies: Vec<Dependency>,
}

/// The workspace.
#[derive(Default)]
pub struct Tree {
    /// Its folder.
    pub root: PathBuf,
    /// The text of its `Cargo.toml`.
    pub manifest: String,
    /// Its crates.
    pub crates: Vec<Crate>,
    /// Its Rust files, by path.
    pub sources: Vec<Source>,
    /// Files that could not be read as Rust.
    pub unreadable: Vec<Violation>,
    /// Its Markdown files: their text by path.
    pub documents: BTreeMap<String, String>,
}

impl Tree {
    /// The folder of the workspace that this crate was built in.
    pub fn root() -> PathBuf {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.parent().unwrap_or(here).to_path_buf()
    }

    /// Reads the workspace in that folder.
    ///
    /// # Errors
    /// `cargo metadata` fails, or a file can't be read.
    pub fn read(root: &Path) -> Result<Self, Box<dyn Error>> {
        let mut tree = Self {
            root: root.to_path_buf(),
            manifest: fs::read_to_string(root.join("Cargo.toml"))?,
            crates: crates(root)?,
            ..Self::default()
        };
        let mut paths = vec![];
        files_of_people(root, &mut paths)?;
        paths.sort();
        for path in paths {
            tree.add(&from_root(root, &path), &fs::read_to_string(&path)?);
        }
        tree.mark_test_modules();
        Ok(tree)
    }

    /// A workspace of these files only, for the tests of the rules.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, text);
        }
        tree.mark_test_modules();
        tree
    }

    /// The file of the module that a source declares as `mod name;`.
    pub fn module(&self, source: &Source, name: &syn::Ident) -> Option<&Source> {
        let path = source.module_path(name);
        let candidates = [format!("{path}.rs"), format!("{path}/mod.rs")];
        self.sources.iter().find(|source| candidates.contains(&source.path))
    }

    fn add(&mut self, path: &str, text: &str) {
        if path.ends_with(".md") {
            self.documents.insert(path.into(), text.into());
            return;
        }
        match Source::parse(path, text) {
            Ok(source) => self.sources.push(source),
            Err(violation) => self.unreadable.push(violation),
        }
    }

    /// The files behind `#[cfg(test)] mod name;`, and those below them, are tests.
    fn mark_test_modules(&mut self) {
        let mut paths = vec![];
        for source in &self.sources {
            for item in &source.syntax.items {
                if let Item::Mod(module) = item
                    && module.content.is_none()
                    && is_test_only(&module.attrs)
                {
                    paths.push(source.module_path(&module.ident));
                }
            }
        }
        for source in &mut self.sources {
            source.is_test |= paths.iter().any(|path| {
                source
                    .path
                    .strip_prefix(path.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            });
        }
    }
}

fn crates(root: &Path) -> Result<Vec<Crate>, Box<dyn Error>> {
    let metadata =
        MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    let mut crates = vec![];
    for package in &metadata.packages {
        let manifest_path = package.manifest_path.as_std_path();
        let dependencies = package.dependencies.iter().filter_map(|dependency| {
            let section = match dependency.kind {
                DependencyKind::Normal => Section::Normal,
                DependencyKind::Build => Section::Build,
                DependencyKind::Development => Section::Development,
                _ => return None,
            };
            Some(Dependency { name: dependency.name.clone(), section })
        });
        crates.push(Crate {
            name: package.name.to_string(),
            folder: from_root(root, manifest_path.parent().unwrap_or(root)),
            manifest: fs::read_to_string(manifest_path)?,
            dependencies: dependencies.collect(),
        });
    }
    Ok(crates)
}

/// Rust and Markdown below the root, but not in what is built or hidden.
fn files_of_people(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        let is_skipped = matches!(name.as_ref(), "target" | "node_modules");
        if kind.is_dir() && !is_skipped && !name.starts_with('.') {
            files_of_people(&path, paths)?;
        } else if kind.is_file() && (name.ends_with(".rs") || name.ends_with(".md")) {
            paths.push(path);
        }
    }
    Ok(())
}

fn from_root(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
