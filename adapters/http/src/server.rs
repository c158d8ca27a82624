//! Our own accept loop: `axum::serve` sets no timer, so a client that sends its headers slowly
//! would hold a connection for ever. Here headers have a deadline and connections a limit.

use crate::limits::Connection;
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

/// Connections of one port at once, where the system has so many file descriptors for us.
pub const CONNECTIONS_MAX: usize = 4_096;
/// Connections of one port beyond these: they are told to come again, and only probes are answered.
/// Still further ones wait in the backlog of the port.
pub const SURPLUS_CONNECTIONS_MAX: usize = 128;
/// How long a client may take for its headers, and how long a connection may lie idle.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(10);
/// The same on a surplus connection: others wait to be told as well.
const SURPLUS_HEADERS_TIMEOUT: Duration = Duration::from_secs(1);
/// Bytes of a request line and its headers that are read; a longer head gets a bare 431. What a
/// head may have is less (see `limits::head`), so that this happens to few.
const HEAD_BYTES_READ_MAX: usize = 64 * 1024;
/// How many headers are read; more get a bare 431. A request may have fewer.
const HEADERS_READ_MAX: usize = 256;
/// How long open requests may take once the process is about to end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// After a failed accept (no more file descriptors), so that the loop doesn't spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many connections a port has, and how long they may be idle.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// So many at once are served. [`SURPLUS_CONNECTIONS_MAX`] more are told that these are open.
    pub at_once_max: usize,
    /// How long a client may take for its headers, and how long a connection may lie idle.
    pub headers_timeout: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self { at_once_max: CONNECTIONS_MAX, headers_timeout: HEADERS_TIMEOUT }
    }
}

/// Serves these connections, until `stop` becomes true and the open requests are answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Connections,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(connections.at_once_max));
    let surplus = Arc::new(Semaphore::new(SURPLUS_CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let next = async {
            let spare = surplus.clone().acquire_owned().await;
            (spare, listener.accept().await)
        };
        let (spare, accepted) = tokio::select! {
            next = next => next,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "answers to this client may be delayed");
        }
        let place = places.clone().try_acquire_owned();
        let is_surplus = place.is_err();
        let router = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Connection { peer: peer.ip(), is_surplus });
            request
        });
        let service = TowerToHyperService::new(router);
        let http = http(connections.headers_timeout, is_surplus);
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        let permit = place.or(spare);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still open after {DRAIN_TIMEOUT:?}");
    }
}

fn http(headers_timeout: Duration, is_surplus: bool) -> http1::Builder {
    let headers_timeout = match is_surplus {
        true => headers_timeout.min(SURPLUS_HEADERS_TIMEOUT),
        false => headers_timeout,
    };
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(headers_timeout)
        .keep_alive(!is_surplus)
        .max_buf_size(HEAD_BYTES_READ_MAX)
        .max_headers(HEADERS_READ_MAX);
    builder
}
