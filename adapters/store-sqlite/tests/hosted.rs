//! A file on which services were hosted that aren't any more.

mod common;

use common::{InFolder, open_file, opening};
use conformance::Opening;
use contracts::ServiceName;
use engine::Deliveries as _;
use std::sync::Arc;

/// The toy that is opened alone.
const LEFT: ServiceName = ServiceName::Orders;

#[tokio::test]
async fn timers_of_services_that_are_not_hosted_are_not_due() {
    let folder = tempfile::tempdir().expect("a folder");
    let story = "left a: timer x 10 (add 1) | right b: timer y 5 (add 2) -> - | -
                 next timer -> 5";
    conformance::play(&InFolder(folder.path().into()), story).await;
    let kinds = opening().kinds.into_iter().filter(|(service, _)| *service == LEFT).collect();
    let alone = Opening { kinds, clock: Arc::new(|| conformance::at(60)) };
    let store = open_file(folder.path().join("store.db"), alone).expect("a store");
    let due = store.due_timers(9).await.expect("timers");
    assert_eq!(due.iter().map(|timer| timer.key.service).collect::<Vec<_>>(), [LEFT]);
    let next = store.waiting(1, 0).await.expect("what waits").next_timer;
    assert_eq!(next, Some(due[0].at));
}
