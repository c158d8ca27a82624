//! The examples from which the table of states and messages is made (`docs/services/inventory.md`,
//! which is reviewed, and which a test of the house keeps fresh).

use inventory::{Inventory, Record, Reservation, ReservationState, examples};
use service::{Kept, play};

#[test]
fn every_message_has_an_example_and_every_pair_of_state_and_message_has_one_decision() {
    let faults = play::faults(Inventory, &examples::states(), &examples::messages());
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_state_that_can_be_reached_has_an_example_that_is_named_after_it() {
    use ReservationState::{Committed, Held, Rejected, Released};
    let mut named = vec![];
    for (name, records) in examples::states() {
        let Some(it) = records.iter().find_map(|(_, record)| Reservation::of(record)) else {
            continue;
        };
        assert_eq!(if it.lapsed { "lapsed" } else { it.state.as_str() }, name);
        named.push((it.state, it.lapsed));
    }
    let states = [Held, Committed, Rejected, Released].map(|state| (state, false));
    assert_eq!(named, [&states[..], &[(Released, true)]].concat());
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
