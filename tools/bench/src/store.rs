//! What every cell begins with: one shop is filled, and each gets a copy.

use crate::place::{Layout, Setup};
use crate::shelf;
use crate::shop::Shop;
use crate::site::Site;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use terminal::{Failure, again_with};

/// A shop that has ended with every SKU on the shelf. All of it goes when this does.
pub struct Stocked {
    origin: Site,
    folder: TempDir,
    layout: Layout,
    cells: usize,
}

impl Stocked {
    /// Fills a new one, with its files in a new folder under `parent`.
    ///
    /// # Errors
    /// The folder can't be written, or the shop doesn't start.
    pub async fn make(layout: Layout, parent: &Path) -> Result<Self, Failure> {
        let folder = parent.canonicalize().and_then(|parent| {
            tempfile::Builder::new().prefix("orderweaver-bench-").tempdir_in(parent)
        });
        let folder = folder.map_err(|error| {
            let what = format!("{}: {error}", parent.display());
            Failure::failed(what, again_with("--folder", "."))
        })?;
        let origin = Site::make(&layout, folder.path(), "stocked", None).await?;
        let shop = Shop::start(&origin).await?;
        shelf::fill(&shop.addresses).await?;
        shop.stop().await?;
        Ok(Self { origin, folder, layout, cells: 0 })
    }

    /// What it consists of.
    pub fn setup(&self) -> Setup {
        self.layout.setup()
    }

    /// A copy, for the next cell.
    ///
    /// # Errors
    /// It can't be made.
    pub async fn copy(&mut self) -> Result<Site, Failure> {
        self.cells += 1;
        let name = format!("cell{:02}", self.cells);
        Site::make(&self.layout, self.folder.path(), &name, Some(&self.origin)).await
    }

    /// Leaves the folders where they are; where that is, and with what the names of the databases
    /// begin that stay too.
    pub fn keep(self) -> (PathBuf, Option<String>) {
        let databases = self.layout.server().map(|server| server.run().to_string());
        (self.folder.keep(), databases)
    }
}
