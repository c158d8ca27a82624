//! The loops around the rounds: timers, effects, the relay and the consumer.

mod common;

use common::{OneFile, run};
use conformance::{Call, Plant, Post, World};
use engine::{Clock, Limits, Status, StoreError};
use std::time::Duration;

fn away() -> StoreError {
    StoreError::Unavailable("away".into())
}

#[test]
fn a_timer_fires_when_its_time_has_come_and_not_before() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: timer t 10 (add 1)").await, "-");
        world.clock.advance(9);
        assert_eq!(plant.ask("left b: say").await, "0");
        assert_eq!(plant.look("waiting").await, "1 timers");
        world.clock.advance(1);
        plant.shows(&world, "left accounts", "a=1@1").await;
        assert_eq!(plant.look("waiting").await, "nothing");
    });
}

#[test]
fn a_timer_that_is_set_to_an_earlier_time_wakes_the_process_then() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: timer t 5000 (add 1)").await, "-");
        assert_eq!(plant.ask("left a: timer u 10 (add 2)").await, "-");
        world.clock.advance(10);
        plant.shows(&world, "left accounts", "a=2@1").await;
        world.clock.advance(5000);
        plant.shows(&world, "left accounts", "a=3@2").await;
    });
}

#[test]
fn more_timers_than_fit_into_a_round_all_fire_once() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        let words: Vec<String> =
            (0..600).map(|it| format!("left a: timer t{it} 10 (add 1)")).collect();
        assert_eq!(plant.ask(&words.join(" | ")).await, "600 x -");
        world.clock.advance(10);
        plant.shows(&world, "waiting", "nothing").await;
        assert_eq!(plant.look("left accounts").await, "a=600@600");
    });
}

#[test]
fn after_a_start_timers_wait_until_effects_are_answered() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        world.outside.open(false);
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: ask e (add 1), timer t 10 (add 2)").await, "-");
        world.outside.asked(1).await;
        plant.crash().await;
        world.clock.advance(20);
        let mut plant = Plant::start(&file, &world).await;
        world.outside.asked(2).await;
        assert_eq!(plant.ask("left b: say").await, "0");
        world.outside.open(true);
        plant.shows(&world, "waiting", "nothing").await;
        let told = "left: ask e (add 1), timer t 10 (add 2) / left: add 1 / left: add 2";
        assert_eq!(plant.look("log a 9").await, told);
    });
}

#[test]
fn after_a_start_timers_don_t_wait_for_effects_that_began_since() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: timer t 10 (add 2)").await, "-");
        plant.crash().await;
        world.clock.advance(20);
        world.outside.open(false);
        // The first claim fails, so the new effect is under way when it is tried again.
        world.faults.plan(Call::ClaimEffects, away());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left b: ask e (add 1)").await, "-");
        world.outside.asked(1).await;
        plant.shows(&world, "left accounts", "a=2@1").await;
        assert_eq!(plant.look("waiting").await, "1 effects");
    });
}

#[test]
fn a_claim_that_fails_is_tried_again_soon_and_holds_back_no_timer_for_long() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: timer t 10 (add 2)").await, "-");
        plant.crash().await;
        world.clock.advance(20);
        for _ in 0..4 {
            world.faults.plan(Call::ClaimEffects, away());
        }
        let plant = Plant::start(&file, &world).await;
        let begun = world.clock.now();
        while !world.faults.are_over() {
            world.clock.pass().await;
        }
        assert!(world.clock.now().since(begun) < Duration::from_secs(5));
        plant.shows(&world, "left accounts", "a=2@1").await;
    });
}

#[test]
fn after_a_start_timers_wait_until_hops_are_handled_also_if_they_can_t_be_read_at_first() {
    run(async {
        let limits = Limits { round_messages_max: 1, ..Limits::default() };
        let (file, world) = (OneFile::new(), World { limits, ..World::new() });
        world.faults.plan(Call::Pending, away());
        let mut plant = Plant::start(&file, &world).await;
        let words = "left a: tell right (tell left (say hop)), timer t 10 (add 2)";
        assert_eq!(plant.ask(words).await, "-");
        plant.crash().await;

        world.clock.advance(20);
        world.faults.plan(Call::Pending, away());
        let mut plant =
            Plant::start(&file, &World { limits: Limits::default(), ..world.clone() }).await;
        assert_eq!(plant.ask("left b: say").await, "0");
        assert_eq!(plant.ask("left b: say").await, "0");
        plant.shows(&world, "waiting", "nothing").await;
        let told = format!(
            "left: {}; right: tell left (say hop) / left: say hop / left: add 2",
            &words[8..]
        );
        assert_eq!(plant.look("log a 9").await, told);
    });
}

