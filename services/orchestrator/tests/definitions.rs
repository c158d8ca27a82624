//! The sagas of an order are well formed.

#[test]
fn every_definition_passes_the_start_up_check() {
    assert_eq!(orchestrator::faults(), Vec::<String>::new());
}
