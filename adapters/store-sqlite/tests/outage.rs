//! A store that somebody else locks or damages while the engine runs.

mod common;

use common::OneFile;
use conformance::{Call, Plant, World, run};
use engine::{Status, StoreError};
use rusqlite::Connection;

fn beside(file: &OneFile) -> Connection {
    Connection::open(file.path()).expect("another connection")
}

#[test]
fn while_another_connection_writes_the_door_is_told_the_rest_waits_and_nothing_is_burnt() {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: add 1, timer t 10 (add 2)").await, "-");
        let other = beside(&file);
        other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
        bus.bring(world.post.deliveries("bus 1 left a: add 4 | bus 2 left b: break in x"));
        assert_eq!(plant.ask("key k left a: add 8").await, "unavailable: database is locked");
        let waiting = StoreError::Unavailable("database is locked".into());
        assert_eq!(plant.is(|it| *it != Status::Running).await, Status::Waiting(waiting));
        assert_eq!(plant.look("left accounts").await, "a=1@1");
        assert_eq!(plant.ask("left c: add 8").await, "unavailable: database is locked");
        bus.bring(world.post.deliveries("bus 3 left a: add 4"));
        assert_eq!(plant.ask("left c: add 8").await, "unavailable: database is locked");
        world.clock.advance(10);

        other.execute_batch("ROLLBACK").expect("an end");
        world.clock.pass_until(bus.acknowledged(3)).await;
        plant.shows(&world, "left accounts", "a=11@4").await;
        assert_eq!(plant.look("waiting").await, "1 dead", "the one that no rule foresees");
        assert_eq!(*plant.door().status().borrow(), Status::Running);
        assert_eq!(plant.ask("key k left a: add 8, say").await, "19");
    });
}

#[test]
fn a_store_that_is_back_is_seen_although_nobody_writes() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        let other = beside(&file);
        other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
        assert_eq!(plant.ask("left a: add 1").await, "unavailable: database is locked");
        plant.is(|it| matches!(it, Status::Waiting(_))).await;
        other.execute_batch("ROLLBACK").expect("an end");
        world.clock.pass_until(plant.is(|it| *it == Status::Running)).await;
    });
}

#[test]
fn a_process_that_shall_end_does_not_wait_for_a_store_that_is_away_and_loses_nothing() {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: add 1, timer t 10 (add 2)").await, "-");
        let other = beside(&file);
        other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
        let words = "bus 1 left a: add 4";
        bus.bring(world.post.deliveries(words));
        plant.is(|it| matches!(it, Status::Waiting(_))).await;
        plant.close().await; // while time stands still
        assert_eq!(bus.acknowledged(0).await, [0_u64; 0]);

        other.execute_batch("ROLLBACK").expect("an end");
        world.clock.advance(10);
        bus.bring(world.post.deliveries(words));
        let plant = Plant::start(&file, &world).await;
        plant.shows(&world, "left accounts", "a=7@3").await;
    });
}

const NO_ROOM: &str = "CREATE TRIGGER no_room BEFORE INSERT ON dead_letters
                       BEGIN SELECT RAISE(ABORT, 'no room'); END";

#[test]
fn a_hop_that_can_t_even_be_buried_does_not_hold_up_the_timers() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        beside(&file).execute_batch(NO_ROOM).expect("a trigger");
        let words = "left a: add 1, tell right (add -5), timer t 10 (add 2)";
        assert_eq!(plant.ask(words).await, "-");
        plant.crash().await;
        world.clock.advance(20);
        let plant = Plant::start(&file, &world).await;
        plant.shows(&world, "left accounts", "a=3@2").await;
    });
}

#[test]
fn a_hop_that_can_t_even_be_buried_keeps_the_relay_no_busier_than_the_store_that_is_away() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        beside(&file).execute_batch(NO_ROOM).expect("a trigger");
        assert_eq!(plant.ask("left a: add 1, tell right (add -5)").await, "-");
        for _ in 0..20 {
            assert_eq!(plant.ask("left b: say").await, "0");
        }
        world.faults.plan(Call::Hops, StoreError::Unavailable("away".into()));
        for _ in 0..20 {
            assert_eq!(plant.ask("left b: say").await, "0");
        }
        assert!(!world.faults.are_over(), "while time stands still nobody looks for it again");
        beside(&file).execute_batch("DROP TRIGGER no_room").expect("room");
        plant.shows(&world, "waiting", "1 dead").await;
        assert!(world.faults.are_over());
    });
}

/// Damages the file while the engine runs; the message that meets it is not to blame.
fn check_damage(damage: &str, words: &str) {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        bus.set_room(0);
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: add 1, owe 3, tell away (x)").await, "-");
        beside(&file).execute_batch(damage).expect("damage");
        bus.bring(world.post.deliveries(words));
        let failed = plant.is(|status| matches!(status, Status::Failed(_)));
        world.clock.pass_until(failed).await;
        assert_eq!(plant.look("dead 9").await, "nothing");
        assert_eq!(plant.look("left account b").await, "nothing");
    });
}

#[test]
fn a_row_of_the_engine_s_own_that_can_t_be_read_ends_the_process_and_buries_nobody() {
    check_damage(
        "UPDATE left_accounts SET key = key + (99 << 24)",
        "bus 1 left b: add 1, settle 9 9",
    );
    check_damage("INSERT INTO hops SELECT 1, 9, message FROM outbox", "");
    check_damage("INSERT INTO hops VALUES (1, 1, x'ff')", "");
    check_damage("UPDATE outbox SET message = x'ff'", "");
}

/// Damages one record: only the messages that need it stop, and it is left as it is.
fn check_record(damage: &str, reason: &str) {
    run(async {
        let (file, world) = (OneFile::new(), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: add 1, owe 3 | left b: add 1, owe 4").await, "- | -");
        let sql = format!("UPDATE left_accounts SET {damage} WHERE balance = 1 AND due = 3");
        assert_eq!(beside(&file).execute(&sql, []), Ok(1));
        let words = "bus 1 left a: add 1 | bus 2 left b: add 1 | bus 3 left a: add 2 | \
                     operator 4 left a: add 3";
        bus.bring(world.post.deliveries(words));
        bus.acknowledged(4).await;
        assert_eq!(
            plant.ask("key k left a: add 1 | left c: add 1").await,
            "refused internal_error | -"
        );
        assert_eq!(plant.ask("left d: settle 9 9").await, "-", "a range goes on without it");
        assert_eq!(plant.look("left account b").await, "b=2@3");
        assert_eq!(plant.look("waiting").await, "1 parked, 2 dead");
        let letters = format!(
            "orders a from inventory: {reason} (left a: add 1) / \
             orders a from operator: {reason} (left a: add 3)"
        );
        assert_eq!(plant.look("dead 9").await, letters);
        assert_eq!(*plant.door().status().borrow(), Status::Running);
    });
}

#[test]
fn a_record_that_is_newer_or_can_t_be_read_stops_only_the_messages_that_need_it() {
    let newer = "left_accounts/a has schema 2, this program knows 1: upgrade it";
    check_record("schema = 2", newer);
    let cut = "left_accounts/a can't be read: EOF while parsing a value at line 1 column 0";
    check_record("body = x''", cut);
    check_record("version = -1", cut);
}

#[test]
fn a_table_that_is_gone_ends_the_process() {
    check_damage("DROP TABLE outbox", "");
    check_damage("DROP TABLE inbox", "bus 1 left b: add 1");
}