#[test]
fn after_a_start_timers_wait_until_the_bus_has_brought_what_was_there() {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        bus.set_caught_up(false);
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: timer t 10 (add 2)").await, "-");
        world.clock.advance(20);
        assert_eq!(plant.ask("left b: say").await, "0");
        bus.bring(Post::default().deliveries("bus 1 left a: add 1"));
        bus.acknowledged(1).await;
        assert_eq!(plant.look("left accounts").await, "a=1@1");
        bus.set_caught_up(true);
        plant.shows(&world, "left accounts", "a=3@2").await;
    });
}

#[test]
fn a_request_is_performed_once_and_its_answer_handled_once() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: ask e (add 1) | right a: ask e (add 2)").await, "- | -");
        plant.shows(&world, "waiting", "nothing").await;
        assert_eq!(plant.look("left accounts").await, "a=1@1");
        assert_eq!(plant.look("right accounts").await, "a=2@1");
        world.clock.advance(100);
        assert_eq!(plant.ask("left a: say").await, "1");
        assert_eq!(world.outside.asked(2).await, ["add 1", "add 2"]);
    });
}

#[test]
fn a_request_that_a_crash_left_behind_is_performed_again_and_its_answer_handled_once() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        world.outside.open(false);
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: ask e (add 1)").await, "-");
        world.outside.asked(1).await;
        plant.crash().await;
        world.outside.open(true);
        let plant = Plant::start(&file, &world).await;
        plant.shows(&world, "waiting", "nothing").await;
        assert_eq!(plant.look("left accounts").await, "a=1@1");
        assert_eq!(world.outside.asked(2).await, ["add 1", "add 1"]);
    });
}

#[test]
fn no_more_requests_are_performed_at_once_than_there_are_slots_and_none_is_lost() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        world.outside.open(false);
        let mut plant = Plant::start(&file, &world).await;
        let words: Vec<String> = (0..600).map(|it| format!("left a: ask e{it} (add 1)")).collect();
        assert_eq!(plant.ask(&words.join(" | ")).await, "600 x -");
        world.outside.asked(512).await;
        assert_eq!(plant.ask("left b: say").await, "0");
        assert_eq!(world.outside.asked(512).await.len(), 512);
        world.outside.open(true);
        // A slot that is free again is taken at once, not when a claim runs out.
        world.outside.asked(600).await;
        plant.shows(&world, "waiting", "nothing").await;
        assert_eq!(plant.look("left accounts").await, "a=600@600");
        assert_eq!(world.outside.asked(600).await.len(), 600);
    });
}

#[test]
fn requests_that_can_t_be_claimed_at_first_are_claimed_later() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        world.outside.open(false);
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: ask e (add 1)").await, "-");
        world.outside.asked(1).await;
        plant.crash().await;
        world.outside.open(true);
        world.faults.plan(Call::ClaimEffects, away());
        let plant = Plant::start(&file, &world).await;
        plant.shows(&world, "left accounts", "a=1@1").await;
        assert!(world.faults.are_over());
    });
}

#[test]
fn hops_over_the_limit_of_a_round_are_handled_in_later_rounds() {
    run(async {
        let limits = Limits { round_messages_max: 10, ..Limits::default() };
        let (file, world) = (OneFile::new(), World { limits, ..World::new() });
        let mut plant = Plant::start(&file, &world).await;
        let words =
            "100 x left a: add 1, tell right (add 1, tell left (add 1, tell right (add 1)))";
        assert_eq!(plant.ask(words).await, "100 x -");
        plant.shows(&world, "waiting", "nothing").await;
        assert_eq!(plant.look("left accounts").await, "a=200@200");
        assert_eq!(plant.look("right accounts").await, "a=200@200");
    });
}

#[test]
fn hops_that_can_t_be_read_at_first_are_read_later() {
    run(async {
        let limits = Limits { round_messages_max: 1, ..Limits::default() };
        let (file, world) = (OneFile::new(), World { limits, ..World::new() });
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: tell right (add 1)").await, "-");
        plant.shows(&world, "right accounts", "a=1@1").await;
        world.faults.plan(Call::Pending, away());
        assert_eq!(plant.ask("left a: tell right (add 1)").await, "-");
        plant.shows(&world, "right accounts", "a=2@2").await;
        assert!(world.faults.are_over());
    });
}

