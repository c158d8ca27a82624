//! A store that fails in a way that nothing of it can be trusted any more.

use crate::{Call, Plant, Site, World};
use engine::{Limits, Status, StoreError};

/// How far time goes on until more is left behind.
const PASSES_BETWEEN: u32 = 50;

/// The call fails in a way that says: nothing of this store can be trusted any more.
async fn check_fatal<S: Site>(site: fn() -> S, call: Call) {
    let limits = Limits { round_messages_max: 1, ..Limits::default() };
    let (site, world) = (site(), World { limits, ..World::new().with_bus() });
    let mut plant = Plant::start(&site, &world).await;
    assert_eq!(plant.ask("left a: add 1, timer t 10 (add 1)").await, "-");
    assert_eq!(plant.elsewhere(&world, "left c: ask f (x), tell right (add 1)").await, "-");
    world.faults.plan(call, StoreError::Fatal("torn".into()));
    // Whatever is asked now is not answered as if it were done.
    let answer = plant.ask("left b: add 1, tell away (one), ask e (x)").await;
    // What was left before may have been found already, and what is left now by a call that had
    // begun.
    while !world.faults.are_over() {
        assert_eq!(plant.elsewhere(&world, "left c: ask g (x), tell right (add 1)").await, "-");
        for _ in 0..PASSES_BETWEEN {
            world.clock.pass().await;
        }
    }
    let failed = plant.is(|status| matches!(status, Status::Failed(_)));
    let status = world.clock.pass_until(failed).await;
    assert_eq!(status, Status::Failed("torn".into()));
    assert_eq!(plant.ask("left c: add 1").await, "stopping");
    assert!(["-", "stopping", "fatal: torn"].contains(&answer.as_str()), "{answer}");
    plant.door().close();
    assert_eq!(*plant.door().status().borrow(), Status::Failed("torn".into()));
    plant.crash().await;
    let mut plant = Plant::start(&site, &world).await;
    let (b, done) = (plant.look("left account b").await, answer == "-");
    assert_eq!(b, if done { "b=1@1" } else { "nothing" });
    assert_eq!(plant.ask("left b: add 1").await, "-", "after a new start it goes on");
}

pub(super) async fn a_store_that_can_t_be_trusted_any_more_ends_the_process<S: Site>(
    site: fn() -> S,
) {
    check_fatal(site, Call::Transact).await;
    check_fatal(site, Call::DueTimers).await;
    check_fatal(site, Call::Waiting).await;
    check_fatal(site, Call::Hops).await;
    check_fatal(site, Call::Outbox).await;
    check_fatal(site, Call::ClaimEffects).await;
}
