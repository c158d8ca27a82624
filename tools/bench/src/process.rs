//! One process of a shop of our own.

use crate::client::{Connection, KEEP};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use terminal::{Exit, Failure};

/// How long it may take to be ready, and to end.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// Which services a process hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// All of them.
    All,
    /// Takes orders.
    Orders,
    /// Asks the provider, and keeps the ledger.
    Payments,
    /// Keeps the stock.
    Inventory,
    /// Drives the sagas.
    Orchestrator,
}

impl Role {
    /// Those of which each hosts one service.
    pub const EACH: [Self; 4] = [Self::Orders, Self::Payments, Self::Inventory, Self::Orchestrator];

    /// As `serve --role` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Inventory => "inventory",
            Self::Orchestrator => "orchestrator",
        }
    }
}

/// A process of a shop of our own. It is killed if it is dropped before it was stopped.
pub struct Process {
    /// What it hosts.
    pub role: Role,
    /// Where it tells how it is, as `host:port`.
    pub address: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it by a command that lacks but its role; its log goes into the folder.
    ///
    /// # Errors
    /// The system doesn't.
    pub fn start(
        role: Role,
        mut command: Command,
        folder: &Path,
        address: &str,
    ) -> Result<Self, Failure> {
        let log = folder.join(format!("{}.log", role.name()));
        let output = File::create(&log);
        let output = output
            .map_err(|error| Failure::failed(format!("{}: {error}", log.display()), "df -h"))?;
        command
            .args(["serve", "--role", role.name(), "--host", "127.0.0.1"])
            // Open as long as we live: however we end, it ends too.
            .arg("--until-input-ends")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(output)
            // Ctrl-C is for us: the server is still to be looked at.
            .process_group(0);
        let child = command.spawn().map_err(|error| {
            Failure::failed(format!("the server can't be started: {error}"), "orderweaver doctor")
        })?;
        Ok(Self { role, address: address.into(), child, log })
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Until it says that it is ready.
    ///
    /// # Errors
    /// It ends, or it takes too long.
    pub async fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        while begun.elapsed() < START_TIMEOUT {
            if let Ok(mut connection) = Connection::open(&self.address).await
                && connection.get("/ready").await.is_ok()
            {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.not_ready(Some(status)));
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        Err(self.not_ready(None))
    }

    fn not_ready(&self, ended: Option<ExitStatus>) -> Failure {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let role = self.role.name();
        let what = format!("serve --role {role} is not ready; it said: {}", said.trim());
        // What it was told is what we were told.
        let is_usage = ended.and_then(|it| it.code()) == Some(Exit::Usage as i32);
        let exit = if is_usage { Exit::Usage } else { Exit::Failed };
        Failure::new(exit, what, KEEP)
    }

    /// Asks it to end.
    pub fn ask_to_end(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended already; then the wait tells how.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }

    /// Until it has ended.
    ///
    /// # Errors
    /// It doesn't, or says that something went wrong.
    pub async fn ended(&mut self) -> Result<(), Failure> {
        let (begun, role) = (Instant::now(), self.role.name());
        let failed = |what: String| Failure::failed(format!("serve --role {role} {what}"), KEEP);
        while begun.elapsed() < STOP_TIMEOUT {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(failed(format!("ended with {status}"))),
                Ok(None) => tokio::time::sleep(LOOK_INTERVAL).await,
                Err(error) => return Err(failed(format!("can't be waited for: {error}"))),
            }
        }
        Err(failed(format!("has not ended after {STOP_TIMEOUT:?}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
