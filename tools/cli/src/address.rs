//! Where the four services answer.

use contracts::ServiceName;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;
use terminal::Failure;
use ureq::http::Uri;

/// Where orders answer if nothing else is said.
pub const DEFAULT_URL: &str = "http://localhost:8001";
const DEFAULT_PORT: u16 = 8_001;
/// For a look whether anybody is there.
const LOOK_MAX: Duration = Duration::from_millis(200);

/// The address of each service, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses([String; ServiceName::ALL.len()]);

impl Addresses {
    /// From the address of orders: the others follow at the next ports.
    ///
    /// # Errors
    /// It is no address, or names no port.
    pub fn from_url(url: &str) -> Result<Self, Failure> {
        let base = base(url)?;
        let wrong = |what: &str| Failure::usage(format!("--url {url}: {what}"), EXAMPLE);
        let (host, port) = match base.rsplit_once(':') {
            Some((host, port)) if !host.ends_with("http") && !host.ends_with("https") => {
                (host, port.parse::<u16>().map_err(|_| wrong("its port is no number"))?)
            }
            _ => return Err(wrong(NO_PORT)),
        };
        let mut addresses: [String; ServiceName::ALL.len()] = Default::default();
        for (address, port) in addresses.iter_mut().zip(port..=u16::MAX) {
            *address = format!("{host}:{port}");
        }
        match addresses.last() {
            Some(last) if !last.is_empty() => Ok(Self(addresses)),
            _ => Err(wrong("the ports of the other services would be larger than 65535")),
        }
    }

    /// Each service by an address of its own, in the order of `ServiceName::ALL`.
    ///
    /// # Errors
    /// One is no address.
    pub fn from_each(urls: [&str; ServiceName::ALL.len()]) -> Result<Self, Failure> {
        let mut addresses: [String; ServiceName::ALL.len()] = Default::default();
        for (address, url) in addresses.iter_mut().zip(urls) {
            *address = base(url)?;
        }
        Ok(Self(addresses))
    }

    /// Where that service answers.
    pub fn of(&self, service: ServiceName) -> &str {
        let mut all = ServiceName::ALL.iter().zip(&self.0);
        all.find(|(name, _)| **name == service).map_or("", |(_, address)| address)
    }

    /// The command after a service has not answered. Where that is here it starts a shop, or that
    /// service if others answer; else it says which shops there are.
    pub fn start(&self, silent: ServiceName) -> String {
        self.started(silent, || self.others_answer(silent))
    }

    fn started(&self, silent: ServiceName, others_answer: impl FnOnce() -> bool) -> String {
        let orders = self.of(ServiceName::Orders);
        let port = orders.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let is_whole = Self::from_url(orders).is_ok_and(|whole| whole == *self);
        let offset = port.and_then(|port| port.checked_sub(DEFAULT_PORT));
        let Some(offset) = offset.filter(|_| is_whole && self.are_local()) else {
            return "orderweaver profile list".into();
        };
        let command = match others_answer() {
            true => format!("orderweaver serve --role {silent}"),
            false => "orderweaver dev".into(),
        };
        if offset == 0 { command } else { format!("{command} --port-offset {offset}") }
    }

    /// Whether somebody takes connections where another service would be.
    fn others_answer(&self, silent: ServiceName) -> bool {
        let others = ServiceName::ALL.into_iter().filter(|service| *service != silent);
        let places = others.filter_map(|service| self.of(service).split_once("://"));
        let mut addresses = places.flat_map(|(_, place)| place.to_socket_addrs().into_iter());
        addresses.any(|mut found| found.any(|it| TcpStream::connect_timeout(&it, LOOK_MAX).is_ok()))
    }

    /// Whether the services run on this machine, as far as the addresses tell.
    pub fn are_local(&self) -> bool {
        let here = ["://localhost:", "://127.0.0.1:", "://[::1]:"];
        self.0.iter().all(|address| here.iter().any(|host| address.contains(host)))
    }
}

const EXAMPLE: &str = "orderweaver status --url http://localhost:8001";
const NO_PORT: &str = "it names no port; payments, inventory and orchestrator follow at port +1, \
                       +2 and +3 (or name all four in a profile)";

/// Scheme, host and port.
fn base(url: &str) -> Result<String, Failure> {
    let wrong = || {
        let what = format!("{url:?} is no address such as {DEFAULT_URL}");
        Failure::usage(what, EXAMPLE)
    };
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    match (uri.scheme_str(), uri.authority(), uri.path_and_query().map(|it| it.as_str())) {
        (Some("http" | "https"), Some(host), None | Some("/")) if !host.as_str().contains('@') => {
            Ok(url.trim_end_matches('/').into())
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<(&str, &str), &str>) {
        let read = Addresses::from_url(url);
        let told = read.as_ref().map_err(|failure| failure.what.as_str()).map(|addresses| {
            (addresses.of(ServiceName::Orders), addresses.of(ServiceName::Orchestrator))
        });
        match (told, expected) {
            (Err(told), Err(part)) => assert!(told.contains(part), "{told}"),
            (told, expected) => assert_eq!(told, expected),
        }
    }

    #[test]
    fn the_other_services_follow_at_the_next_ports() {
        check("http://localhost:8001", Ok(("http://localhost:8001", "http://localhost:8004")));
        check("https://shop:9001/", Ok(("https://shop:9001", "https://shop:9004")));
        check("http://[::1]:8001", Ok(("http://[::1]:8001", "http://[::1]:8004")));
    }

    #[test]
    fn a_shop_that_does_not_answer_is_started_where_it_was_looked_for() {
        let silent = ServiceName::Payments;
        let check = |url: &str, others_answer, expected: &str| {
            let addresses = Addresses::from_url(url).expect("an address");
            assert_eq!(addresses.started(silent, || others_answer), expected, "{url}");
        };
        check("http://localhost:8001", false, "orderweaver dev");
        check("http://localhost:8001", true, "orderweaver serve --role payments");
        check("http://127.0.0.1:8601", false, "orderweaver dev --port-offset 600");
        check("http://127.0.0.1:8601", true, "orderweaver serve --role payments --port-offset 600");
        check("http://localhost:80", false, "orderweaver profile list");
        check("http://shop:8001", true, "orderweaver profile list");
        let apart = ["http://localhost:1", "http://localhost:3", "http://a:1", "http://a:2"];
        let apart = Addresses::from_each(apart).expect("addresses");
        assert_eq!(apart.started(silent, || true), "orderweaver profile list");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let no_address = "is no address such as http://localhost:8001";
        for url in ["", "shop", "shop:8001", "ftp://shop:8001", "http://", "http://shop:8001/x"] {
            check(url, Err(no_address));
        }
        check("http://shop", Err("names no port"));
        check("https://shop", Err("names no port"));
        check("http://shop:65534", Err("larger than 65535"));
    }
}
