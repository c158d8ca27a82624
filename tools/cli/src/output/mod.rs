//! How data is printed, on standard output and nowhere else.

mod cell;
mod list;
mod table;
mod tone;

pub use cell::{Column, Shown, column};
pub use list::List;
pub use table::{Card, Section};
pub use tone::Tone;

use crate::exit::{Outcome, Stop};
use crate::globals::Times;
use clap::ValueEnum;
use serde_json::Value;
use std::io::{self, Write};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: some columns of it.
    #[default]
    Table,
    /// As the server sent it; lists are one array.
    Json,
    /// As the server sent it, one document a line.
    Jsonl,
    /// As the server sent it, in YAML.
    Yaml,
}

/// How tables look.
#[derive(Clone, Debug)]
pub struct Style {
    /// Whether there are colours.
    pub is_coloured: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How times are told.
    pub times: Times,
    /// What relative times are relative to.
    pub now: jiff::Timestamp,
}

/// Prints the data of one command.
#[derive(Clone, Debug)]
pub struct Output {
    /// In which format.
    pub format: Format,
    /// How tables look.
    pub style: Style,
}

impl Output {
    /// One document.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn one(&self, document: &Value, card: &Card) -> Outcome {
        print(&self.one_text(document, card))
    }

    /// Something that has no other form than its own text.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn text(&self, text: &str) -> Outcome {
        print(text)
    }

    /// A list, or a stream, that comes piece by piece.
    pub fn list(&self, columns: &'static [Column]) -> List<io::Stdout> {
        List::new(self.clone(), columns, io::stdout())
    }

    fn one_text(&self, document: &Value, card: &Card) -> String {
        match self.format {
            Format::Table => table::card(document, card, &self.style),
            Format::Json => format!("{document:#}\n"),
            Format::Jsonl => format!("{document}\n"),
            Format::Yaml => yaml(document),
        }
    }
}

fn print(text: &str) -> Outcome {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Stop::from)
}

/// A document, or a list of them, in YAML.
fn yaml(document: &(impl serde::Serialize + ?Sized)) -> String {
    // JSON always has a form in YAML.
    serde_norway::to_string(document).unwrap_or_default()
}

#[cfg(test)]
pub(crate) fn plain() -> Style {
    let now = "2026-01-02T03:04:05Z".parse().expect("a time");
    Style { is_coloured: false, width: 100, times: Times::Iso, now }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CARD: Card = Card {
        fields: &[
            column("ORDER", "/order_id", Shown::Text),
            column("STATE", "/state", Shown::State),
            column("REASON", "/reason", Shown::Text),
            column("TOTAL", "/total", Shown::Money),
        ],
        sections: &[Section {
            title: "LINES",
            path: "/lines",
            columns: &[
                column("SKU", "/sku", Shown::Text),
                column("QUANTITY", "/quantity", Shown::Number),
            ],
        }],
    };

    #[track_caller]
    fn check(format: Format, expected: &str) {
        let total = json!({ "amount": "9.00", "minor_units": 900, "currency": "USD" });
        let lines = json!([{ "sku": "tea", "quantity": 2 }, { "sku": "sugar", "quantity": 10 }]);
        let order =
            json!({ "order_id": "o-1", "state": "pending", "total": total, "lines": lines });
        let output = Output { format, style: plain() };
        assert_eq!(output.one_text(&order, &CARD), expected);
    }

    #[test]
    fn a_table_of_one_thing_has_its_fields_and_then_its_parts() {
        check(
            Format::Table,
            "\
order  o-1
state  pending
total  9.00 USD

LINES
SKU    QUANTITY
tea           2
sugar        10
",
        );
    }

    #[test]
    fn machines_get_the_document_as_the_server_sent_it() {
        let compact = "{\"order_id\":\"o-1\",\"state\":\"pending\",\"total\":{\"amount\":\"9.00\",\
             \"minor_units\":900,\"currency\":\"USD\"},\"lines\":[{\"sku\":\"tea\",\"quantity\":2},\
             {\"sku\":\"sugar\",\"quantity\":10}]}\n";
        check(Format::Jsonl, compact);
        let compact: Value = serde_json::from_str(compact).expect("JSON");
        check(Format::Json, &format!("{compact:#}\n"));
        check(
            Format::Yaml,
            "\
order_id: o-1
state: pending
total:
  amount: '9.00'
  minor_units: 900
  currency: USD
lines:
- sku: tea
  quantity: 2
- sku: sugar
  quantity: 10
",
        );
    }
}
