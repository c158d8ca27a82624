//! The examples from which the table of states and messages is made (`docs/services/orders.md`,
//! which is reviewed, and which a test of the house keeps fresh).

use orders::{Order, Orders, Record, State, examples};
use service::{Kept, play};

#[test]
fn every_message_has_an_example_and_every_pair_of_state_and_message_has_one_decision() {
    let faults = play::faults(Orders, &examples::states(), &examples::messages());
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_state_has_an_example_that_is_named_after_it() {
    let order = |(_, record): &(_, Record)| Order::of(record).cloned();
    let mut named = vec![];
    for (name, records) in examples::states() {
        let Some(order) = records.first().and_then(order) else { continue };
        let wish = if order.state == State::Pending && order.cancel_requested {
            ", cancel requested"
        } else {
            ""
        };
        assert_eq!(format!("{}{wish}", order.state.as_str()), name);
        named.push(order.state);
    }
    named.dedup();
    assert_eq!(named, State::ALL);
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
