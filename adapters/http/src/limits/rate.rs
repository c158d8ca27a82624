//! How much one client may ask. The headers are those of the IETF's draft on rate limit fields.

use super::Connection;
use crate::settings::RateLimit;
use axum::extract::Request;
use axum::http::header;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Clients that are known at once. Beyond that, each counts for its address, and the addresses that
/// come last count together.
const CLIENTS_MAX: usize = 65_536;
/// After so many requests the clients whose window is over are forgotten.
const SWEEP_REQUESTS: u32 = 4_096;

/// What clients share an allowance by.
type Partition = [u8; 12];

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Who it says it is: its `Authorization`, by its hash, if there is one. Nobody verifies it.
    claimed: Option<Partition>,
    /// The address, by its hash; of IPv6 the network, because one customer has all of it.
    address: Partition,
}

impl Client {
    /// Who sent that request.
    pub fn of(request: &Request) -> Self {
        let peer = request.extensions().get::<Connection>().map(|it| it.peer);
        let address = network(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
        let claimed = request.headers().get(header::AUTHORIZATION);
        Self {
            claimed: claimed.map(|value| hash(value.as_bytes())),
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
        /// Until the next one may come: then all are there again.
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

/// What a client has asked since its window began, which is with a request of its own.
struct Window {
    begun: Instant,
    requests: u32,
}

/// The windows of all clients, and how many requests came since the last look for old ones.
#[derive(Default)]
struct Windows {
    of: HashMap<Partition, Window>,
    requests: u32,
}

/// How much each client has asked.
pub struct RateLimiter {
    /// What was configured.
    pub limit: RateLimit,
    windows: Mutex<Windows>,
    clients_max: usize,
}

impl RateLimiter {
    /// Nobody has asked anything yet.
    pub fn new(limit: RateLimit) -> Self {
        Self::with(limit, CLIENTS_MAX)
    }

    fn with(limit: RateLimit, clients_max: usize) -> Self {
        Self { limit, windows: Mutex::default(), clients_max }
    }

    /// Counts a request, and whether it is let in; then the header `RateLimit-Policy`.
    pub fn judge(&self, client: &Client, now: Instant) -> (Verdict, String) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let partition = self.partition(client, windows.of.len());
        let verdict = self.count(&mut windows, partition, now);
        let (requests, window) = (self.limit.requests, self.limit.window.as_secs());
        let partition = BASE64_STANDARD.encode(partition);
        (verdict, format!("\"default\";q={requests};w={window};pk=:{partition}:"))
    }

    fn count(&self, windows: &mut Windows, partition: Partition, now: Instant) -> Verdict {
        let passed = |window: &Window| now.saturating_duration_since(window.begun);
        let is_over = |window: &Window| passed(window) >= self.limit.window;
        windows.requests += 1;
        if windows.requests == SWEEP_REQUESTS {
            windows.requests = 0;
            windows.of.retain(|_, window| !is_over(window));
            windows.of.shrink_to_fit();
        }
        let fresh = || Window { begun: now, requests: 0 };
        let window = windows.of.entry(partition).or_insert_with(fresh);
        if is_over(window) {
            *window = fresh();
        }
        let seconds = whole_seconds(self.limit.window.saturating_sub(passed(window)));
        match self.limit.requests.get() - window.requests {
            0 => Verdict::Refused { seconds },
            left => {
                window.requests += 1;
                Verdict::Allowed { remaining: left - 1, seconds }
            }
        }
    }

    /// Where too many clients are known already, each counts for its address; the addresses that
    /// come last count together.
    fn partition(&self, client: &Client, known: usize) -> Partition {
        match (known / self.clients_max, client.claimed) {
            (0, Some(claimed)) => claimed,
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
    use std::num::NonZeroU32;
    use std::time::{Duration, Instant};

    fn limiter(requests: u32, seconds: u64, clients_max: usize) -> RateLimiter {
        let requests = NonZeroU32::new(requests).expect("not zero");
        let limit = RateLimit { requests, window: Duration::from_secs(seconds) };
        RateLimiter::with(limit, clients_max)
    }

    fn client(claimed: Option<u8>, address: u8) -> Client {
        let partition = |it: u8| Partition::from([it; 12]);
        Client { claimed: claimed.map(partition), address: partition(address) }
    }

    fn check(limiter: &RateLimiter, client: &Client, now: Instant, field: &str) {
        let (verdict, policy) = limiter.judge(client, now);
        assert_eq!(verdict.field(), format!("\"default\";{field}"));
        assert!(policy.starts_with("\"default\";q=4;w=60;pk=:"), "{policy}");
    }

    #[test]
    fn each_client_has_an_allowance_that_comes_back_when_its_window_is_over() {
        let (limiter, begin) = (limiter(4, 60, 100), Instant::now());
        let (one, other) = (client(Some(1), 9), client(None, 9));
        let at = |millis: u64| begin + Duration::from_millis(millis);
        check(&limiter, &one, at(0), "r=3;t=60");
        check(&limiter, &one, at(0), "r=2;t=60");
        check(&limiter, &one, at(100), "r=1;t=60");
        check(&limiter, &one, at(15_000), "r=0;t=45");
        assert_eq!(limiter.judge(&one, at(15_100)).0, Verdict::Refused { seconds: 45 });
        check(&limiter, &other, at(15_100), "r=3;t=60");
        assert_eq!(limiter.judge(&one, at(59_999)).0, Verdict::Refused { seconds: 1 });
        check(&limiter, &one, at(60_000), "r=3;t=60");
        check(&limiter, &other, at(60_000), "r=2;t=16");
    }

    #[test]
    fn a_window_lets_in_what_was_said_however_the_requests_are_spread() {
        let check = |interval_millis: u64, expected: usize| {
            let (limiter, begin) = (limiter(10, 10, 100), Instant::now());
            let times = (0..10_000).step_by(usize::try_from(interval_millis).expect("small"));
            let is_let_in = |millis: u64| {
                let now = begin + Duration::from_millis(millis);
                matches!(limiter.judge(&client(None, 9), now).0, Verdict::Allowed { .. })
            };
            let let_in = times.filter(|millis| is_let_in(*millis)).count();
            assert_eq!(let_in, expected, "one each {interval_millis} ms");
        };
        check(1, 10);
        check(100, 10);
        check(1_000, 10);
        check(2_000, 5);
    }

    #[test]
    fn clients_whose_window_is_over_are_forgotten() {
        let (limiter, begin) = (limiter(4, 60, 100_000), Instant::now());
        for claimed in 0..255 {
            limiter.judge(&client(Some(claimed), 9), begin);
        }
        let known = || limiter.windows.lock().expect("no panic").of.len();
        assert_eq!(known(), 255);
        for _ in 0..super::SWEEP_REQUESTS {
            limiter.judge(&client(Some(1), 9), begin + Duration::from_secs(60));
        }
        assert_eq!(known(), 1);
    }

    #[test]
    fn made_up_clients_without_end_count_for_their_address_and_then_together() {
        let (limiter, now) = (limiter(4, 60, 10), Instant::now());
        let check = |client: Client, left: u32| {
            check(&limiter, &client, now, &format!("r={left};t=60"));
        };
        for claimed in 1..=10 {
            check(client(Some(claimed), 99), 3);
        }
        check(client(Some(11), 99), 3);
        check(client(Some(12), 99), 2);
        for address in 101..=109 {
            check(client(None, address), 3);
        }
        check(client(None, 110), 3);
        check(client(None, 111), 2);
        assert_eq!(limiter.windows.lock().expect("no panic").of.len(), 21);
    }

    fn sender(address: &str, claimed: Option<&str>) -> Client {
        let mut request = Request::get("/orders").header("x-forwarded-for", "10.9.9.9");
        if let Some(claimed) = claimed {
            request = request.header("authorization", claimed);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        let peer = address.parse().expect("an address");
        request.extensions_mut().insert(Connection { peer, is_surplus: false });
        Client::of(&request)
    }

    #[test]
    fn a_client_is_known_by_what_it_claims_and_by_its_own_address() {
        let one = sender("10.1.2.3", None);
        assert_eq!(sender("10.1.2.3", None), one);
        assert_eq!(sender("::ffff:10.1.2.3", None), one);
        assert_ne!(sender("10.1.2.4", None).address, one.address);
        let (first, moved) = (sender("10.1.2.3", Some("k")), sender("10.1.2.4", Some("k")));
        assert!(first.claimed.is_some() && first.claimed == moved.claimed);
        assert_eq!(first.address, one.address);
        assert_ne!(sender("10.1.2.3", Some("l")).claimed, first.claimed);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let of = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(of("10.1.2.3"), "10.1.2.3");
        assert_eq!(of("::ffff:10.1.2.3"), "10.1.2.3");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
