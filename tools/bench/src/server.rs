//! The server under test: one of our own on a folder of its own, or one that runs already.

use crate::client::{Connection, KEEP};
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use terminal::Failure;

/// The port of orders; payments, inventory and the orchestrator follow.
const PORT: u16 = 8_001;
const SERVICES: u16 = 4;
/// Offsets that are tried: above what services use, below what the system gives to clients.
const OFFSETS: std::ops::Range<u16> = 2_000..24_000;
/// How long it may take to be ready, and to end.
const START_TIMEOUT: Duration = Duration::from_secs(20);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// Where the four services listen, as `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Takes orders.
    pub orders: String,
    /// Keeps the ledger.
    pub payments: String,
    /// Keeps the stock.
    pub inventory: String,
    /// Drives the sagas and tells of their ends.
    pub orchestrator: String,
}

impl Addresses {
    fn of(host: &str, orders_port: u16) -> Self {
        let at = |index: u16| format!("{host}:{}", orders_port + index);
        Self { orders: at(0), payments: at(1), inventory: at(2), orchestrator: at(3) }
    }

    /// From the address of orders, such as `http://localhost:8001`.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(url: &str) -> Result<Self, Failure> {
        let wrong = || {
            let what = format!("--url {url:?} is no address such as http://localhost:8001");
            Failure::usage(what, "orderweaver bench --url http://localhost:8001")
        };
        let rest = url.strip_prefix("http://").ok_or_else(wrong)?;
        let (host, port) = rest.trim_end_matches('/').rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().filter(|port| *port < u16::MAX - SERVICES);
        match (host.is_empty(), port) {
            (false, Some(port)) => Ok(Self::of(host, port)),
            _ => Err(wrong()),
        }
    }
}

/// A server of our own. It is killed if it is dropped before it was stopped.
pub struct OwnServer {
    child: Child,
    /// Where it listens.
    pub addresses: Addresses,
}

impl OwnServer {
    /// Starts this very program on a data folder and waits until it is ready.
    ///
    /// # Errors
    /// It isn't ready in time.
    pub async fn start(data: &Path) -> Result<Self, Failure> {
        let offset = free_offset()?;
        let log = data.join("server.log");
        let io = |error| Failure::failed(format!("{}: {error}", log.display()), "df -h");
        fs::create_dir_all(data).map_err(io)?;
        let mut command = this_program(data)?;
        command
            .args(["serve", "--role", "all", "--host", "127.0.0.1", "--port-offset"])
            .arg(offset.to_string())
            .arg("--data")
            .arg(data)
            // Open as long as we live: however we end, it ends too.
            .arg("--until-input-ends")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::create(&log).map_err(io)?)
            // Ctrl-C is for us: the server is still to be looked at.
            .process_group(0);
        let child = command.spawn().map_err(|error| {
            Failure::failed(format!("the server can't be started: {error}"), "orderweaver doctor")
        })?;
        let addresses = Addresses::of("127.0.0.1", PORT + offset);
        let mut server = Self { child, addresses };
        server.wait_until_ready(&log).await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self, log: &Path) -> Result<(), Failure> {
        let begun = Instant::now();
        while begun.elapsed() < START_TIMEOUT {
            if let Ok(mut connection) = Connection::open(&self.addresses.orders).await
                && connection.get("/ready").await.is_ok()
            {
                return Ok(());
            }
            if let Ok(Some(_)) = self.child.try_wait() {
                break;
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        let said = fs::read_to_string(log).unwrap_or_default();
        let what = format!("the server is not ready; it said: {}", said.trim());
        Err(Failure::failed(what, "orderweaver serve --role all --port-offset 100"))
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// It doesn't, or says that something went wrong.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let next = KEEP;
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended already; then the wait tells how.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let begun = Instant::now();
        while begun.elapsed() < STOP_TIMEOUT {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => {
                    return Err(Failure::failed(format!("the server ended with {status}"), next));
                }
                Ok(None) => tokio::time::sleep(LOOK_INTERVAL).await,
                Err(error) => return Err(Failure::failed(error, next)),
            }
        }
        Err(Failure::failed(format!("the server has not ended after {STOP_TIMEOUT:?}"), next))
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command of this very program in a folder, without the settings of whoever called us: neither
/// their environment nor their configuration file.
///
/// # Errors
/// The system can't say which program this is.
pub fn this_program(folder: &Path) -> Result<Command, Failure> {
    let program = std::env::current_exe();
    let program = program.map_err(|error| Failure::failed(error, "orderweaver doctor"))?;
    let mut command = Command::new(program);
    command.current_dir(folder).env_clear();
    Ok(command)
}

fn free_offset() -> Result<u16, Failure> {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let are_free = |offset: &u16| (0..SERVICES).all(|index| is_free(PORT + offset + index));
    let begin = std::process::id() as usize % OFFSETS.len();
    let mut offsets = OFFSETS.cycle().skip(begin).step_by(7).take(OFFSETS.len());
    let none = || Failure::failed("four free ports in a row were not found", "ss -ltn");
    offsets.find(are_free).ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::Addresses;

    fn check(url: &str, expected: Option<&str>) {
        let parsed = Addresses::parse(url).ok().map(|it| it.orchestrator);
        assert_eq!(parsed.as_deref(), expected, "{url}");
    }

    #[test]
    fn the_other_services_follow_the_port_of_orders() {
        check("http://localhost:8001", Some("localhost:8004"));
        check("http://10.0.0.7:9001/", Some("10.0.0.7:9004"));
        check("http://localhost", None);
        check("http://:8001", None);
        check("localhost:8001", None);
        check("http://localhost:65535", None);
        check("https://localhost:8001", None);
    }
}
