//! What is left on the disk after a crash, a torn log, a full disk.

mod common;

use common::namespace::{Mounts, fill, in_namespace, room};
use common::{InFolder, OneFile};
use conformance::{Plant, World, run};
use engine::{Status, StoreError};
use std::fs::{self, File};
use std::path::Path;

const ROUNDS: usize = 12;

/// Makes rounds that each write to several tables, and copies the files as a crash would leave
/// them.
async fn write_and_copy(to: &Path) {
    let (file, world) = (OneFile::new(), World::new());
    let mut plant = Plant::start(&file, &world).await;
    for round in 1..=ROUNDS {
        let words = format!("left a: add 1, entry {round} 1, tell right (add 1), say");
        assert_eq!(plant.ask(&words).await, round.to_string());
    }
    for name in ["store.db", "store.db-wal"] {
        let from = file.path().with_file_name(name);
        fs::copy(from, to.join(name)).expect("a copy");
    }
    plant.crash().await;
}

/// How many rounds the files show: each of them as a whole, in every table.
async fn rounds_in(folder: &Path) -> usize {
    let world = World::new();
    let mut plant = Plant::start(&InFolder(folder.into()), &world).await;
    let entries = plant.look("left entries a 99").await;
    let rounds = if entries == "nothing" { 0 } else { entries.split(", ").count() };
    let accounts = if rounds == 0 { "nothing".into() } else { format!("a={rounds}@{rounds}") };
    assert_eq!(plant.look("left accounts").await, accounts);
    assert_eq!(plant.look("right accounts").await, accounts);
    let logged = plant.look("log a 99").await;
    assert_eq!(logged.matches("; right: add 1").count(), rounds, "{logged}");
    let next = rounds + 1;
    let words = format!("key next left a: add 1, entry {next} 1, tell right (add 1), say");
    assert_eq!(plant.ask(&words).await, next.to_string(), "it goes on from there");
    plant.close().await;
    rounds
}

/// Opens the copy with its log changed.
async fn rounds_after(copy: &Path, change: impl FnOnce(&Path)) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["store.db", "store.db-wal"] {
        fs::copy(copy.join(name), folder.path().join(name)).expect("a copy");
    }
    change(&folder.path().join("store.db-wal"));
    rounds_in(folder.path()).await
}

#[test]
fn a_torn_log_loses_whole_rounds_from_its_end_and_nothing_else() {
    run(async {
        let copy = tempfile::tempdir().expect("a folder");
        write_and_copy(copy.path()).await;
        assert_eq!(rounds_after(copy.path(), |_| {}).await, ROUNDS);
        let length = fs::metadata(copy.path().join("store.db-wal")).expect("a log").len();
        let mut seen = vec![];
        for part in 0..24 {
            // Odd lengths too: in the middle of a page and of a header.
            let cut = length * part / 24 + part % 3;
            let truncate = |log: &Path| {
                File::options().write(true).open(log).expect("a log").set_len(cut).expect("a cut");
            };
            seen.push(rounds_after(copy.path(), truncate).await);
        }
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen.first(), Some(&0));
        assert!(seen.iter().any(|rounds| (1..ROUNDS).contains(rounds)), "{seen:?}");
    });
}

#[test]
fn a_flipped_bit_in_the_log_loses_whole_rounds_from_there_and_nothing_else() {
    run(async {
        let copy = tempfile::tempdir().expect("a folder");
        write_and_copy(copy.path()).await;
        let length = fs::metadata(copy.path().join("store.db-wal")).expect("a log").len();
        let mut seen = vec![];
        for part in 1..12 {
            let flip = |log: &Path| {
                let mut bytes = fs::read(log).expect("a log");
                let place = usize::try_from(length * part / 12).expect("a place");
                bytes[place] ^= 4;
                fs::write(log, bytes).expect("a log");
            };
            seen.push(rounds_after(copy.path(), flip).await);
        }
        assert!(seen.is_sorted() && seen.iter().all(|rounds| *rounds < ROUNDS), "{seen:?}");
    });
}

#[test]
fn a_closed_store_is_one_file() {
    run(async {
        let (file, world) = (OneFile::new(), World::new());
        let mut plant = Plant::start(&file, &world).await;
        assert_eq!(plant.ask("left a: add 1, say").await, "1");
        assert_eq!(plant.look("left accounts").await, "a=1@1");
        plant.close().await;
        assert!(!file.path().with_extension("db-wal").exists());
        let copy = tempfile::tempdir().expect("a folder");
        fs::copy(file.path(), copy.path().join("store.db")).expect("a copy");
        let plant = Plant::start(&InFolder(copy.path().into()), &world).await;
        assert_eq!(plant.look("left accounts").await, "a=1@1");
    });
}

#[test]
fn a_full_disk_stops_writes_only_and_loses_nothing() {
    in_namespace("on_a_small_disk_writes_stop_and_go_on", Mounts::Small);
}

#[test]
#[ignore = "run in a namespace by a_full_disk_stops_writes_only_and_loses_nothing"]
fn on_a_small_disk_writes_stop_and_go_on() {
    run(async {
        let (site, world) = (InFolder(room()), World::new().with_bus());
        let bus = world.bus.clone().expect("a bus");
        let ballast = room().join("ballast");
        let mut plant = Plant::start(&site, &world).await;
        assert_eq!(plant.ask("left a: timer t 10 (add 1000)").await, "-");
        fill(&ballast);
        let mut done = 0;
        let refusal = loop {
            let answer = plant.ask(&format!("left a: add 1, entry {} 1, say", done + 1)).await;
            if answer != (done + 1).to_string() {
                break answer;
            }
            done += 1;
        };
        assert_eq!(refusal, "full");
        let status = plant.door().status().borrow().clone();
        assert!(matches!(status, Status::Waiting(StoreError::StorageFull(_))), "{status:?}");
        bus.bring(world.post.deliveries("bus 1 left b: add 5"));
        let untouched = format!("a={done}@{done}");
        let untouched = if done == 0 { "nothing" } else { &untouched };
        assert_eq!(plant.look("left accounts").await, untouched, "reads go on");
        assert_eq!(plant.ask("left c: add 1").await, "full");
        world.clock.advance(10);
        assert_eq!(plant.look("waiting").await, "1 timers");

        fs::remove_file(&ballast).expect("room");
        world.clock.pass_until(bus.acknowledged(1)).await;
        let versions = done + 1;
        plant.shows(&world, "left accounts", &format!("a={}@{versions}, b=5@1", done + 1000)).await;
        assert_eq!(*plant.door().status().borrow(), Status::Running);
        assert_eq!(plant.ask("left c: add 1, say").await, "1");
        plant.close().await;
        let plant = Plant::start(&site, &world).await;
        let expected = format!("a={}@{versions}, b=5@1, c=1@1", done + 1000);
        assert_eq!(plant.look("left accounts").await, expected);
    });
}
