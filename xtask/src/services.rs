//! The page of each service: what it keeps, what it sends, and what it makes of every message in
//! every state. All of it is read off the code; the decisions are those of the service's examples.

use crate::messages::readers;
use contracts::{Channel, MessageType, ServiceName};
use service::play::{Example, NOW, Play, State};
use service::{Changes, ColumnType, Decision, RecordKind, Reply, Service};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// So many states stand side by side; more become tables of their own.
const STATES_MAX: usize = 9;

/// Every page: its path from the root of the workspace, and its content.
pub fn pages() -> Vec<(PathBuf, String)> {
    let orders = page(
        orders::Orders,
        "The states are those of an order.",
        &orders::examples::states(),
        &orders::examples::messages(),
    );
    let payments = page(
        payments::Payments,
        "The states are those of an order's payment. An answer of the provider is about the \
         authorization.",
        &payments::examples::states(),
        &payments::examples::messages(),
    );
    let inventory = page(
        inventory::Inventory,
        "The states are those of an order's reservation, whose SKU has been counted; `lapsed` was \
         released by its deadline, `released` by a command. In `counted` only the SKU is known, in \
         `none` nothing is.",
        &inventory::examples::states(),
        &inventory::examples::messages(),
    );
    let orchestrator = page(
        orchestrator::Orchestrator,
        "The states are those of the saga that places the order; from `release_inventory` on, of \
         the one that cancels it, after the first is over. A step stands for a saga that runs and \
         waits for its answer. Whatever names no saga is for the first.",
        &orchestrator::examples::states(),
        &orchestrator::examples::messages(),
    );
    vec![orders, payments, inventory, orchestrator]
}

fn page<S: Service>(
    service: S,
    about: &str,
    states: &[State<S::Record>],
    messages: &[Example],
) -> (PathBuf, String) {
    let name = S::NAME;
    let mut text = format!(
        "# The service {name}\n\nWritten by `cargo xtask generate` from `services/{name}`. Don't \
         edit.\n\n## What it keeps\n"
    );
    text.extend(S::RECORDS.iter().map(|kind| kept(kind)));
    let table = Table::of(service, states, messages);
    text += "\n## What it sends\n\n| message | channel | read by |\n|---|---|---|\n";
    text.extend(sent(name, &table.sent).map(row_of_sent));
    text += &format!("\n## What it makes of each message in each state\n\n{about}\n");
    text += &table.text(states);
    (PathBuf::from(format!("docs/services/{name}.md")), text)
}

fn kept(kind: &RecordKind) -> String {
    let RecordKind { name, schema, .. } = kind;
    let changes = if kind.append_only { "only added" } else { "added and changed" };
    let mut text = format!("\n### `{name}`, schema {schema}: rows are {changes}\n\n");
    for column in kind.columns {
        let holds = match column.column_type {
            ColumnType::Text => "text",
            ColumnType::Integer => "integer",
        };
        text += &format!("- column `{}`: {holds}\n", column.name);
    }
    for index in kind.indexes {
        let columns = index.columns.join("`, `");
        let only = index.only.map(|only| format!(" where `{only}`")).unwrap_or_default();
        text += &format!("- index `{}` over `{columns}`{only}\n", index.name);
    }
    for check in kind.checks {
        text += &format!("- check `{check}`\n");
    }
    text
}

/// Its own events; and what it was seen to send beside them: commands and requests.
fn sent(by: ServiceName, seen: &BTreeSet<MessageType>) -> impl Iterator<Item = MessageType> {
    let is_own_event =
        move |it: &MessageType| it.owner() == by && matches!(it.channel(), Channel::Event);
    let all = MessageType::ALL.iter().copied();
    all.filter(move |it| is_own_event(it) || seen.contains(it))
}

fn row_of_sent(message: MessageType) -> String {
    let readers = readers(message).into_iter();
    let mut readers: Vec<&str> = readers.map(ServiceName::as_str).collect();
    if message.channel() == Channel::Effect {
        readers.push("whoever performs it");
    }
    let readers = if readers.is_empty() { "-".into() } else { readers.join(", ") };
    format!("| {} | {:?} | {readers} |\n", message.name(), message.channel())
}

/// The decisions of every pair, as words with the numbers of notes.
struct Table {
    rows: Vec<(String, Vec<String>)>,
    notes: Vec<String>,
    sent: BTreeSet<MessageType>,
}

