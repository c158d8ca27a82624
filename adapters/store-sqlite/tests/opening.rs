//! Files that can't be opened: the message names the file and ends with what to do.

mod common;

use common::namespace::{Mounts, in_namespace, room};
use common::{OneFile, open_file, opening};
use rusqlite::Connection;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use store_sqlite::SqliteStore;

/// `{}` stands for the file.
fn check(prepare: impl FnOnce(&Path), expected: &str) {
    let file = OneFile::new();
    prepare(&file.path());
    refuses(&file.path(), expected);
}

fn refuses(path: &Path, expected: &str) {
    let Err(error) = open_file(path.into(), opening()) else { panic!("it was opened") };
    assert_eq!(error.to_string(), expected.replace("{}", &path.display().to_string()));
}

fn make(path: &Path) -> SqliteStore {
    open_file(path.into(), opening()).expect("a store")
}

/// Of somebody who is no store.
fn foreign(path: &Path, sql: &str) {
    Connection::open(path).expect("a file").execute_batch(sql).expect("tables");
}

const NOT_OURS: &str = "{} is no OrderWeaver store: choose another folder with --data";
const READ_ONLY: &str = "{} can't be written: check the permissions of the file and its folder";
const IN_USE: &str =
    "{} is in use by another process: stop it, or choose another folder with --data";

#[test]
fn a_file_that_is_no_database_is_refused() {
    check(|path| fs::write(path, "Dear diary, ".repeat(100)).expect("a file"), NOT_OURS);
    check(|path| fs::write(path, "short").expect("a file"), NOT_OURS);
    check(|path| fs::create_dir(path).expect("a folder"), NOT_OURS);
}

#[test]
fn a_database_of_somebody_else_is_refused_and_left_as_it_was() {
    let file = OneFile::new();
    let path = file.path();
    foreign(&path, "CREATE TABLE diary (text); PRAGMA user_version = 1;");
    let before = fs::read(&path).expect("bytes");
    refuses(&path, NOT_OURS);
    assert_eq!(fs::read(&path).expect("bytes"), before);
    assert!(!path.with_extension("db-wal").exists());
    check(|path| foreign(path, "PRAGMA application_id = 7;"), NOT_OURS);
}

#[test]
fn an_empty_file_becomes_a_store() {
    let file = OneFile::new();
    fs::write(file.path(), "").expect("a file");
    drop(make(&file.path()));
    drop(make(&file.path()));
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_as_it_was() {
    let file = OneFile::new();
    let path = file.path();
    drop(make(&path));
    foreign(&path, "PRAGMA user_version = 99; PRAGMA journal_mode = DELETE;");
    let before = fs::read(&path).expect("bytes");
    refuses(
        &path,
        "{} was written by a newer version (its tables have version 99, this program knows 1): \
         upgrade orderweaver",
    );
    assert_eq!(fs::read(&path).expect("bytes"), before);
}

#[test]
fn a_damaged_store_is_refused() {
    check(
        |path| {
            drop(make(path));
            let file = File::options().write(true).open(path).expect("a file");
            file.write_all_at(&[0xFF; 300], 100).expect("damage");
        },
        "{} is damaged: put a backup in its place, or choose another folder with --data",
    );
}

#[test]
fn a_store_that_is_open_is_refused_and_free_once_it_is_closed() {
    let file = OneFile::new();
    let store = make(&file.path());
    refuses(&file.path(), IN_USE);
    drop(store);
    drop(make(&file.path()));
}

#[test]
fn a_store_that_another_process_holds_is_refused_and_free_once_that_has_ended() {
    let file = OneFile::new();
    let mut holder = Command::new("flock")
        .arg(file.path().with_extension("lock"))
        .args(["sh", "-c", "echo held; read end"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("flock of util-linux");
    let mut said = String::new();
    let stdout = holder.stdout.take().expect("an output");
    BufReader::new(stdout).read_line(&mut said).expect("a line");
    assert_eq!(said, "held\n");
    refuses(&file.path(), IN_USE);
    holder.stdin.take().expect("an input").write_all(b"end\n").expect("an end");
    holder.wait().expect("an end");
    drop(make(&file.path()));
}

#[test]
fn a_file_that_somebody_writes_without_our_lock_is_refused() {
    let file = OneFile::new();
    drop(make(&file.path()));
    let other = Connection::open(file.path()).expect("a file");
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;").expect("a lock");
    refuses(&file.path(), IN_USE);
}

#[test]
fn a_folder_that_can_t_be_made_is_named() {
    let file = OneFile::new();
    fs::write(file.path(), "").expect("a file");
    let below = file.path().join("folder").join("store.db");
    let Err(error) = open_file(below, opening()) else { panic!("it was opened") };
    let folder = file.path().join("folder");
    let expected = format!(
        "{}: Not a directory (os error 20): choose another folder with --data",
        folder.display()
    );
    assert_eq!(error.to_string(), expected);
}

// What follows needs mounts, in a namespace of its own: file permissions don't bind root.

#[test]
fn a_read_only_folder_or_file_is_refused() {
    in_namespace("in_a_read_only_folder_it_is_refused", Mounts::ReadOnlyFolder);
    in_namespace("a_read_only_file_is_refused", Mounts::ReadOnlyFile);
    in_namespace("on_a_disk_without_room_it_is_refused", Mounts::Small);
}

#[test]
#[ignore = "run in a namespace by a_read_only_folder_or_file_is_refused"]
fn in_a_read_only_folder_it_is_refused() {
    refuses(&room().join("store.db"), READ_ONLY);
    refuses(&room().join("below").join("store.db"), READ_ONLY);
}

#[test]
#[ignore = "run in a namespace by a_read_only_folder_or_file_is_refused"]
fn a_read_only_file_is_refused() {
    refuses(&room().join("store.db"), READ_ONLY);
}

#[test]
#[ignore = "run in a namespace by a_read_only_folder_or_file_is_refused"]
fn on_a_disk_without_room_it_is_refused() {
    let path = room().join("store.db");
    common::namespace::fill(&room().join("ballast"));
    refuses(&path, "no room is left on the disk of {}: make room, then start again");
    fs::remove_file(room().join("ballast")).expect("room");
    drop(make(&path));
}
