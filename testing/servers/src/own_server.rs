//! A server that a test may stop and kill, since nobody else is on it.

use crate::address::{script, start};
use crate::database::ask_at;
use rustix::process::{Pid, Signal, kill_process};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
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
    /// What the script is told: the name of a variable, and its value.
    told: Option<(&'static str, String)>,
}

impl OwnServer {
    /// A Kafka that doesn't run yet; its address is known.
    ///
    /// # Panics
    /// There is no room or port for it.
    pub fn absent_kafka() -> Self {
        Self::absent("kafka", 2, None)
    }

    /// A Kafka that runs.
    ///
    /// # Panics
    /// It can't be started.
    pub fn kafka() -> Self {
        Self::running("kafka", 2, None)
    }

    /// A Kafka that runs, and that proxies stand before: those who come by one of them are told to
    /// come by it again. Each leads to a port of its own, in the same order ([`Self::behind`]).
    ///
    /// # Panics
    /// It can't be started.
    pub fn kafka_behind(proxies: &[u16]) -> Self {
        let count = u16::try_from(proxies.len()).expect("a port for each proxy");
        let listed: Vec<String> = proxies.iter().map(ToString::to_string).collect();
        Self::running("kafka", 2 + count, Some(("KAFKA_PROXIES", listed.join(" "))))
    }

    /// Where the proxy of that index leads.
    pub fn behind(&self, proxy: u16) -> u16 {
        self.port + 2 + proxy
    }

    /// A PostgreSQL that runs.
    ///
    /// # Panics
    /// It can't be started.
    pub fn postgres() -> Self {
        Self::running("postgres", 2, None)
    }

    /// The same, and it syncs to the disk what it commits.
    ///
    /// # Panics
    /// It can't be started.
    pub fn durable_postgres() -> Self {
        Self::running("postgres", 2, Some(("PG_DURABLE", "1".into())))
    }

    fn absent(name: &'static str, ports: u16, told: Option<(&'static str, String)>) -> Self {
        let folder = TempDir::with_prefix(format!("orderweaver-{name}-")).expect("a folder");
        let port = ports_in_a_row(ports);
        fs::create_dir(folder.path().join(name)).expect("a folder");
        fs::write(folder.path().join(name).join("port"), port.to_string()).expect("a file");
        Self { name, folder, port, told }
    }

    fn running(name: &'static str, ports: u16, told: Option<(&'static str, String)>) -> Self {
        let server = Self::absent(name, ports, told);
        server.start();
        server
    }

    /// Host and port.
    pub fn place(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The file with what it says.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join(self.name).join("log")
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
        let mut script = script();
        script.env(FOLDER, self.folder.path()).envs(self.told.clone());
        let address = start(&mut script, self.name, variable);
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

/// The first of so many in a row that are free, of those that nobody is given by chance: they must
/// still be free when whoever listens there comes back.
///
/// # Panics
/// There are none.
pub fn ports_in_a_row(count: u16) -> u16 {
    static BEGUN: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let are_free = |first: &u16| (0..count).all(|step| is_free(first + step));
    let begin = std::process::id().wrapping_add(BEGUN.fetch_add(1, Ordering::Relaxed) * 100);
    let shift = u16::try_from(begin % u32::from(PORTS)).unwrap_or(0);
    let mut ports = (0..PORTS / count).map(|step| FIRST_PORT + (shift + count * step) % PORTS);
    ports.find(are_free).expect("free ports")
}
