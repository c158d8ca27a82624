//! Connections: how they are made, and what every one of them is told.

use crate::error::{OpenError, pool_error};
use crate::names::Names;
use crate::tls::Encryption;
use deadpool_postgres::{
    Hook, Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod, Runtime, Timeouts,
};
use engine::StoreError;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connections for rounds and deliveries: a round, and what goes on beside it.
const WORKERS_MAX: usize = 4;
/// Connections for reading.
const READERS_MAX: usize = 4;
/// How long to wait for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a new connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A server that acknowledges nothing for so long is given up.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// From when on a silent connection is asked whether anybody is there, and how often.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(2));
const KEEPALIVE_PROBES_MAX: u32 = 3;

/// What each session is told. No statement takes longer, and a transaction whose client stands
/// still, or takes no answers, is broken off, for others wait behind it. Every access is by key:
/// tables that are young have no statistics, and a plan that goes through all of one would be kept
/// for ever.
const SESSION: &str = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=5s \
     -c default_transaction_isolation=read\\ committed -c synchronous_commit=on \
     -c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off \
     -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
     -c enable_memoize=off \
     -c tcp_user_timeout=10000 -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 \
     -c tcp_keepalives_count=3";

/// An answer may take so much longer than the server allows a statement.
const ANSWER_GRACE: Duration = Duration::from_secs(5);

/// A database that is opened or brought up to date has answered everything by then; each statement
/// has its own limit, which is shorter.
const OPENING_LASTS_MAX: Duration = Duration::from_secs(120);

/// What is done on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A shop is served.
    Serving,
    /// Everything is read, and nothing changed.
    Reading,
}

impl Purpose {
    const fn statement_timeout(self) -> Duration {
        match self {
            Self::Serving => Duration::from_secs(15),
            Self::Reading => Duration::from_secs(600),
        }
    }

    fn options(self) -> String {
        let timeout = self.statement_timeout().as_secs();
        let read_only = match self {
            Self::Serving => "",
            Self::Reading => " -c default_transaction_read_only=on",
        };
        format!("-c statement_timeout={timeout}s{read_only}")
    }
}

/// A database to connect to.
#[derive(Clone)]
pub(crate) struct Place {
    config: Config,
    tls: MakeRustlsConnect,
    patience: Duration,
    /// Host, port and database: what may be shown.
    pub name: String,
}

impl Place {
    /// From a URL as libpq reads it. The predecessor's `+asyncpg` behind the scheme is left out.
    pub fn of(url: &str, purpose: Purpose) -> Result<Self, OpenError> {
        let wrong = |what: &str| OpenError::Url(what.into());
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("the store is no URL"))?;
        let scheme = scheme.split_once('+').map_or(scheme, |(scheme, _)| scheme);
        if !["postgres", "postgresql"].contains(&scheme) {
            return Err(wrong("the store's URL doesn't begin with postgres://"));
        }
        // What the parser says names no value.
        let (url, Encryption { mode, connector }) =
            Encryption::taken(&format!("postgres://{rest}"))?;
        let config: Result<Config, _> = url.parse();
        let mut config = config.map_err(|error| wrong(&format!("the store's URL: {error}")))?;
        let name = name(&config).ok_or_else(|| wrong("the store's URL names no host"))?;
        if name.contains('@') {
            let what = "the user or password in the store's URL has an @, which must be a %40";
            return Err(wrong(what));
        }
        if config.get_dbname().is_none() {
            return Err(wrong("the store's URL names no database"));
        }
        if config.get_application_name().is_none() {
            config.application_name("orderweaver");
        }
        config
            .ssl_mode(mode)
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(SILENCE_MAX)
            .keepalives_idle(KEEPALIVE.0)
            .keepalives_interval(KEEPALIVE.1)
            .keepalives_retries(KEEPALIVE_PROBES_MAX);
        if purpose == Purpose::Serving {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let given = config.get_options().unwrap_or_default();
        let options = format!("{SESSION} {} {given}", purpose.options());
        config.options(options);
        let patience = purpose.statement_timeout() + ANSWER_GRACE;
        Ok(Self { config, tls: connector, patience, name })
    }

    /// Waits for an answer to what is asked there, though not for ever.
    pub async fn heard<T>(&self, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        heard(self.patience, answer).await
    }

