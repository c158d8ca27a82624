//! Tables and cards for people.

use crate::cell::{Cell, Column, Shown};
use crate::style::Style;
use crate::tone::Tone;
use console::{Alignment, measure_text_width, pad_str, truncate_str};
use serde_json::Value;

const GAP: &str = "  ";
/// What is shown of a `Rest`, however narrow the terminal.
const REST_WIDTH_MIN: usize = 20;

/// One thing: its fields, and then its parts.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// A line each; what is not there is left out.
    pub fields: &'static [Column],
    /// A table each; what is empty is left out.
    pub sections: &'static [Section],
}

/// Parts of one thing.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// What they are.
    pub title: &'static str,
    /// Where they stand: a list.
    pub path: &'static str,
    /// What is shown of each.
    pub columns: &'static [Column],
}

/// One thing as a card.
pub fn card(document: &Value, card: &Card, style: &Style) -> String {
    let there = |column: &&Column| !document.pointer(column.path).unwrap_or(&Value::Null).is_null();
    let fields: Vec<&Column> = card.fields.iter().filter(there).collect();
    let title_width = fields.iter().map(|column| column.title.len()).max().unwrap_or(0);
    let mut text = String::new();
    for column in fields {
        let cell = cell(document, column, style);
        let title = format!("{:<title_width$}", column.title.to_lowercase());
        let value = cell.tone.paint(&cell.text, style.is_coloured);
        text.push_str(&format!("{}{GAP}{value}\n", Tone::Title.paint(&title, style.is_coloured)));
    }
    for section in card.sections {
        let parts = document.pointer(section.path).and_then(Value::as_array);
        let Some(parts) = parts.filter(|parts| !parts.is_empty()) else { continue };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("{}\n", Tone::Title.paint(section.title, style.is_coloured)));
        text.push_str(&Table::new(section.columns).rows(parts, style));
    }
    text
}

/// A table that comes piece by piece: its columns never get narrower.
pub struct Table {
    columns: &'static [Column],
    widths: Vec<usize>,
    has_title: bool,
}

impl Table {
    /// A table of these columns.
    pub fn new(columns: &'static [Column]) -> Self {
        let widths = columns.iter().map(|column| column.width).collect();
        Self { columns, widths, has_title: false }
    }

    /// The next rows, with the titles before the first.
    pub fn rows(&mut self, items: &[Value], style: &Style) -> String {
        let row = |item| self.columns.iter().map(|it| cell(item, it, style)).collect::<Vec<_>>();
        let rows: Vec<Vec<Cell>> = items.iter().map(row).collect();
        for row in &rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(measure_text_width(&cell.text));
            }
        }
        let mut text = String::new();
        if !self.has_title && !rows.is_empty() {
            self.has_title = true;
            let title = |it: &Column| Cell { text: it.title.into(), tone: Tone::Title };
            let titles: Vec<Cell> = self.columns.iter().map(title).collect();
            self.line(&titles, style, &mut text);
        }
        for row in &rows {
            self.line(row, style, &mut text);
        }
        text
    }

    fn line(&self, cells: &[Cell], style: &Style, text: &mut String) {
        let mut line = String::new();
        for ((cell, column), width) in cells.iter().zip(self.columns).zip(&self.widths) {
            if !line.is_empty() {
                line.push_str(GAP);
            }
            let said = match column.shown {
                Shown::Rest => {
                    let left = style.width.saturating_sub(measure_text_width(&line));
                    truncate_str(&cell.text, left.max(REST_WIDTH_MIN), "...")
                }
                shown => {
                    let side = if shown.is_right() { Alignment::Right } else { Alignment::Left };
                    pad_str(&cell.text, *width, side, None)
                }
            };
            line.push_str(&cell.tone.paint(&said, style.is_coloured));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

fn cell(document: &Value, column: &Column, style: &Style) -> Cell {
    column.shown.cell(document.pointer(column.path).unwrap_or(&Value::Null), style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::column;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        column("ID", "/id", Shown::Text),
        column("UNITS", "/units", Shown::Number),
        column("STATE", "/state", Shown::State),
        column("DATA", "/data", Shown::Rest),
    ];

    #[test]
    fn later_rows_stand_under_the_first_and_what_is_long_is_cut() {
        let mut table = Table::new(COLUMNS);
        let style = Style { width: 40, ..Style::plain() };
        let long = json!({ "id": "a", "units": 1, "state": "ok", "data": ["x".repeat(50)] });
        let text = table.rows(&[long], &style);
        assert_eq!(text, "ID  UNITS  STATE  DATA\na       1  ok     [\"xxxxxxxxxxxxxxxxx...\n");
        let text = table.rows(&[json!({ "id": "longer", "units": 20 })], &style);
        assert_eq!(text, "longer     20\n");
        assert_eq!(table.rows(&[json!({ "id": "b" })], &style), "b\n");
        assert_eq!(table.rows(&[], &style), "");
    }

    #[test]
    fn an_empty_table_has_no_titles() {
        assert_eq!(Table::new(COLUMNS).rows(&[], &Style::plain()), "");
    }

    #[test]
    fn words_that_tell_how_it_fares_are_coloured() {
        let style = Style { is_coloured: true, ..Style::plain() };
        let text = Table::new(COLUMNS).rows(&[json!({ "id": "a", "state": "ok" })], &style);
        assert!(text.ends_with("a          \u{1b}[32mok   \u{1b}[0m\n"), "{text:?}");
    }
}
