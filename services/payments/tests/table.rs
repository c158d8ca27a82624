//! The examples from which the table of states and messages is made (`docs/services/payments.md`,
//! which is reviewed, and which a test of the house keeps fresh).

use payments::{Payment, Payments, Record, examples};
use service::{Kept, play};

#[test]
fn every_message_has_an_example_and_every_pair_of_state_and_message_has_one_decision() {
    let faults = play::faults(Payments, &examples::states(), &examples::messages());
    assert_eq!(faults, Vec::<String>::new());
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
fn every_state_has_an_example() {
    let names: Vec<&str> = examples::states().iter().map(|(name, _)| *name).collect();
    let expected = payments::State::ALL.map(payments::State::as_str);
    assert_eq!(names.strip_prefix(&["none"]), Some(expected.as_slice()));
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
