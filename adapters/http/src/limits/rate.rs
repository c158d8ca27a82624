//! How much one client may ask. The headers are those of the IETF's draft on rate limit fields.

use super::Connection;
use crate::settings::RateLimit;
use axum::extract::Request;
use axum::http::header;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter as Governor};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Clients that are known at once. Beyond that, keys count for their address, and the addresses
/// that come last count together.
const CLIENTS_MAX: usize = 65_536;
/// After so many requests the clients that were quiet for a window are forgotten.
const SWEEP_REQUESTS: u32 = 4_096;

/// What clients share an allowance by.
type Partition = [u8; 12];

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The API key, by its hash, if there is one.
    key: Option<Partition>,
    /// The address, by its hash; of IPv6 the network, because one customer has all of it.
    address: Partition,
}

impl Client {
    /// Who sent that request.
    pub fn of(request: &Request) -> Self {
        let peer = request.extensions().get::<Connection>().map(|it| it.peer);
        let address = network(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
        let key = request.headers().get(header::AUTHORIZATION);
        Self {
            key: key.map(|key| hash(key.as_bytes())),
            address: hash(address.to_string().as_bytes()),
        }
    }
}

fn hash(bytes: &[u8]) -> Partition {
    let digest = Sha256::digest(bytes);
    let mut hash = Partition::default();
    hash.copy_from_slice(&digest[..12]);
    hash
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// What is said to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is let in.
    Allowed {
        /// Requests that are left.
        remaining: u32,
        /// Until all are there again.
        seconds: u32,
    },
    /// It isn't.
    Refused {
        /// Until the next one may come.
        seconds: u32,
    },
}

impl Verdict {
    /// As the header `RateLimit`.
    pub fn field(self) -> String {
        let (remaining, seconds) = match self {
            Self::Allowed { remaining, seconds } => (remaining, seconds),
            Self::Refused { seconds } => (0, seconds),
        };
        format!("\"default\";r={remaining};t={seconds}")
    }
}

type Buckets<C> = Governor<Partition, DashMapStateStore<Partition>, C, StateInformationMiddleware>;

/// How much each client has asked.
pub struct RateLimiter<C: Clock = DefaultClock> {
    /// What was configured.
    pub limit: RateLimit,
    buckets: Buckets<C>,
    clock: C,
    clients_max: usize,
    requests: AtomicU32,
}

impl RateLimiter {
    /// By the clock of this machine.
    pub fn new(limit: RateLimit) -> Self {
        Self::by(DefaultClock::default(), limit, CLIENTS_MAX)
    }
}

impl<C: Clock + Clone> RateLimiter<C> {
    fn by(clock: C, limit: RateLimit, clients_max: usize) -> Self {
        let interval = (limit.window / limit.requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(interval).map(|quota| quota.allow_burst(limit.requests));
        let quota = quota.unwrap_or_else(|| Quota::per_second(limit.requests));
        let buckets = Governor::dashmap_with_clock(quota, clock.clone()).with_middleware();
        Self { limit, buckets, clock, clients_max, requests: AtomicU32::new(0) }
    }

    /// Counts a request, and whether it is let in; then the header `RateLimit-Policy`.
    pub fn judge(&self, client: &Client) -> (Verdict, String) {
        if self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP_REQUESTS == SWEEP_REQUESTS - 1 {
            self.buckets.retain_recent();
            self.buckets.shrink_to_fit();
        }
        let partition = self.partition(client);
        let verdict = match self.buckets.check_key(&partition) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = self.limit.requests.get().saturating_sub(remaining);
                let interval = self.limit.window / self.limit.requests.get();
                Verdict::Allowed { remaining, seconds: whole_seconds(interval * used) }
            }
            Err(until) => {
                let seconds = whole_seconds(until.wait_time_from(self.clock.now())).max(1);
                Verdict::Refused { seconds }
            }
        };
        let (requests, window) = (self.limit.requests, self.limit.window.as_secs());
        let partition = BASE64_STANDARD.encode(partition);
        (verdict, format!("\"default\";q={requests};w={window};pk=:{partition}:"))
    }

    /// Where too many clients are known already, keys count for their address; the addresses that
    /// come last count together.
    fn partition(&self, client: &Client) -> Partition {
        match (self.buckets.len() / self.clients_max, client.key) {
            (0, Some(key)) => key,
            (0 | 1, _) => client.address,
            _ => Partition::default(),
        }
    }
}

