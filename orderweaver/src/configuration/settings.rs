//! The table of all settings.

use super::setting::{
    Address, BusUrl, CurrencyCode, Folder, Kind, LogFilter, LogFormat, Name, OneOf, PortOffset,
    ProviderUrl, Role, Setting, StoreUrl, Switch, Whole,
};
use super::sources::{Value, read};
use http_api::RateLimit;
use std::num::NonZeroU32;
use std::time::Duration;

/// From one line per setting: the table, and the type of what comes out of it. A line is
/// `name: kind = default, placeholder, commands that take it as a flag`, under its meaning.
macro_rules! settings {
    ($(
        $(#[doc = $meaning:literal])+
        $name:ident: $kind:ty = $default:literal, $placeholder:literal, $commands:expr;
    )+) => {
        /// Every setting, in the order in which they are told.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            meaning: concat!($($meaning),+).trim_ascii(),
            placeholder: $placeholder,
            default: $default,
            allowed: <$kind as Kind>::allowed,
            shown: <$kind as Kind>::shown,
            commands: $commands,
        }),+];

        /// What a process runs with.
        #[cfg_attr(not(feature = "kafka"), allow(dead_code, reason = "some is for Kafka alone"))]
        pub struct Configuration {
            $($(#[doc = $meaning])+ pub $name: <$kind as Kind>::Value,)+
        }

        impl Configuration {
            /// What the values say.
            ///
            /// # Errors
            /// Each value that is not allowed, with where it came from and what is.
            pub fn read(values: &[Value]) -> Result<Self, Vec<String>> {
                let mut faults = vec![];
                $(let $name = read::<$kind>(values, stringify!($name), &mut faults);)+
                match ($($name,)+) {
                    ($(Some($name),)+) => Ok(Self { $($name),+ }),
                    _ => Err(faults),
                }
            }
        }
    };
}

const SERVERS: &[&str] = &["dev", "serve", "config explain"];
const ON_PORTS: &[&str] = &["dev", "serve", "provider-fake", "config explain"];
const SERVES: &[&str] = &["serve", "config explain"];
const ON_DATA: &[&str] = &["dev", "serve", "provider-fake", "config explain", "check"];
const ON_ADDRESS: &[&str] = &["dev", "serve", "provider-fake", "healthcheck", "config explain"];
const ON_ROLE: &[&str] = &["serve", "healthcheck", "config explain"];
const ON_PROVIDER: &[&str] = &["serve", "config explain", "check", "move"];
const ON_STORE: &[&str] = &["serve", "config explain", "check", "migrate up", "migrate status"];

settings! {
    /// The folder that holds the data.
    data: Folder = ".orderweaver", "DIR", ON_DATA;
    /// Where the store is: a SQLite file in the data folder, or a PostgreSQL database.
    store: StoreUrl = "sqlite", "URL", ON_STORE;
    /// Where the payment provider is: part of the process, or a server that several share.
    provider: ProviderUrl = "fake", "URL", ON_PROVIDER;
    /// Where the bus is that carries messages between services hosted apart, and events to others.
    bus: BusUrl = "none", "URL", SERVES;
    /// Go on without a bus: what is to be published is kept until there is one.
    bus_disabled: Switch = "false", "BOOL", SERVES;
    /// Stands before the names of topics and consumer groups, so that shops can share brokers.
    bus_prefix: Name = "", "NAME", SERVES;
    /// Partitions of topics that are made, and at least of those that are there.
    bus_partitions: Whole<1, 1_000> = "4", "N", SERVES;
    /// On how many brokers the messages of topics that are made are kept.
    bus_replication: Whole<1, 100> = "1", "N", SERVES;
    /// What tells this process from other replicas of its service, the same after a restart.
    replica: Name = "", "NAME", SERVES;
    /// Which services a process hosts: all on one store, or one of them.
    role: OneOf<Role> = "all", "ROLE", ON_ROLE;
    /// The address to listen on.
    host: Address = "127.0.0.1", "ADDRESS", ON_ADDRESS;
    /// Added to every port: 8001 orders, 8002 payments, 8003 inventory, 8004 orchestrator, 8009 the
    /// built-in provider.
    port_offset: PortOffset = "0", "N", ON_ADDRESS;
    /// The currency of amounts that name none.
    currency: CurrencyCode = "USD", "CODE", SERVERS;
    /// Requests in a window that one client (an Authorization, else an address) may make; 0: any.
    rate_limit: Whole<0, 1_000_000> = "0", "N", SERVERS;
    /// How long a window of the rate limit is, in seconds; it begins with a client's request.
    rate_limit_window: Whole<1, 86_400> = "60", "SECONDS", SERVERS;
    /// Requests that are handled at once, over all ports; more are told to come again.
    requests_max: Whole<1, 65_536> = "2048", "N", SERVERS;
    /// What is logged, to standard error.
    log: LogFilter = "warn", "FILTER", ON_PORTS;
    /// How log lines look: auto is pretty on a terminal and json elsewhere.
    log_format: OneOf<LogFormat> = "auto", "FORMAT", ON_PORTS;
}

impl Configuration {
    /// How much one client may ask; without it as much as it likes.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        let requests = NonZeroU32::new(self.rate_limit)?;
        let window = Duration::from_secs(self.rate_limit_window.into());
        Some(RateLimit { requests, window })
    }
}
