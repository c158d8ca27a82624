//! Four services, each a process of its own on a database of its own, with Kafka between them.

use super::{Client, free_offset, spawn};
use servers::Database;
use std::process::{Child, Command};
use std::time::Duration;
use tempfile::TempDir;

pub const ROLES: [(&str, u16); 4] =
    [("orders", 8_001), ("payments", 8_002), ("inventory", 8_003), ("orchestrator", 8_004)];
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const LOOKS_MAX: usize = 3_000;

/// The processes; each is killed by its own pid in the end.
pub struct Apart {
    pub databases: Vec<Database>,
    /// The URL of all databases.
    pub store: String,
    pub data: TempDir,
    offset: u16,
    pub client: Client,
    processes: Vec<Child>,
}

impl Apart {
    /// Not one of them runs yet.
    pub fn new() -> Self {
        let (databases, store) = Database::one_for_each(&ROLES.map(|(role, _)| role));
        let (data, offset) = (TempDir::new().expect("a folder"), free_offset());
        let client = Client::at_offset(offset);
        Self { databases, store, data, offset, client, processes: vec![] }
    }

    /// All of them run and are ready.
    pub async fn start(&mut self) {
        for index in 0..ROLES.len() {
            let process = self.process(index);
            self.processes.push(process);
        }
        for index in 0..ROLES.len() {
            self.until_ready(index).await;
        }
    }

    fn process(&self, index: usize) -> Child {
        let (role, _) = ROLES[index];
        let offset = self.offset.to_string();
        let data = self.data.path().join(role).display().to_string();
        spawn(&[
            "serve",
            "--role",
            role,
            "--store",
            &self.store,
            "--bus",
            &format!("kafka://{}", servers::kafka()),
            "--bus-prefix",
            &format!("test-{}-{offset}.", std::process::id()),
            "--replica",
            "one",
            "--port-offset",
            &offset,
            "--data",
            &data,
        ])
    }

    pub async fn until_ready(&self, index: usize) {
        let (role, port) = ROLES[index];
        for _ in 0..LOOKS_MAX {
            if self.client.ready(port).await {
                return;
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        panic!("{role} is not ready");
    }

    /// kill -9.
    pub fn kill(&mut self, index: usize) {
        self.processes[index].kill().expect("it can be killed");
        self.processes[index].wait().expect("it has ended");
    }

    pub fn restart(&mut self, index: usize) {
        self.processes[index] = self.process(index);
    }

    /// All at once, as when the power goes.
    pub fn kill_all(&mut self) {
        self.processes.iter_mut().for_each(|process| process.kill().expect("it can be killed"));
        self.processes.drain(..).for_each(|mut process| {
            process.wait().expect("it has ended");
        });
    }

    /// SIGTERM to all of them, until they have ended.
    pub fn stop(&mut self) {
        for process in &self.processes {
            let pid = process.id().to_string();
            let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
            assert!(asked.success());
        }
        self.processes.drain(..).for_each(|mut process| {
            assert!(process.wait().expect("it ends").success());
        });
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