/// Rounded up, so that nobody comes too early.
fn whole_seconds(span: Duration) -> u32 {
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Client, Connection, Partition, RateLimiter, Verdict, network};
    use crate::settings::RateLimit;
    use axum::body::Body;
    use axum::extract::Request;
    use governor::clock::FakeRelativeClock;
    use std::num::NonZeroU32;
    use std::time::Duration;

    fn limiter(clients_max: usize) -> (FakeRelativeClock, RateLimiter<FakeRelativeClock>) {
        let requests = NonZeroU32::new(4).expect("not zero");
        let limit = RateLimit { requests, window: Duration::from_secs(60) };
        let clock = FakeRelativeClock::default();
        (clock.clone(), RateLimiter::by(clock, limit, clients_max))
    }

    fn client(key: Option<u8>, address: u8) -> Client {
        let partition = |it: u8| Partition::from([it; 12]);
        Client { key: key.map(partition), address: partition(address) }
    }

    fn check(limiter: &RateLimiter<FakeRelativeClock>, client: &Client, field: &str) {
        let (verdict, policy) = limiter.judge(client);
        assert_eq!(verdict.field(), format!("\"default\";{field}"));
        assert!(policy.starts_with("\"default\";q=4;w=60;pk=:"), "{policy}");
    }

    #[test]
    fn each_client_has_an_allowance_that_comes_back_with_time() {
        let (clock, limiter) = limiter(100);
        let (one, other) = (client(Some(1), 9), client(None, 9));
        check(&limiter, &one, "r=3;t=15");
        check(&limiter, &one, "r=2;t=30");
        check(&limiter, &one, "r=1;t=45");
        check(&limiter, &one, "r=0;t=60");
        assert_eq!(limiter.judge(&one).0, Verdict::Refused { seconds: 15 });
        check(&limiter, &other, "r=3;t=15");
        clock.advance(Duration::from_millis(14_100));
        check(&limiter, &one, "r=0;t=1");
        clock.advance(Duration::from_millis(900));
        check(&limiter, &one, "r=0;t=60");
        clock.advance(Duration::from_secs(60));
        check(&limiter, &one, "r=3;t=15");
    }

    #[test]
    fn clients_that_were_quiet_are_forgotten() {
        let (clock, limiter) = limiter(100_000);
        for key in 0..255 {
            limiter.judge(&client(Some(key), 9));
        }
        assert_eq!(limiter.buckets.len(), 255);
        clock.advance(Duration::from_secs(60));
        for _ in 0..super::SWEEP_REQUESTS {
            limiter.judge(&client(Some(1), 9));
        }
        assert_eq!(limiter.buckets.len(), 1);
    }

    #[test]
    fn made_up_keys_without_end_count_for_their_address_and_then_together() {
        let (_, limiter) = limiter(10);
        for key in 1..=10 {
            check(&limiter, &client(Some(key), 99), "r=3;t=15");
        }
        check(&limiter, &client(Some(11), 99), "r=3;t=15");
        check(&limiter, &client(Some(12), 99), "r=2;t=30");
        for address in 101..=109 {
            check(&limiter, &client(None, address), "r=3;t=15");
        }
        check(&limiter, &client(None, 110), "r=3;t=15");
        check(&limiter, &client(None, 111), "r=2;t=30");
        assert_eq!(limiter.buckets.len(), 21);
    }

    fn sender(address: &str, api_key: Option<&str>) -> Client {
        let mut request = Request::get("/orders").header("x-forwarded-for", "10.9.9.9");
        if let Some(api_key) = api_key {
            request = request.header("authorization", api_key);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        let peer = address.parse().expect("an address");
        request.extensions_mut().insert(Connection { peer, is_surplus: false });
        Client::of(&request)
    }

    #[test]
    fn a_client_is_known_by_its_key_and_by_its_own_address() {
        let one = sender("10.1.2.3", None);
        assert_eq!(sender("10.1.2.3", None), one);
        assert_eq!(sender("::ffff:10.1.2.3", None), one);
        assert_ne!(sender("10.1.2.4", None).address, one.address);
        let (keyed, moved) = (sender("10.1.2.3", Some("k")), sender("10.1.2.4", Some("k")));
        assert!(keyed.key.is_some() && keyed.key == moved.key && keyed.address == one.address);
        assert_ne!(sender("10.1.2.3", Some("l")).key, keyed.key);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(of("10.1.2.3"), "10.1.2.3");
        assert_eq!(of("::ffff:10.1.2.3"), "10.1.2.3");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
