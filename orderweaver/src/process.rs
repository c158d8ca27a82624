//! One process with the services that it hosts: starting it, and ending it in the right order.

use crate::configuration::Configuration;
use crate::stores::check_of;
use crate::telemetry::{self, Observer};
use crate::wiring::{Adapters, Provider, Store};
use contracts::ServiceName;
use engine::{Bus, Door, Engine, Hosting, Limits, NoBus, Ports, Status, StoreError};
use http_api::{Api, CONNECTIONS_MAX, Connections, SURPLUS_CONNECTIONS_MAX};
use metrics_exporter_prometheus::PrometheusHandle;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use terminal::{Failure, Interrupt, again_with};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// For so long a process that is about to end says so at `/ready` and still answers.
const LEAVING_PAUSE: Duration = Duration::from_millis(500);
/// How long the ports may take to answer what is open.
const SERVERS_TIMEOUT: Duration = Duration::from_secs(6);
/// How long what came in may take to be handled after that.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
/// File descriptors that are not for connections.
const DESCRIPTORS_KEPT: usize = 128;
/// Connections of a port, however few file descriptors there are.
const CONNECTIONS_MIN: usize = 16;

/// What a process begins with.
pub struct Base<'a> {
    /// Its settings.
    pub configuration: &'a Configuration,
    /// Which services are hosted in it.
    pub hosting: Arc<Hosting>,
    /// Their ports.
    pub listeners: Listeners,
    /// What is measured.
    pub metrics: PrometheusHandle,
}

/// A process at work.
pub struct Process<S: Store, B: Bus = NoBus> {
    door: Door<Adapters<S, B>>,
    loops: JoinSet<()>,
    servers: JoinSet<()>,
    leaving: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    /// The command that says what is wrong with the store.
    check: String,
    /// Where each service listens.
    pub addresses: Vec<(ServiceName, SocketAddr)>,
}

/// The port of a service, before the offset.
pub const fn port(service: ServiceName) -> u16 {
    match service {
        ServiceName::Orders => 8001,
        ServiceName::Payments => 8002,
        ServiceName::Inventory => 8003,
        ServiceName::Orchestrator => 8004,
    }
}

impl<S: Store, B: Bus> Process<S, B> {
    /// Starts the loops and the ports of the services on a store.
    ///
    /// # Errors
    /// A value is not allowed, a port is taken, or the store can't be read.
    pub async fn start(base: Base<'_>, store: S, bus: Option<B>) -> Result<Self, Failure> {
        let Base { configuration, hosting, listeners, metrics } = base;
        let faults = orchestrator::faults();
        if !faults.is_empty() {
            return Err(Failure::failed(faults.join("\n"), "cargo test --package orchestrator"));
        }
        let check = check_of(configuration);
        let provider = Provider::open(configuration, &hosting)?;
        let ports = Adapters { store, bus, provider, observer: Observer::new() };
        let engine = Engine::start(ports, hosting, Limits::default()).await;
        let engine = engine.map_err(|error| not_begun(error, &check))?;
        let door = engine.door();
        let mut loops = JoinSet::new();
        for engine_loop in engine.into_loops() {
            loops.spawn(engine_loop);
        }
        loops.spawn(telemetry::keep(door.clone(), metrics.clone()));
        let ((leaving, is_leaving), (stop, stopping)) =
            (watch::channel(false), watch::channel(false));
        let settings = http_api::Settings {
            currency: configuration.currency,
            rate_limit: configuration.rate_limit(),
            requests_max: configuration.requests_max as usize,
        };
        let api = Api::new(door.clone(), settings, is_leaving);
        let connections = Connections { at_once_max: connections_max(), ..Default::default() };
        let mut servers = JoinSet::new();
        let mut addresses = vec![];
        for (service, listener) in listeners {
            addresses.extend(listener.local_addr().map(|address| (service, address)));
            let router = http_api::router(service, api.clone(), metrics.clone());
            let stop = stopping.clone();
            servers.spawn(http_api::serve(listener, router, connections, stop));
        }
        Ok(Self { door, loops, servers, leaving, stop, check, addresses })
    }

    /// Until somebody asks the process to end, its store fails, or a loop or a port of it panics.
    pub async fn run(&mut self, interrupt: &Interrupt) -> Result<(), Failure> {
        let mut status = self.door.status();
        let what = async {
            let is_failed = |status: &Status| matches!(status, Status::Failed(_));
            match status.wait_for(is_failed).await.map(|status| status.clone()) {
                Ok(Status::Failed(what)) => what,
                Ok(_) | Err(_) => "the engine has ended".into(),
            }
        };
        tokio::select! {
            () = interrupt.asked() => Ok(()),
            what = what => Err(Failure::failed(what, &self.check)),
            () = broken(&mut self.loops, &mut self.servers) => {
                let what = "a part of this process has panicked, see the log and report it: what \
                            was accepted goes on after the next start";
                Err(Failure::failed(what, &self.check))
            }
        }
    }

