//! What was measured, in the format that was asked for.

use crate::report::table::Table;
use serde_json::Value;
use std::path::Path;
use terminal::{Failure, Format, again_with};

/// What there is to tell.
#[derive(Clone, Debug)]
pub struct Told {
    /// What to know before the rest is read.
    pub remarks: Vec<String>,
    /// For people.
    pub tables: Vec<Table>,
    /// The same and more, for programs.
    pub value: Value,
    /// Whether everything held.
    pub is_sound: bool,
    /// How many runs, lists or orders it is about.
    pub measured: usize,
}

impl Told {
    /// Nothing.
    pub const fn nothing() -> Self {
        Self { remarks: vec![], tables: vec![], value: Value::Null, is_sound: true, measured: 0 }
    }

    /// Prints it on standard output.
    ///
    /// # Errors
    /// It can't be written.
    pub fn print(&self, format: Format) -> Result<(), Failure> {
        let tables = || self.joined(Table::plain);
        terminal::text(&format.document(&self.value).unwrap_or_else(tables))
    }

    /// Writes tables, value and pictures into a folder.
    ///
    /// # Errors
    /// It can't be written.
    pub fn write(&self, pictures: &[(&str, String)], folder: &Path) -> Result<(), Failure> {
        let (tables, value) = (self.joined(Table::markdown), format!("{:#}\n", self.value));
        let texts = [("tables.md".to_string(), &tables), ("run.json".into(), &value)];
        let pictures = pictures.iter().map(|(name, svg)| (format!("{name}.svg"), svg));
        let written = std::fs::create_dir_all(folder).and_then(|()| {
            let mut files = texts.into_iter().chain(pictures);
            files.try_for_each(|(name, text)| std::fs::write(folder.join(name), text))
        });
        written.map_err(|error| {
            let what = format!("--report {}: {error}", folder.display());
            Failure::failed(what, again_with("--report", "report"))
        })
    }

    fn joined(&self, text: impl Fn(&Table) -> String) -> String {
        let remarks = self.remarks.iter().map(|remark| format!("{remark}\n"));
        remarks.chain(self.tables.iter().map(text)).collect::<Vec<_>>().join("\n")
    }
}
