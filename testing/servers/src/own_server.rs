//! A server that a test may stop and kill, since nobody else is on it.

use crate::address::{script, start};
use crate::database::ask_at;
use rustix::process::{Pid, Signal, kill_process};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{fs, thread};
use tempfile::TempDir;

/// A server of one test. In the end it is gone with all it has stored.
#[derive(Debug)]
pub struct OwnServer {
    /// As the script calls it.
    name: &'static str,
    folder: TempDir,
    port: u16,
}

impl OwnServer {
    /// A Kafka that doesn't run yet; its address is known.
    ///
    /// # Panics
    /// There is no room or port for it.
    pub fn absent_kafka() -> Self {
        Self::absent("kafka")
    }

    /// A Kafka that runs.
    ///
    /// # Panics
    /// It can't be started.
    pub fn kafka() -> Self {
        Self::running("kafka")
    }

    /// A PostgreSQL that runs.
    ///
    /// # Panics
    /// It can't be started.
    pub fn postgres() -> Self {
        Self::running("postgres")
    }

    fn absent(name: &'static str) -> Self {
        let folder = TempDir::with_prefix(format!("orderweaver-{name}-")).expect("a folder");
        let port = two_ports();
        fs::create_dir(folder.path().join(name)).expect("a folder");
        fs::write(folder.path().join(name).join("port"), port.to_string()).expect("a file");
        Self { name, folder, port }
    }

    fn running(name: &'static str) -> Self {
        let server = Self::absent(name);
        server.start();
        server
    }

    /// Host and port.
    pub fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Of the database that every PostgreSQL has.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.place())
    }

    /// Lets a PostgreSQL execute a statement, as its superuser over an open connection.
    ///
    /// # Panics
    /// It refuses.
    pub fn run(&self, statement: &str) {
        let done = ask_at(&self.url(), statement);
        done.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }

    /// Starts it, with what it had stored, and waits until it answers.
    ///
    /// # Panics
    /// It can't be started.
    pub fn start(&self) {
        let variable = if self.name == "kafka" { "KAFKA_BROKERS" } else { "DATABASE_URL" };
        let address = start(script().env(FOLDER, self.folder.path()), self.name, variable);
        let is_ours = address.is_some_and(|address| address.contains(&self.place()));
        assert!(is_ours, "{} did not start at its own address", self.name);
    }

    /// Ends it at once, and waits until nobody listens any more.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        while TcpStream::connect(self.place()).is_ok() {
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
        let file = if self.name == "kafka" { "pid" } else { "data/postmaster.pid" };
        let file = self.folder.path().join(self.name).join(file);
        let text = fs::read_to_string(file).expect("the number of its process");
        let number = text.lines().next().and_then(|line| line.trim().parse().ok());
        let process = number.and_then(Pid::from_raw).expect("a number");
        kill_process(process, signal).expect("signalled");
    }
}

/// Where the script keeps a server.
const FOLDER: &str = "ORDERWEAVER_SERVICES";

/// Below those that the system gives to clients.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;

impl Drop for OwnServer {
    fn drop(&mut self) {
        let mut script = script();
        script.env(FOLDER, self.folder.path()).args(["down", self.name]).stderr(Stdio::null());
        if !script.status().is_ok_and(|status| status.success()) {
            eprintln!("the {} at {} stays behind", self.name, self.place());
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
