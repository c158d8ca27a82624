//! How data is printed, on standard output and nowhere else.

use crate::cell::Column;
use crate::failure::Outcome;
use crate::list::List;
use crate::print;
use crate::style::Style;
use crate::table::{self, Card};
use clap::ValueEnum;
use serde_json::Value;
use std::io;

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

impl Format {
    /// A document for programs; nothing where people read a table of it.
    pub fn document(self, document: &Value) -> Option<String> {
        match self {
            Self::Table => None,
            Self::Json => Some(format!("{document:#}\n")),
            Self::Jsonl => Some(format!("{document}\n")),
            Self::Yaml => Some(yaml(document)),
        }
    }
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
        self.text(&self.one_text(document, card))
    }

    /// Something that has no other form than its own text.
    ///
    /// # Errors
    /// Standard output can't be written.
    pub fn text(&self, text: &str) -> Outcome {
        Ok(print::text(text)?)
    }

    /// A list, or a stream, that comes piece by piece.
    pub fn list(&self, columns: &'static [Column]) -> List<io::Stdout> {
        List::new(self.clone(), columns, io::stdout())
    }

    fn one_text(&self, document: &Value, card: &Card) -> String {
        let card = || table::card(document, card, &self.style);
        self.format.document(document).unwrap_or_else(card)
    }
}

/// A document, or a list of them, in YAML.
pub fn yaml(document: &(impl serde::Serialize + ?Sized)) -> String {
    // JSON always has a form in YAML.
    serde_norway::to_string(document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{Shown, column};
    use crate::table::Section;
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
        let output = Output { format, style: Style::plain() };
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
