//! Files that are made from code and kept in the tree, so that they can be read and reviewed.
//!
//! To add one, push its path (from the root of the workspace) and its content in [`files`]; then
//! `cargo xtask generate` writes it, and a test compares it with the tree from then on. A content
//! must depend on nothing but the code: no time, no path of this machine, no order of a hash.

use crate::Violation;
use contracts::ServiceName;
use service::RecordKind;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Every generated file: its path from the root of the workspace, and its content.
pub fn files() -> Vec<(PathBuf, String)> {
    let kinds: Vec<_> = hosting::together().record_kinds().collect();
    let mut files = vec![(
        PathBuf::from("adapters/store-sqlite/migrations/0001_initial.sql"),
        store_sqlite::first_migration(&kinds),
    )];
    files.extend(postgres_migrations(&kinds));
    files.push((PathBuf::from("docs/generated/messages.md"), crate::messages::table()));
    files.push((PathBuf::from("docs/generated/sagas.md"), sagas()));
    files.extend(crate::services::pages());
    files.extend(crate::api::files());
    files
}

fn postgres_migrations(kinds: &[(ServiceName, &'static RecordKind)]) -> Vec<(PathBuf, String)> {
    let path = |owner: &str| {
        PathBuf::from(format!("adapters/store-postgres/migrations/{owner}/0001_initial.sql"))
    };
    let mut files = vec![(path("engine"), store_postgres::engine_migration())];
    for service in ServiceName::ALL {
        let own: Vec<_> =
            kinds.iter().filter(|(of, _)| *of == service).map(|(_, it)| *it).collect();
        files.push((path(service.as_str()), store_postgres::service_migration(service, &own)));
    }
    files
}

fn sagas() -> String {
    let pictures = orchestrator::DEFINITIONS.iter().map(|definition| {
        let (name, version) = (definition.name, definition.version);
        format!("\n## {name} v{version}\n\n```mermaid\n{}```\n", definition.mermaid())
    });
    let head = "# Sagas\n\nWritten by `cargo xtask generate`. Don't edit.\n";
    head.to_string() + &pictures.collect::<String>()
}

/// Writes those that are missing or out of date; says which.
///
/// # Errors
/// A file can't be written.
pub fn write(root: &Path, files: &[(PathBuf, String)]) -> io::Result<Vec<PathBuf>> {
    let mut written = vec![];
    for (path, content) in files {
        let place = root.join(path);
        if is_fresh(&place, content) {
            continue;
        }
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&place, content)?;
        written.push(path.clone());
    }
    Ok(written)
}

/// Those that differ from the tree.
pub fn stale(root: &Path, files: &[(PathBuf, String)]) -> Vec<Violation> {
    files
        .iter()
        .filter(|(path, content)| !is_fresh(&root.join(path), content))
        .map(|(path, content)| {
            let old = fs::read_to_string(root.join(path)).unwrap_or_default();
            let line = 1 + content.lines().zip(old.lines()).take_while(|(a, b)| a == b).count();
            let path = path.display().to_string();
            Violation::new(&path, line, "is out of date", "run `cargo xtask generate`")
        })
        .collect()
}

fn is_fresh(place: &Path, content: &str) -> bool {
    fs::read_to_string(place).is_ok_and(|old| old == content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_stale_until_it_is_written_and_again_when_it_changes() {
        let root = std::env::temp_dir().join(format!("xtask-generated-{}", std::process::id()));
        let path = PathBuf::from("docs/table.md");
        let files = [(path.clone(), "one\ntwo\n".to_string())];
        assert_eq!(stale(&root, &files).len(), 1);
        assert_eq!(write(&root, &files).unwrap(), [path.as_path()]);
        assert_eq!(stale(&root, &files), []);
        assert!(write(&root, &files).unwrap().is_empty());

        let changed = [(path, "one\nthree\n".to_string())];
        let found = stale(&root, &changed);
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["docs/table.md:2: is out of date; run `cargo xtask generate`"]
        );
    }
}