impl Table {
    fn of<S: Service>(service: S, states: &[State<S::Record>], messages: &[Example]) -> Self {
        let mut table = Self { rows: vec![], notes: vec![], sent: BTreeSet::new() };
        let mut play = Play::new(service);
        for (remark, message) in messages {
            let name = format!("{} {remark}", message.body.message_type().name());
            let mut cells = vec![];
            for (_, records) in states {
                play.records = records.iter().cloned().collect();
                cells.push(table.cell(&play.decide(message, NOW)));
            }
            table.rows.push((name.trim_end().into(), cells));
        }
        table
    }

    fn cell<R>(&mut self, decision: &Decision<R>) -> String {
        match decision {
            Decision::Illegal { .. } => "illegal".into(),
            Decision::Ignore(reason) => format!("ignore{}", self.note(reason)),
            Decision::Apply(changes) => {
                let requests = changes.effects.iter().map(|effect| effect.body.message_type());
                self.sent.extend(changes.sends.iter().map(|it| it.body.message_type()));
                self.sent.extend(requests);
                let note = special(changes).map(|note| self.note(&note)).unwrap_or_default();
                format!("apply{note}")
            }
        }
    }

    /// The number of a note, as a superscript.
    fn note(&mut self, text: &str) -> String {
        let known = self.notes.iter().position(|note| note == text);
        let index = known.unwrap_or_else(|| {
            self.notes.push(text.into());
            self.notes.len() - 1
        });
        superscript(index + 1)
    }

    fn text<R>(&self, states: &[State<R>]) -> String {
        let mut text = String::new();
        for (chunk, states) in states.chunks(STATES_MAX).enumerate() {
            let names: Vec<&str> = states.iter().map(|(name, _)| *name).collect();
            let line = "|---".repeat(names.len() + 1);
            text += &format!("\n| message | {} |\n{line}|\n", names.join(" | "));
            for (name, cells) in &self.rows {
                let cells = cells.iter().skip(chunk * STATES_MAX).take(STATES_MAX);
                let cells: Vec<&str> = cells.map(String::as_str).collect();
                text += &format!("| {name} | {} |\n", cells.join(" | "));
            }
        }
        let numbered = self.notes.iter().enumerate();
        let notes = numbered.map(|(index, note)| format!("{}. {note}\n", index + 1));
        text + "\n" + &notes.collect::<String>()
    }
}

/// What is special about an apply: it refuses, or it changes nothing.
fn special<R>(changes: &Changes<R>) -> Option<String> {
    if let Some(Reply::Refused { code, .. }) = &changes.reply {
        return Some(format!("refused at the door: `{code}`"));
    }
    let Changes { writes, appends, timers, effects, .. } = changes;
    let changes_nothing =
        writes.is_empty() && appends.is_empty() && timers.is_empty() && effects.is_empty();
    changes_nothing.then(|| "answered; nothing changes".into())
}

fn superscript(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = number.to_string();
    digits.bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_of(name: &str) -> String {
        let path = PathBuf::from(format!("docs/services/{name}.md"));
        pages().into_iter().find(|(it, _)| *it == path).expect("a page").1
    }

    #[test]
    fn every_service_has_a_page_that_names_all_it_accepts() {
        for service in ServiceName::ALL {
            let page = page_of(service.as_str());
            let accepted = MessageType::ALL.iter().filter(|it| readers(**it).contains(&service));
            for message in accepted {
                assert!(page.contains(&format!("\n| {} ", message.name())), "{message:?}");
            }
        }
    }

    #[test]
    fn a_cell_says_what_is_special_about_it_in_a_note() {
        let page = page_of("inventory");
        let notes = [
            "| ReserveInventory | apply | apply | apply¹ |",
            "| CommitInventory | illegal |",
            "| HoldExpired | ignore² |",
            "\n1. answered; nothing changes\n2. the hold was settled before its deadline\n",
            "refused at the door: `stock_below_reserved`",
        ];
        for expected in notes {
            assert!(page.contains(expected), "{expected:?} is missing:\n{page}");
        }
    }

    #[test]
    fn many_states_are_told_in_several_tables_of_the_same_rows() {
        let page = page_of("orchestrator");
        assert_eq!(page.matches("\n| OrderCreated |").count(), 2);
        assert_eq!(page.matches("\n| message | none | reserve_inventory |").count(), 1);
    }

    #[test]
    fn a_number_is_written_as_a_superscript() {
        assert_eq!(superscript(120), "¹²⁰");
    }
}
