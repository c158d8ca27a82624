//! A definition as a picture: Mermaid's flowchart.

use crate::definition::{Action, Definition, Kind, Step, Undo};
use std::fmt::Write as _;

impl<A: Action> Definition<A> {
    /// The steps from left to right, pivots as rhombs, undos as dotted lines.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n  start((start))\n");
        for step in self.steps {
            let _ = writeln!(text, "  {}", shape(step)); // writing to a text can't fail
        }
        let mut before = vec!["start"];
        for group in self.groups() {
            let here: Vec<&str> = self
                .steps
                .get(group)
                .unwrap_or_default()
                .iter()
                .map(|it| it.action.name())
                .collect();
            for (from, to) in before.iter().flat_map(|from| here.iter().map(move |to| (from, to))) {
                let _ = writeln!(text, "  {from} --> {to}");
            }
            before = here;
        }
        for from in before {
            let _ = writeln!(text, "  {from} --> done((done))");
        }
        for step in self.steps {
            text += &undo(step);
        }
        if let Some(undo) = self.start_undone_by {
            let _ = writeln!(text, "  start -. undone by .-> {0}[/{0}/]", undo.name());
        }
        text
    }
}

fn shape<A: Action>(step: &Step<A>) -> String {
    let name = step.action.name();
    match step.kind {
        Kind::Compensatable { .. } => format!("{name}[{name}]"),
        Kind::Pivot { .. } => format!("{name}{{{{{name}: pivot}}}}"),
        Kind::Retriable => format!("{name}([{name}])"),
    }
}

fn undo<A: Action>(step: &Step<A>) -> String {
    let name = step.action.name();
    match step.kind {
        Kind::Compensatable { undo: Some(Undo::By(action)), independent } => {
            let how = if independent { "undone independently by" } else { "undone by" };
            format!("  {name} -. {how} .-> {0}[/{0}/]\n", action.name())
        }
        Kind::Compensatable { undo: Some(Undo::With(other)), .. } => {
            format!("  {name} -. undone with .-> {}\n", other.name())
        }
        Kind::Compensatable { undo: None, .. } | Kind::Pivot { .. } | Kind::Retriable => {
            String::new()
        }
    }
}
