//! The PostgreSQL server of a benchmark.

use crate::address::Address;
use crate::client::KEEP;
use crate::databases::Made;
use crate::measure::tree;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;
use std::fs;
use std::sync::Arc;
use terminal::{Failure, again_with, quoted};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls};

/// Since that version statistics of input and output tell of the write-ahead log.
const WAL_IN_IO_SINCE: u32 = 180_000;

/// What the server promises of what it has committed, as its settings say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Durability {
    /// The version of the server.
    pub version: String,
    /// `fsync`.
    pub fsync: String,
    /// `synchronous_commit`, as the server has it; services set it to `on` for themselves.
    pub synchronous_commit: String,
    /// `full_page_writes`.
    pub full_page_writes: String,
}

impl Durability {
    /// Whether what is committed survives a crash of the machine.
    fn is_durable(&self) -> bool {
        let settings = [&self.fsync, &self.synchronous_commit, &self.full_page_writes];
        settings.iter().all(|value| *value != "off")
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, fsync, synchronous_commit, full_page_writes } = self;
        let meaning = match self.is_durable() {
            true => "what is acknowledged is on disk.",
            false => {
                "NOT DURABLE: a crash of the machine may lose what was acknowledged, and these \
                 figures are better than those of a server that keeps it (scripts/services.sh \
                 starts one with PG_DURABLE=1)."
            }
        };
        write!(
            formatter,
            "PostgreSQL {version}, fsync={fsync}, synchronous_commit={synchronous_commit}, \
             full_page_writes={full_page_writes}: {meaning}"
        )
    }
}

/// A server on which databases may be made. One of them is for ourselves.
pub struct Server {
    home: Made,
    client: Client,
    version: u32,
    has_statements: bool,
    /// Its first process, if it is on this machine.
    pub pid: Option<u32>,
    /// What it promises.
    pub durability: Durability,
}

impl Server {
    /// The server of that URL.
    ///
    /// # Errors
    /// It can't be reached, or we may not make databases there.
    pub async fn open(url: &str, is_kept: bool) -> Result<Self, Failure> {
        let address = Arc::new(Address::parse(url)?);
        let now = Timestamp::now().strftime("%Y%m%d%H%M%S");
        let run = format!("orderweaver_bench_{now}_{}", std::process::id());
        let refused = |error: Error| refused(&address, &error);
        let maker = connect(address.config()).await.map_err(refused)?;
        let home = Made::new(&address, vec![run], is_kept);
        home.make(&maker, &[]).await?;
        let client =
            connect(address.config().clone().dbname(home.first())).await.map_err(refused)?;
        let durability = durability(&client).await.map_err(refused)?;
        let (pid, version) = process(&client, home.first()).await.map_err(refused)?;
        let has_statements = has_statements(&client).await;
        Ok(Self { home, client, version, has_statements, pid, durability })
    }

    /// With what the names of all databases of this run begin.
    pub fn run(&self) -> &str {
        self.home.first()
    }

    /// New databases that are dropped when what is given back is; copies of others to which nobody
    /// is connected, if there are any.
    ///
    /// # Errors
    /// The server doesn't make them.
    pub async fn make(&self, names: Vec<String>, origins: &[String]) -> Result<Made, Failure> {
        let made = self.home.beside(names);
        made.make(&self.client, origins).await?;
        Ok(made)
    }

    /// The numbers of the one row that a statement gives.
    ///
    /// # Errors
    /// It gives something else, or the server is away.
    pub async fn numbers<const N: usize>(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<[f64; N], Failure> {
        let failed = |error: Error| {
            Failure::failed(format!("{}: {}", self.home.address, told(&error)), KEEP)
        };
        let row = self.client.query_one(statement, values).await.map_err(failed)?;
        let mut numbers = [0.0; N];
        for (index, number) in numbers.iter_mut().enumerate() {
            *number = row.try_get(index).map_err(failed)?;
        }
        Ok(numbers)
    }

    /// Whether syncs of the write-ahead log are counted in `pg_stat_io`.
    pub const fn has_wal_in_io(&self) -> bool {
        self.version >= WAL_IN_IO_SINCE
    }

    /// Whether it counts statements.
    pub const fn has_statements(&self) -> bool {
        self.has_statements
    }
}

/// Opens a connection.
///
/// # Errors
/// The server doesn't take it.
pub async fn connect(config: &Config) -> Result<Client, Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn durability(client: &Client) -> Result<Durability, Error> {
    let statement = "SELECT current_setting('server_version'), current_setting('fsync'), \
                     current_setting('synchronous_commit'), current_setting('full_page_writes')";
    let row = client.query_one(statement, &[]).await?;
    Ok(Durability {
        version: row.try_get(0)?,
        fsync: row.try_get(1)?,
        synchronous_commit: row.try_get(2)?,
        full_page_writes: row.try_get(3)?,
    })
}

/// The server's first process, which has made the one that serves us. That is on this machine if a
/// process of its number says that it is at work in our database.
async fn process(client: &Client, database: &str) -> Result<(Option<u32>, u32), Error> {
    let statement = "SELECT pg_backend_pid(), current_setting('server_version_num')::int";
    let row = client.query_one(statement, &[]).await?;
    let [ours, version] = [row.try_get::<_, i32>(0)?, row.try_get::<_, i32>(1)?];
    let ours = ours.unsigned_abs();
    let title = fs::read(format!("/proc/{ours}/cmdline")).unwrap_or_default();
    let is_here = String::from_utf8_lossy(&title).contains(database);
    let first = is_here.then(|| tree::parent(ours)).flatten();
    Ok((first, version.unsigned_abs()))
}

/// Where the extension is not there, or not loaded, statements aren't counted.
async fn has_statements(client: &Client) -> bool {
    let statement = "CREATE EXTENSION pg_stat_statements; SELECT count(*) FROM pg_stat_statements";
    client.batch_execute(statement).await.is_ok()
}

/// Why a server is not to be used, and what to do.
pub fn refused(address: &Address, error: &Error) -> Failure {
    let what = format!("--store {address}: {}", told(error));
    let next = match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => "psql -c 'ALTER ROLE NAME CREATEDB'".into(),
        Some(_) => again_with("--store", "postgres://USER:PASSWORD@HOST:PORT/postgres"),
        None => format!("pg_isready --dbname {}", quoted(&address.to_string())),
    };
    Failure::usage(what, next)
}

/// What the server or the system said, without values.
pub fn told(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
            format!("{error}{}", cause.unwrap_or_default())
        }
    }
}