    /// Waits for everything that is asked until the database is open, though not for ever.
    pub async fn opened<T>(
        &self,
        opening: impl Future<Output = Result<T, OpenError>>,
    ) -> Result<T, OpenError> {
        timeout(OPENING_LASTS_MAX, opening).await.unwrap_or_else(|_| {
            let what = format!("it did not answer within {OPENING_LASTS_MAX:?}");
            Err(OpenError::Unreachable { place: self.name.clone(), what })
        })
    }

    /// Each host has its time, and what is said behind it too.
    fn connecting_lasts_max(&self) -> Duration {
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        CONNECT_TIMEOUT.saturating_mul(hosts.saturating_add(1))
    }

    fn pool(&self, connections_max: usize, names: &Arc<Names>) -> Pool {
        let names = names.clone();
        let forget = Hook::sync_fn(move |_, _| {
            names.forget();
            Ok(())
        });
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(self.config.clone(), self.tls.clone(), recycling);
        let timeouts = Timeouts {
            wait: Some(ACQUIRE_TIMEOUT),
            create: Some(self.connecting_lasts_max()),
            recycle: Some(CONNECT_TIMEOUT),
        };
        let builder = Pool::builder(manager).max_size(connections_max).timeouts(timeouts);
        // The one that was used last: its caches are warm, in the server too.
        let builder = builder.post_create(forget).queue_mode(QueueMode::Lifo);
        // It is refused only without a runtime for its time limits.
        builder.runtime(Runtime::Tokio1).build().expect("a runtime is given")
    }
}

/// Host, port and database.
fn name(config: &Config) -> Option<String> {
    let host = match config.get_hosts().first()? {
        Host::Tcp(host) => host.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().unwrap_or("");
    Some(format!("{host}:{port}/{database}"))
}

/// The connections of a store. Those who read can't take those away from rounds.
#[derive(Clone)]
pub(crate) struct Connections {
    workers: Pool,
    readers: Pool,
    patience: Duration,
}

/// A connection of a pool. One that is closed, as the server kept silent on it, isn't given back.
pub(crate) struct Connection {
    client: Option<Object>,
    patience: Duration,
    is_closed: AtomicBool,
}

impl Connection {
    /// As [`heard`].
    pub async fn heard<T>(&self, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        heard(self.patience, answer).await.inspect_err(|_| self.close())
    }

    /// Whether it is not worth another question.
    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Whatever is under way on it is broken off by the server.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }
}

/// Waits for an answer, though not for ever: a server that stands still, or a proxy before it,
/// keeps a connection alive and says nothing.
async fn heard<T>(patience: Duration, answer: impl Future<Output = T>) -> Result<T, StoreError> {
    timeout(patience, answer).await.map_err(|_| {
        StoreError::Unavailable(format!("the database has said nothing for {patience:?}"))
    })
}

impl Deref for Connection {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.client.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(client) = self.client.take().filter(|_| self.is_closed()) {
            drop(Object::take(client));
        }
    }
}

impl Connections {
    pub fn new(place: &Place, names: &Arc<Names>) -> Self {
        let (workers, readers) = (place.pool(WORKERS_MAX, names), place.pool(READERS_MAX, names));
        Self { workers, readers, patience: place.patience }
    }

    /// For rounds and deliveries.
    pub async fn worker(&self) -> Result<Connection, StoreError> {
        self.taken_from(&self.workers).await
    }

    async fn taken_from(&self, pool: &Pool) -> Result<Connection, StoreError> {
        let client = Some(pool.get().await.map_err(pool_error)?);
        Ok(Connection { client, patience: self.patience, is_closed: AtomicBool::new(false) })
    }

    /// How many wait for one now.
    pub fn waiting(&self) -> u64 {
        let waiting = self.workers.status().waiting + self.readers.status().waiting;
        u64::try_from(waiting).unwrap_or(u64::MAX)
    }

    /// For reading.
    pub async fn reader(&self) -> Result<Connection, StoreError> {
        self.taken_from(&self.readers).await
    }
}

/// One connection outside of the pools.
pub(crate) async fn connect(place: &Place) -> Result<tokio_postgres::Client, OpenError> {
    let connected = timeout(place.connecting_lasts_max(), place.config.connect(place.tls.clone()));
    let connected = connected.await.map_err(|_| OpenError::Unreachable {
        place: place.name.clone(),
        what: "somebody is there who doesn't speak as PostgreSQL does".into(),
    })?;
    let (client, connection) =
        connected.map_err(|error| OpenError::from_postgres(&place.name, &error))?;
    tokio::spawn(async move {
        let _ = connection.await; // the client hears of it too
    });
    Ok(client)
}
