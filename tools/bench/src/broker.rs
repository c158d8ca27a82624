//! The Kafka of a benchmark, and topics on it that are removed in the end.

use crate::measure::listener::listener;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use terminal::{Failure, again_with, note, without_password};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Removes every topic whose name begins so, and blocks meanwhile: what the binary can do if it was
/// built with Kafka. The first text is the brokers, the second the beginning.
pub type RemoveTopics = fn(&str, &str) -> Result<(), Failure>;

/// What a broker runs as.
const PROGRAMS: [&str; 2] = ["java", "redpanda"];
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Brokers on which topics may be made.
pub struct Broker {
    /// As a shop's setting.
    url: String,
    /// The process of the only one, if that is on this machine.
    pid: Option<u32>,
    remove: RemoveTopics,
    is_kept: bool,
}

/// The topics of one shop.
pub struct Topics {
    broker: Arc<Broker>,
    prefix: String,
}

impl Broker {
    /// Those of a URL such as `kafka://host:9092,other:9092`; the scheme may be left out.
    ///
    /// # Errors
    /// None of them answers.
    pub async fn reach(url: &str, remove: RemoveTopics, is_kept: bool) -> Result<Self, Failure> {
        let refused = |what: &str| {
            let what = format!("--bus {}: {what}", without_password(url));
            Failure::usage(what, again_with("--bus", "kafka://HOST:9092"))
        };
        if url.contains('@') {
            return Err(refused("a user or password isn't supported"));
        }
        let mut trouble = "it names no broker".to_string();
        let places = url.trim_start_matches("kafka://").trim_end_matches('/');
        for place in places.split(',') {
            match timeout(CONNECT_TIMEOUT, TcpStream::connect(place.trim())).await {
                Ok(Ok(stream)) => {
                    // Of several, one doesn't tell of all.
                    let place = stream.peer_addr().ok().filter(|_| !places.contains(','));
                    let (url, pid) = (url.into(), place.and_then(process));
                    return Ok(Self { url, pid, remove, is_kept });
                }
                Ok(Err(error)) => trouble = error.to_string(),
                Err(_) => trouble = format!("no answer within {CONNECT_TIMEOUT:?}"),
            }
        }
        Err(refused(&trouble))
    }

    /// Its process, if it is on this machine.
    pub const fn pid(&self) -> Option<u32> {
        self.pid
    }
}

/// The broker that listens there, on this machine. Somebody else there passes on what comes, and
/// costs something else.
fn process(place: SocketAddr) -> Option<u32> {
    let pid = place.ip().is_loopback().then(|| listener(place.port())).flatten()?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    PROGRAMS.contains(&name.trim_end()).then_some(pid)
}

impl Topics {
    /// Those whose names begin so. The shop makes them.
    pub const fn new(broker: Arc<Broker>, prefix: String) -> Self {
        Self { broker, prefix }
    }

    /// Where they are and how they begin, as settings of a shop.
    pub fn settings(&self) -> [(&'static str, &str); 2] {
        [("ORDERWEAVER_BUS", &self.broker.url), ("ORDERWEAVER_BUS_PREFIX", &self.prefix)]
    }

    /// The broker that they are on.
    pub fn broker(&self) -> &Broker {
        &self.broker
    }
}

impl Drop for Topics {
    fn drop(&mut self) {
        let Self { broker, prefix } = self;
        if broker.is_kept {
            return;
        }
        // On a thread of its own: it may block.
        let removed =
            thread::scope(|scope| scope.spawn(|| (broker.remove)(&broker.url, prefix)).join());
        if let Ok(Err(failure)) = removed {
            note(format_args!("topics that begin with {prefix} stay: {}", failure.what));
        }
    }
}
