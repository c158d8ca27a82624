//! The shop: PostgreSQL, Kafka, the processes of four services, and proxies between all of them.

use crate::place::{Link, Peer, Program};
use crate::process::Process;
use crate::proxy::Proxy;
use contracts::ServiceName;
use futures_util::future::join_all;
use servers::{OwnServer, ports_in_a_row};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use terminal::Failure;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_postgres::{Client, NoTls};

/// Before the names of topics and groups.
pub const PREFIX: &str = "chaos.";
/// Stands for the name of a service in the URL of a database.
pub const ROLE: &str = "{role}";
/// The ports of the services and of the provider, before an offset.
const PORTS: [u16; 4] = [8_001, 8_002, 8_003, 8_004];
const PROVIDER_PORT: u16 = 8_009;
/// Between two looks at the processes.
pub const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Everything that runs. Whoever lets it go ends all of it.
pub struct Shop {
    /// Where logs and data are.
    pub folder: PathBuf,
    /// PostgreSQL, with a database for each service.
    pub database: Server,
    /// Kafka.
    pub broker: Server,
    proxies: BTreeMap<Link, Proxy>,
    ports: BTreeMap<Program, u16>,
    processes: BTreeMap<Program, Mutex<Process>>,
}

/// A server that several may want to kill.
pub struct Server {
    server: Arc<OwnServer>,
    turn: Mutex<()>,
}

impl Server {
    fn new(server: OwnServer) -> Self {
        Self { server: Arc::new(server), turn: Mutex::default() }
    }

    /// Host and port.
    pub fn place(&self) -> String {
        self.server.place()
    }

    /// What it has said.
    pub fn log(&self) -> PathBuf {
        self.server.log()
    }

    /// kill -9, a pause, and a new start; false if that is being done already.
    ///
    /// # Errors
    /// It doesn't start again.
    pub async fn kill(&self, pause: Duration) -> io::Result<bool> {
        let Ok(_turn) = self.turn.try_lock() else { return Ok(false) };
        let (killed, started) = (self.server.clone(), self.server.clone());
        spawn_blocking(move || killed.kill()).await?;
        sleep(pause).await;
        spawn_blocking(move || started.start()).await?;
        Ok(true)
    }
}

impl Shop {
    /// Starts everything.
    ///
    /// # Errors
    /// Something doesn't start.
    pub async fn open(binary: &Path, folder: &Path) -> Result<Self, Failure> {
        let mut proxies = BTreeMap::new();
        for link in Link::all() {
            proxies.insert(link, Proxy::start().await.map_err(unprepared)?);
        }
        let to_broker = |it: &&Link| it.peer == Peer::Broker;
        let before: Vec<u16> =
            proxies.keys().filter(to_broker).map(|it| proxies[it].port).collect();
        let started = spawn_blocking(move || {
            (OwnServer::durable_postgres(), OwnServer::kafka_behind(&before))
        });
        let (database, broker) = started.await.map_err(unprepared)?;
        for (link, index) in proxies.keys().filter(to_broker).zip(0..) {
            proxies[link].lead_to(broker.behind(index));
        }
        let programs = Program::all();
        let first = ports_in_a_row(u16::try_from(programs.len()).unwrap_or(u16::MAX));
        let mut shop = Self {
            folder: folder.into(),
            database: Server::new(database),
            broker: Server::new(broker),
            proxies,
            ports: programs.iter().copied().zip(first..).collect(),
            processes: BTreeMap::new(),
        };
        shop.lead();
        for program in programs {
            let process = Process::new(binary, shop.arguments(program), shop.log(program));
            shop.processes.insert(program, Mutex::new(process));
        }
        shop.make_databases().await.map_err(unprepared)?;
        shop.start_residents().await?;
        Ok(shop)
    }

