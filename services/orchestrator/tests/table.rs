//! The examples from which the table of states and messages is made
//! (`docs/services/orchestrator.md`, which is reviewed, and which a test of the house keeps fresh).

use orchestrator::{CANCEL_ORDER, Orchestrator, OrderSaga, PLACE_ORDER, Record, examples};
use saga::{Action as _, Progress, Status};
use service::{Kept, play};

#[test]
fn every_message_has_an_example_and_every_pair_of_state_and_message_has_one_decision() {
    let faults = play::faults(Orchestrator, &examples::states(), &examples::messages());
    assert_eq!(faults, Vec::<String>::new());
}

/// The names of the examples, from the records themselves: the step that a running saga waits for,
/// else its status.
fn name(sagas: &[&OrderSaga]) -> String {
    let Some(it) = sagas.last() else { return "none".into() };
    let steps = if sagas.len() == 1 { PLACE_ORDER.steps } else { CANCEL_ORDER.steps };
    let is_rejecting =
        it.saga.steps.get(steps.len()).is_some_and(|start| start.progress == Progress::Undoing);
    let is_sent = |index: &usize| it.saga.steps[*index].progress == Progress::Sent;
    match (it.saga.status, (0..steps.len()).find(is_sent), sagas.len()) {
        (Status::Running, Some(index), _) => steps[index].action.name().into(),
        (Status::Compensating, ..) if is_rejecting => "COMPENSATING, reject_order".into(),
        (status, _, 1) => json(status),
        (status, ..) => format!("cancel {}", json(status)),
    }
}

fn json(status: Status) -> String {
    serde_json::to_string(&status).expect("JSON").trim_matches('"').into()
}

#[test]
fn every_example_is_in_the_state_that_it_is_named_after() {
    for (said, records) in examples::states() {
        let sagas: Vec<&OrderSaga> =
            records.iter().filter_map(|(_, record)| OrderSaga::of(record)).collect();
        assert_eq!(name(&sagas), said);
    }
}

#[test]
fn every_status_and_every_step_that_is_waited_for_has_an_example() {
    use Status::{Compensated, CompensationFailed, Completed, Paused, Resolved};
    let named: Vec<&str> = examples::states().iter().map(|(name, _)| *name).collect();
    let steps = PLACE_ORDER.steps.iter().chain(CANCEL_ORDER.steps);
    let statuses = [Paused, Status::Compensating, CompensationFailed, Completed, Compensated];
    let statuses = statuses.into_iter().chain([Resolved]).map(json);
    for expected in steps.map(|step| step.action.name().to_string()).chain(statuses) {
        assert!(named.contains(&expected.as_str()), "{expected} has no example");
    }
}

#[test]
fn every_record_is_read_as_it_was_written() {
    for (name, records) in examples::states() {
        for (_, record) in records {
            let text = serde_json::to_string(&record).expect("JSON");
            let read: Record = serde_json::from_str(&text).expect(&text);
            assert_eq!(read, record, "{name}");
        }
    }
}