    /// Ends in good order, unless somebody insists: then at once, as if it were killed.
    pub async fn stop(self, interrupt: &Interrupt) {
        tokio::select! {
            () = self.end() => {}
            () = interrupt.insisted() => {
                tracing::warn!("ended at once; what was accepted goes on after the next start");
            }
        }
    }

    /// First it isn't ready any more; then there are no new connections and open requests are
    /// answered; what came in is committed; the file is closed. Whatever is cut off by a time limit
    /// goes on after the next start.
    async fn end(mut self) {
        self.leaving.send_replace(true);
        tokio::time::sleep(LEAVING_PAUSE).await;
        self.stop.send_replace(true);
        let answered = async { while self.servers.join_next().await.is_some() {} };
        if tokio::time::timeout(SERVERS_TIMEOUT, answered).await.is_err() {
            tracing::warn!("a port did not close in {SERVERS_TIMEOUT:?}");
        }
        self.door.close();
        let mut status = self.door.status();
        let over = |status: &Status| matches!(status, Status::Stopped | Status::Failed(_));
        let stopped = tokio::time::timeout(STOP_TIMEOUT, status.wait_for(over)).await;
        if stopped.is_err() {
            tracing::warn!("some messages were not handled in {STOP_TIMEOUT:?}; they stay stored");
        }
        self.loops.shutdown().await;
        if let Some(bus) = self.door.ports().bus() {
            bus.close().await;
        }
    }
}

/// Until one of them panics. The others would work on without it, and nobody would know.
async fn broken(loops: &mut JoinSet<()>, servers: &mut JoinSet<()>) {
    let mut are_well = true;
    while are_well {
        let ended = tokio::select! {
            Some(ended) = loops.join_next() => ended,
            Some(ended) = servers.join_next() => ended,
            else => std::future::pending().await,
        };
        are_well = ended.is_ok();
    }
}

/// Why the engine doesn't begin. A store that went away since it was opened is as one that wasn't
/// there.
fn not_begun(error: StoreError, check: &str) -> Failure {
    match error {
        StoreError::Unavailable(_) => Failure::usage(error, "orderweaver config explain"),
        _ => Failure::failed(error, check),
    }
}

/// Connections of one port at once: as many as the file descriptors of this process allow, with
/// some kept back for files. Running out of them in the middle of a request would be worse.
pub fn connections_max() -> usize {
    let ports = ServiceName::ALL.len();
    let wanted = (CONNECTIONS_MAX + SURPLUS_CONNECTIONS_MAX) * ports + DESCRIPTORS_KEPT;
    let granted = rlimit::increase_nofile_limit(wanted as u64).unwrap_or(0);
    let granted = usize::try_from(granted).unwrap_or(usize::MAX);
    let each = granted.saturating_sub(DESCRIPTORS_KEPT) / ports;
    each.saturating_sub(SURPLUS_CONNECTIONS_MAX).clamp(CONNECTIONS_MIN, CONNECTIONS_MAX)
}

/// Ports on which nobody is served yet.
pub type Listeners = Vec<(ServiceName, TcpListener)>;

/// Takes the port of each service that is hosted.
pub async fn listen(
    configuration: &Configuration,
    hosting: &Hosting,
) -> Result<Listeners, Failure> {
    let mut listeners = vec![];
    for service in hosting.names() {
        let listener = bind(configuration, port(service), service.as_str()).await?;
        listeners.push((service, listener));
    }
    Ok(listeners)
}

/// Takes a port, which is given before the offset, for whoever has that name.
pub async fn bind(
    configuration: &Configuration,
    port: u16,
    name: &str,
) -> Result<TcpListener, Failure> {
    let Configuration { host, port_offset, .. } = configuration;
    let port = port + port_offset;
    TcpListener::bind((*host, port)).await.map_err(|error| {
        let where_to = format!("port {port} ({name})");
        match error.kind() {
            ErrorKind::AddrInUse => {
                Failure::failed(format!("{where_to} is taken"), other_ports(*port_offset))
            }
            _ => Failure::failed(
                format!("{where_to} at {host}: {error}"),
                again_with("--host", "127.0.0.1"),
            ),
        }
    })
}

/// The command that was typed, at ports that may be free.
fn other_ports(port_offset: u16) -> String {
    let other = if port_offset < 50_000 { port_offset + 10 } else { 0 };
    again_with("--port-offset", &other.to_string())
}