    /// Lets the proxies lead to whoever has a port by now.
    fn lead(&self) {
        let database = self.database.place();
        let at_database = database.rsplit(':').next().and_then(|port| port.parse().ok());
        for (link, proxy) in &self.proxies {
            match link.peer {
                Peer::Database => proxy.lead_to(at_database.unwrap_or_default()),
                Peer::Customers => proxy.lead_to(self.port(link.replica)),
                Peer::Provider => proxy.lead_to(self.port(Program::Provider)),
                Peer::Broker => {}
            }
        }
    }

    async fn make_databases(&self) -> Result<(), tokio_postgres::Error> {
        let client = self.connect("postgres").await?;
        for service in ServiceName::ALL {
            client.batch_execute(&format!("CREATE DATABASE shop_{service}")).await?;
        }
        Ok(())
    }

    /// Starts those that are always there, where they don't run.
    ///
    /// # Errors
    /// One can't be started.
    pub async fn start_residents(&self) -> Result<(), Failure> {
        for (_, process) in self.processes.iter().filter(|(it, _)| it.is_resident()) {
            let mut process = process.lock().await;
            if !process.runs() {
                process.start().map_err(unprepared)?;
            }
        }
        Ok(())
    }

    fn arguments(&self, program: Program) -> Vec<String> {
        let data = format!("--data={}", self.data().display());
        let offset = |first: u16| format!("--port-offset={}", self.port(program) - first);
        let Program::Service(replica) = program else {
            return vec!["provider-fake".into(), data, offset(PROVIDER_PORT)];
        };
        let at = |peer| format!("127.0.0.1:{}", self.proxies[&Link { replica, peer }].port);
        let first = PORTS.into_iter().zip(ServiceName::ALL);
        let first = first.filter(|(_, service)| *service == replica.service);
        let mut arguments = vec![
            "serve".into(),
            format!("--role={}", replica.service),
            format!(
                "--store=postgres://postgres@{}/shop_{ROLE}?application_name={replica}",
                at(Peer::Database)
            ),
            format!("--bus=kafka://{}", at(Peer::Broker)),
            format!("--bus-prefix={PREFIX}"),
            data,
        ];
        arguments.extend(first.map(|(port, _)| offset(port)));
        if replica.service == ServiceName::Payments {
            arguments.push(format!("--provider=http://{}", at(Peer::Provider)));
        }
        // Guests have no name that stays: the group has to find out that they are gone.
        if !replica.is_guest() {
            arguments.push(format!("--replica={replica}"));
        }
        arguments
    }

    /// Where the provider's books are.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What a process says.
    pub fn log(&self, program: impl Into<Program>) -> PathBuf {
        self.folder.join(format!("{}.log", program.into()))
    }

    /// The process of that program.
    pub fn process(&self, program: impl Into<Program>) -> &Mutex<Process> {
        &self.processes[&program.into()]
    }

    /// The proxy between two.
    pub fn proxy(&self, link: Link) -> &Proxy {
        &self.proxies[&link]
    }

    /// Where customers go.
    pub fn entrances(&self) -> Vec<u16> {
        let to_customers = self.proxies.iter().filter(|(link, _)| link.peer == Peer::Customers);
        to_customers.map(|(_, proxy)| proxy.port).collect()
    }

    /// Where it listens, without a proxy.
    pub fn port(&self, program: impl Into<Program>) -> u16 {
        self.ports[&program.into()]
    }

    /// The URL of the databases, without a proxy; the service stands as `{role}` in it.
    pub fn databases(&self) -> String {
        format!("postgres://postgres@{}/shop_{ROLE}", self.database.place())
    }

    /// A connection to a database, without a proxy.
    ///
    /// # Errors
    /// It isn't there.
    pub async fn connect(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let url = format!("postgres://postgres@{}/{database}", self.database.place());
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
        tokio::spawn(async move {
            let _ = connection.await; // the client hears of it too
        });
        Ok(client)
    }

    /// Asks every process to end, and waits until they have.
    pub async fn close(&self) {
        join_all(self.processes.values().map(async |process| {
            let _ = process.lock().await.end().await; // else it is killed when it is let go
        }))
        .await;
    }
}

fn unprepared(error: impl std::fmt::Display) -> Failure {
    Failure::failed(error, "make chaos KEEP=1")
}
