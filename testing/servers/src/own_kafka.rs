//! A Kafka that a test may stop and kill, since nobody else is on it.

use crate::address::{script, start};
use rustix::process::{Pid, Signal, kill_process};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{fs, thread};
use tempfile::TempDir;

/// A Kafka of one test. In the end it is gone with all it has stored.
#[derive(Debug)]
pub struct OwnKafka {
    folder: TempDir,
    brokers: String,
}

impl OwnKafka {
    /// One that doesn't run yet; its address is known.
    ///
    /// # Panics
    /// There is no room or port for it.
    pub fn absent() -> Self {
        let folder = TempDir::with_prefix("orderweaver-kafka-").expect("a folder");
        let port = two_ports();
        fs::create_dir(folder.path().join("kafka")).expect("a folder");
        fs::write(folder.path().join("kafka/port"), port.to_string()).expect("a file");
        Self { folder, brokers: format!("127.0.0.1:{port}") }
    }

    /// One that runs.
    ///
    /// # Panics
    /// It can't be started.
    pub fn running() -> Self {
        let kafka = Self::absent();
        kafka.start();
        kafka
    }

    /// Host and port.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Starts it, with what it had stored, and waits until it answers.
    ///
    /// # Panics
    /// It can't be started.
    pub fn start(&self) {
        let brokers = start(script().env(FOLDER, self.folder.path()), "kafka", "KAFKA_BROKERS");
        assert_eq!(brokers.as_ref(), Some(&self.brokers), "its own address");
    }

    /// Ends it at once, and waits until nobody listens any more.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        while TcpStream::connect(&self.brokers).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// It stops wherever it stands.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// It goes on.
    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let file = self.folder.path().join("kafka/pid");
        let process = fs::read_to_string(file).expect("the number of its process");
        let process = process.trim().parse().ok().and_then(Pid::from_raw).expect("a number");
        kill_process(process, signal).expect("signalled");
    }
}

/// Where the script keeps a server.
const FOLDER: &str = "ORDERWEAVER_SERVICES";

/// Below those that the system gives to clients.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

impl Drop for OwnKafka {
    fn drop(&mut self) {
        let mut script = script();
        script.env(FOLDER, self.folder.path()).args(["down", "kafka"]).stderr(Stdio::null());
        if !script.status().is_ok_and(|status| status.success()) {
            eprintln!("the Kafka at {} stays behind", self.brokers);
        }
    }
}

/// The first of two in a row that are free, of those that nobody is given by chance: it must still
/// be free when the server comes back.
fn two_ports() -> u16 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let is_right = |port: &u16| is_free(*port) && is_free(*port + 1);
    let begin = std::process::id().wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed) * 100);
    let shift = u16::try_from(begin % u32::from(PORTS)).unwrap_or(0);
    let mut ports = (0..PORTS).map(|step| FIRST_PORT + (shift + 2 * step) % PORTS);
    ports.find(is_right).expect("two free ports")
}
