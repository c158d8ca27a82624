//! Folders of data: one is filled once, and every cell begins with a copy of it.

use crate::server::OwnServer;
use crate::shelf;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use terminal::{Failure, again_with};

/// Files of the built-in provider: its books are not the server's.
const PROVIDER_FILES: &str = "provider-fake";
/// The files of a store.
const STORE_FILES: &str = "orderweaver.db";

/// A store with every SKU on the shelf, in a temporary folder that goes when this does.
pub struct Stocked {
    folder: TempDir,
    cells: usize,
}

impl Stocked {
    /// Fills a store on a server of our own, in a new folder under `parent`.
    ///
    /// # Errors
    /// The folder can't be written, or the server doesn't start.
    pub async fn make(parent: &Path) -> Result<Self, Failure> {
        let folder = parent.canonicalize().and_then(|parent| {
            tempfile::Builder::new().prefix("orderweaver-bench-").tempdir_in(parent)
        });
        let folder = folder.map_err(|error| {
            let what = format!("{}: {error}", parent.display());
            Failure::failed(what, again_with("--folder", "."))
        })?;
        let stocked = Self { folder, cells: 0 };
        let server = OwnServer::start(&stocked.origin()).await?;
        shelf::fill(&server.addresses).await?;
        server.stop().await?;
        Ok(stocked)
    }

    fn origin(&self) -> PathBuf {
        self.folder.path().join("stocked")
    }

    /// A folder with a copy, for the next cell.
    ///
    /// # Errors
    /// It can't be written.
    pub fn copy(&mut self) -> Result<PathBuf, Failure> {
        self.cells += 1;
        let copy = self.folder.path().join(format!("cell-{:02}", self.cells));
        let copied = fs::create_dir(&copy).and_then(|()| {
            for entry in fs::read_dir(self.origin())?.flatten() {
                let name = entry.file_name();
                let is_data = [PROVIDER_FILES, STORE_FILES]
                    .iter()
                    .any(|prefix| name.to_string_lossy().starts_with(prefix));
                if is_data {
                    fs::copy(entry.path(), copy.join(name))?;
                }
            }
            Ok(())
        });
        let failed = |error| Failure::failed(format!("{}: {error}", copy.display()), "df -h");
        copied.map_err(failed)?;
        Ok(copy)
    }

    /// Bytes by which the store of a stopped server has grown.
    pub fn grown(&self, copy: &Path) -> u64 {
        store_bytes(copy).saturating_sub(store_bytes(&self.origin()))
    }

    /// Leaves the folders where they are; where that is.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Bytes of the files of the store in a folder.
fn store_bytes(data: &Path) -> u64 {
    let entries = fs::read_dir(data).into_iter().flatten().flatten();
    let ours = entries.filter(|it| it.file_name().to_string_lossy().starts_with(STORE_FILES));
    ours.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
}