#[test]
fn what_leaves_is_published_in_order_and_marked() {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: tell away (one), tell away (two)").await, "-");
        assert_eq!(plant.ask("right b: tell away (three)").await, "-");
        let told = ["away a: one", "away a: two", "away b: three"];
        assert_eq!(bus.published(3).await, told);
        plant.shows(&world, "waiting", "nothing").await;
        assert_eq!(bus.published(3).await, told);
    });
}

#[test]
fn what_a_full_bus_did_not_take_is_published_later_and_the_order_stays() {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        bus.set_room(1);
        let mut plant = Plant::start(&file, &world).await;
        let words = "left a: tell away (one), tell away (two), tell away (three)";
        assert_eq!(plant.ask(words).await, "-");
        assert_eq!(bus.published(1).await, ["away a: one"]);
        plant.shows(&world, "waiting", "2 pending").await;
        bus.set_room(usize::MAX);
        plant.shows(&world, "waiting", "nothing").await;
        assert_eq!(bus.published(3).await, ["away a: one", "away a: two", "away a: three"]);
    });
}

#[test]
fn what_could_not_be_marked_is_published_again() {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        world.faults.plan(Call::MarkSent, away());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: tell away (one)").await, "-");
        plant.shows(&world, "waiting", "nothing").await;
        assert_eq!(bus.published(2).await, ["away a: one", "away a: one"]);
    });
}

#[test]
fn what_the_bus_brought_is_acknowledged_when_it_is_on_disk() {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        for _ in 0..3 {
            world.faults.plan(Call::Transact, away());
        }
        let plant = Plant::start(&file, &world).await;
        let words = "bus 1 left a: add 1 | garbage 2 left a: ??? | bus 1 left a: add 1";
        bus.bring(Post::default().deliveries(words));
        plant.is(|status| matches!(status, Status::Waiting(_))).await;
        assert_eq!(bus.acknowledged(0).await, [0_u64; 0]);
        plant.shows(&world, "left accounts", "a=1@1").await;
        assert_eq!(bus.acknowledged(3).await, [0, 1, 2]);
        assert_eq!(plant.look("waiting").await, "1 dead");
        assert_eq!(*plant.door().status().borrow(), Status::Running);
    });
}

/// The call fails in a way that says: nothing of this store can be trusted any more.
fn check_fatal(call: Call) {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: add 1, timer t 10 (add 1)").await, "-");
        world.faults.plan(call, StoreError::Fatal("torn".into()));
        // Whatever is asked now is not answered as if it were done.
        let answer = plant.ask("left b: add 1, tell away (one), ask e (x)").await;
        let failed = plant.is(|status| matches!(status, Status::Failed(_)));
        let status = world.clock.pass_until(failed).await;
        assert_eq!(status, Status::Failed("torn".into()));
        assert_eq!(plant.ask("left c: add 1").await, "stopping");
        assert!(["-", "stopping", "fatal: torn"].contains(&answer.as_str()), "{answer}");
        plant.door().close();
        assert_eq!(*plant.door().status().borrow(), Status::Failed("torn".into()));
        plant.crash().await;
        let mut plant = Plant::start(&file, &world).await;
        let (b, done) = (plant.look("left account b").await, answer == "-");
        assert_eq!(b, if done { "b=1@1" } else { "nothing" });
        assert_eq!(plant.ask("left b: add 1").await, "-", "after a new start it goes on");
    });
}

#[test]
fn a_store_that_can_t_be_trusted_any_more_ends_the_process_whichever_loop_meets_it() {
    check_fatal(Call::Transact);
    check_fatal(Call::DueTimers);
    check_fatal(Call::Pending);
    check_fatal(Call::MarkSent);
    check_fatal(Call::ClaimEffects);
}

#[test]
fn due_timers_that_can_t_be_read_at_first_fire_later() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        world.faults.plan(Call::DueTimers, away());
        world.faults.plan(Call::DueTimers, away());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: timer t 10 (add 1)").await, "-");
        world.clock.advance(10);
        plant.shows(&world, "left accounts", "a=1@1").await;
        assert!(world.faults.are_over());
    });
}
