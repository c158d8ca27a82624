//! A list or a stream, printed as it comes, in constant memory.

use crate::cell::Column;
use crate::failure::Outcome;
use crate::output::{Format, Output, yaml};
use crate::table::Table;
use serde_json::Value;
use std::io::Write;

/// A list that is being printed.
pub struct List<W: Write> {
    output: Output,
    table: Table,
    printed: u64,
    to: W,
}

impl<W: Write> List<W> {
    /// Nothing is printed yet.
    pub fn new(output: Output, columns: &'static [Column], to: W) -> Self {
        Self { output, table: Table::new(columns), printed: 0, to }
    }

    /// How many were printed.
    pub const fn printed(&self) -> u64 {
        self.printed
    }

    /// Prints the next ones; whoever reads gets them at once.
    ///
    /// # Errors
    /// They can't be written.
    pub fn push(&mut self, items: &[Value]) -> Outcome {
        let text = match self.output.format {
            Format::Table => self.table.rows(items, &self.output.style),
            Format::Json => items.iter().map(|item| self.array_item(item)).collect(),
            Format::Jsonl => items.iter().map(|item| format!("{item}\n")).collect(),
            Format::Yaml if items.is_empty() => String::new(),
            Format::Yaml => yaml(items),
        };
        if matches!(self.output.format, Format::Table | Format::Jsonl | Format::Yaml) {
            self.printed += items.len() as u64;
        }
        self.to.write_all(text.as_bytes())?;
        Ok(self.to.flush()?)
    }

    /// Prints what belongs to the end.
    ///
    /// # Errors
    /// It can't be written.
    pub fn end(mut self) -> Outcome<u64> {
        let text = match (self.output.format, self.printed) {
            (Format::Json | Format::Yaml, 0) => "[]\n",
            (Format::Json, _) => "\n]\n",
            _ => "",
        };
        self.to.write_all(text.as_bytes())?;
        self.to.flush()?;
        Ok(self.printed)
    }

    fn array_item(&mut self, item: &Value) -> String {
        let before = if self.printed == 0 { "[\n  " } else { ",\n  " };
        self.printed += 1;
        format!("{before}{}", format!("{item:#}").replace('\n', "\n  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{Shown, column};
    use crate::style::Style;
    use serde_json::json;

    const COLUMNS: &[Column] = &[column("ID", "/id", Shown::Text)];

    #[track_caller]
    fn check(format: Format, pages: &[&[Value]], expected: &str) {
        let mut written = vec![];
        let output = Output { format, style: Style::plain() };
        let mut list = List::new(output, COLUMNS, &mut written);
        for page in pages {
            list.push(page).expect("written");
        }
        list.end().expect("written");
        assert_eq!(String::from_utf8(written).expect("text"), expected);
    }

    #[test]
    fn pages_become_one_list_in_every_format() {
        let (first, second) =
            ([json!({ "id": "a" })], [json!({ "id": "b" }), json!({ "id": "c" })]);
        let pages: &[&[Value]] = &[&first, &[], &second];
        check(Format::Table, pages, "ID\na\nb\nc\n");
        check(Format::Jsonl, pages, "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n");
        check(Format::Yaml, pages, "- id: a\n- id: b\n- id: c\n");
        let array = json!([{ "id": "a" }, { "id": "b" }, { "id": "c" }]);
        check(Format::Json, pages, &format!("{array:#}\n"));
    }

    #[test]
    fn an_empty_list_is_a_list_too() {
        check(Format::Table, &[], "");
        check(Format::Jsonl, &[&[]], "");
        check(Format::Yaml, &[&[]], "[]\n");
        check(Format::Json, &[&[]], "[]\n");
    }
}
