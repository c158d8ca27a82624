//! The shop under test: where it listens, and its processes if it is one of our own.

use crate::process::{Process, Role};
use crate::site::Site;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use terminal::Failure;

/// The port of orders; payments, inventory and the orchestrator follow.
const PORT: u16 = 8_001;
const SERVICES: u16 = 4;
/// Offsets that are tried: above what services use, below what the system gives to clients.
const OFFSETS: std::ops::Range<u16> = 2_000..24_000;
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

    /// Of a process that hosts that.
    pub fn of_role(&self, role: Role) -> &str {
        match role {
            Role::All | Role::Orders => &self.orders,
            Role::Payments => &self.payments,
            Role::Inventory => &self.inventory,
            Role::Orchestrator => &self.orchestrator,
        }
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

/// A shop of our own: its processes, which are killed if it is dropped before it was stopped.
pub struct Shop {
    /// One, or one for each service.
    pub processes: Vec<Process>,
    /// Where it listens.
    pub addresses: Addresses,
}

impl Shop {
    /// Starts this very program on what a site holds, and waits until it is ready.
    ///
    /// # Errors
    /// It isn't ready in time.
    pub async fn start(site: &Site) -> Result<Self, Failure> {
        let offset = free_offset()?;
        let addresses = Addresses::of("127.0.0.1", PORT + offset);
        let mut shop = Self { processes: vec![], addresses };
        for role in site.roles() {
            let (mut command, address) = (site.command()?, shop.addresses.of_role(*role));
            command.env("ORDERWEAVER_PORT_OFFSET", offset.to_string());
            shop.processes.push(Process::start(*role, command, &site.folder, address)?);
        }
        for process in &mut shop.processes {
            process.wait_until_ready().await?;
        }
        Ok(shop)
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// It doesn't, or says that something went wrong.
    pub async fn stop(mut self) -> Result<(), Failure> {
        self.processes.iter().for_each(Process::ask_to_end);
        for process in &mut self.processes {
            process.ended().await?;
        }
        Ok(())
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
