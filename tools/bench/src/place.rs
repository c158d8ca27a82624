//! Where the shop under test is: one that runs already, or our own on a file or on a database.

use crate::address::ROLE;
use crate::broker::{Broker, RemoveTopics};
use crate::postgres::{Durability, Server};
use crate::shop::Addresses;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use terminal::{Failure, again};

/// Where the shop under test is.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The address of orders of a shop that runs already (http only); else we start our own.
    #[arg(long, value_name = "URL", conflicts_with_all = ["store", "bus"])]
    pub url: Option<String>,
    /// A PostgreSQL server on which our own shop keeps its data, in databases that are made for it
    /// and dropped at the end; else it is a SQLite file.
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// The shop is four processes, each on a database of its own, with Kafka between them. The
    /// servers of one of our own are --store and --bus, or DATABASE_URL and KAFKA_BROKERS.
    #[arg(long = "distributed")]
    pub is_distributed: bool,
    /// The Kafka between the four processes, on which topics are made for it and removed at the
    /// end.
    #[arg(long, value_name = "URL", requires = "is_distributed")]
    pub bus: Option<String>,
    /// Where the files of our own shop are put, in a folder that is removed at the end.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    pub folder: PathBuf,
    /// Leave the data and the logs where they are.
    #[arg(long = "keep")]
    pub is_kept: bool,
}

/// The shop that is measured.
pub enum Subject {
    /// One that runs already.
    Running(Addresses),
    /// One of our own.
    Own(Layout),
}

/// What a shop of our own consists of.
pub enum Layout {
    /// All services in one process on a SQLite file.
    File,
    /// All services in one process on a PostgreSQL database.
    Together(Arc<Server>),
    /// Each service in a process of its own on a database of its own.
    Apart(Arc<Server>, Arc<Broker>),
}

/// The same in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A shop that runs already.
    Running,
    /// One process on a file.
    File,
    /// One process on a database.
    Together,
    /// A process and a database for each service.
    Apart,
}

/// What was measured, for whoever reads the figures.
#[derive(Clone, Debug, Serialize)]
pub struct Setup {
    /// Which kind of shop.
    pub kind: Kind,
    /// What its database server promises; none if it has none, or none that we know.
    pub durability: Option<Durability>,
    /// With what the names of its databases and topics on servers begin.
    pub run: Option<String>,
}

impl Setup {
    /// What to know before the figures are read.
    pub fn remarks(&self) -> Vec<String> {
        let debug = "This is a build without optimisation: its figures tell nothing of speed.";
        let debug = cfg!(debug_assertions).then(|| debug.to_string());
        self.durability.iter().map(ToString::to_string).chain(debug).collect()
    }
}

impl Layout {
    /// In one word, and what its server promises.
    pub fn setup(&self) -> Setup {
        let kind = match self {
            Self::File => Kind::File,
            Self::Together(_) => Kind::Together,
            Self::Apart(..) => Kind::Apart,
        };
        let server = self.server();
        let (durability, run) = (server.map(|it| it.durability.clone()), server.map(Server::run));
        Setup { kind, durability, run: run.map(String::from) }
    }

    /// The database server, if there is one.
    pub fn server(&self) -> Option<&Server> {
        match self {
            Self::File => None,
            Self::Together(server) | Self::Apart(server, _) => Some(server),
        }
    }
}

impl Place {
    /// Reads what was asked for, and reaches the servers that it names.
    ///
    /// # Errors
    /// It makes no sense, or a server can't be used.
    pub async fn subject(&self, topics: Option<RemoveTopics>) -> Result<Subject, Failure> {
        if let Some(url) = &self.url {
            return Ok(Subject::Running(Addresses::parse(url)?));
        }
        if self.is_distributed {
            return self.apart(topics).await.map(Subject::Own);
        }
        let Some(store) = &self.store else { return Ok(Subject::Own(Layout::File)) };
        if store.contains(ROLE) {
            let what = format!("{ROLE} in --store names several databases: that is --distributed");
            return Err(Failure::usage(what, "orderweaver bench --distributed --help"));
        }
        let server = Server::open(store, self.is_kept).await?;
        Ok(Subject::Own(Layout::Together(Arc::new(server))))
    }

    async fn apart(&self, topics: Option<RemoveTopics>) -> Result<Layout, Failure> {
        let Some(remove) = topics else {
            let next = "cargo build --release --locked --package orderweaver --features kafka";
            return Err(Failure::usage("this program was built without Kafka", next));
        };
        let store = given(self.store.as_deref(), "--store", "DATABASE_URL")?;
        let bus = given(self.bus.as_deref(), "--bus", "KAFKA_BROKERS")?;
        let broker = Broker::reach(&bus, remove, self.is_kept).await?;
        let server = Server::open(&store, self.is_kept).await?;
        Ok(Layout::Apart(Arc::new(server), Arc::new(broker)))
    }
}

/// The value of a flag, or of the variable in which `scripts/services.sh run` leaves it.
fn given(flag: Option<&str>, name: &str, variable: &str) -> Result<String, Failure> {
    let named = || std::env::var(variable).ok().filter(|value| !value.is_empty());
    flag.map(String::from).or_else(named).ok_or_else(|| {
        let what = format!(
            "--distributed needs servers: name them with --store and --bus, or with DATABASE_URL \
             and KAFKA_BROKERS, or let a script start both; there is neither {name} nor {variable}"
        );
        Failure::usage(what, format!("scripts/services.sh run {}", again()))
    })
}
