//! Every pair of state and message has a rule, and the tables say which.

mod common;

use common::{START, decide};
use contracts::{Message, MessageType, StepId};
use payments::{Payment, Payments, Record, examples};
use service::{Decision, Kept, Record as _, RecordKey, Service};
use std::collections::{BTreeMap, BTreeSet};

/// Each command is for the step that the example states know, each answer for the authorization.
const OF_KNOWN_STEPS: &str = "\
message           none     processing  requires_action  authorized  captured  voided   failed
PaymentAuthorize  apply    ignore      apply            apply       apply     apply    apply
PaymentCapture    illegal  illegal     illegal          apply       apply     apply    apply
PaymentVoid       apply    apply       apply            apply       apply     apply    apply
PaymentRefund     apply    apply       apply            apply       apply     apply    apply
PaymentQuery      illegal  illegal     illegal          apply       apply     apply    apply
ProviderAnswered  ignore   apply       apply            ignore      ignore    ignore   apply
OperationOverdue  ignore   apply       apply            ignore      ignore    ignore   ignore
";

/// The same commands for steps that nobody has heard of. An order's money is held once.
const OF_NEW_STEPS: &str = "\
message           none     processing  requires_action  authorized  captured  voided   failed
PaymentAuthorize  apply    illegal     illegal          illegal     illegal   apply    apply
PaymentCapture    illegal  illegal     illegal          apply       apply     apply    apply
PaymentVoid       apply    apply       apply            apply       apply     apply    apply
PaymentRefund     apply    apply       apply            apply       apply     apply    apply
PaymentQuery      illegal  illegal     illegal          apply       apply     apply    apply
";

/// A command without a step can be neither done nor answered.
const WITHOUT_STEPS: &str = "\
message           none     processing  requires_action  authorized  captured  voided   failed
PaymentAuthorize  illegal  illegal     illegal          illegal     illegal   illegal  illegal
PaymentCapture    illegal  illegal     illegal          illegal     illegal   illegal  illegal
PaymentVoid       illegal  illegal     illegal          illegal     illegal   illegal  illegal
PaymentRefund     illegal  illegal     illegal          illegal     illegal   illegal  illegal
PaymentQuery      illegal  illegal     illegal          illegal     illegal   illegal  illegal
";

fn kind(decision: &Decision<Record>) -> &'static str {
    match decision {
        Decision::Apply(_) => "apply",
        Decision::Ignore(_) => "ignore",
        Decision::Illegal { .. } => "illegal",
    }
}

fn check(expected: &str, messages: impl Iterator<Item = Message>) {
    let states = examples::states();
    let row = |name: &str, cells: Vec<&str>| {
        let mut line = format!("{name:18}");
        for (cell, (state, _)) in cells.iter().zip(&states) {
            line += &format!("{cell:width$}", width = state.len().max(7) + 2);
        }
        format!("{}\n", line.trim_end())
    };
    let mut found = row("message", states.iter().map(|(state, _)| *state).collect());
    for message in messages {
        let cells = states.iter().map(|(_, records)| {
            let records: BTreeMap<RecordKey, Record> = records.iter().cloned().collect();
            kind(&decide(&records, &message, START))
        });
        found += &row(message.body.message_type().name(), cells.collect());
    }
    assert_eq!(found, expected, "\n--- found\n{found}--- expected\n{expected}");
}

fn commands() -> impl Iterator<Item = Message> {
    examples::messages().into_iter().filter(|message| message.step.is_some())
}

#[test]
fn every_message_has_a_rule_in_every_state() {
    check(OF_KNOWN_STEPS, examples::messages().into_iter());
}

#[test]
fn a_step_that_nobody_has_heard_of_has_a_rule_in_every_state() {
    let step = Some(StepId::from("o-1!another_saga!7!step"));
    check(OF_NEW_STEPS, commands().map(|it| Message { step: step.clone(), ..it }));
}

#[test]
fn a_command_without_a_step_is_illegal_in_every_state() {
    check(WITHOUT_STEPS, commands().map(|it| Message { step: None, ..it }));
}

#[test]
fn every_accepted_message_has_an_example_and_every_example_is_accepted() {
    let examples: BTreeSet<MessageType> =
        examples::messages().iter().map(|message| message.body.message_type()).collect();
    let accepted: BTreeSet<MessageType> = Payments::accepts().iter().copied().collect();
    assert_eq!(examples, accepted);
}

#[test]
fn every_example_is_in_the_state_that_it_is_named_after() {
    for (name, records) in examples::states() {
        let payments: Vec<&Payment> =
            records.iter().filter_map(|(_, record)| Payment::of(record)).collect();
        let states: Vec<&str> = payments.iter().map(|payment| payment.state.as_str()).collect();
        let expected = if name == "none" { vec![] } else { vec![name] };
        assert_eq!(states, expected);
    }
}

#[test]
fn every_record_is_read_as_it_was_written_and_fills_the_columns_of_its_kind() {
    for (name, records) in examples::states() {
        for (key, record) in records {
            let text = serde_json::to_string(&record).expect("JSON");
            let read: Record = serde_json::from_str(&text).expect(&text);
            assert_eq!(read, record, "{name}");
            assert_eq!(record.columns().len(), key.kind.columns.len(), "{name}: {key:?}");
        }
    }
}
