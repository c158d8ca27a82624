//! What a setting is, and the kinds of values that one can have.

use clap::ValueEnum;
use contracts::{Currency, ServiceName};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::path::PathBuf;
use tracing_subscriber::filter::Targets;

/// One setting. Its flag, its environment variable and its key in a file derive from its name.
#[derive(Debug)]
pub struct Setting {
    /// The key in a file, such as `port_offset`.
    pub name: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// What stands for a value in the help.
    pub placeholder: &'static str,
    /// The value where nobody gives one.
    pub default: &'static str,
    /// Which values there are, with unit and bounds.
    pub allowed: fn() -> String,
    /// A value as it may be shown: without a secret.
    pub shown: fn(&str) -> String,
    /// The commands that take it as a flag, in words such as `config explain`.
    pub commands: &'static [&'static str],
}

impl Setting {
    /// Such as `--port-offset`.
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// Such as `ORDERWEAVER_PORT_OFFSET`.
    pub fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}", self.name.to_ascii_uppercase())
    }

    /// Names a file that holds the value, such as `ORDERWEAVER_PORT_OFFSET_FILE`.
    pub fn file_variable(&self) -> String {
        self.variable() + "_FILE"
    }
}

/// Every environment variable of ours begins so.
pub const VARIABLE_PREFIX: &str = "ORDERWEAVER_";

/// A kind of value: how its text is read, and what is allowed.
pub trait Kind {
    /// What the text stands for.
    type Value;

    /// Which texts are allowed, as the end of a sentence.
    fn allowed() -> String;

    /// None if the text is not allowed.
    fn read(text: &str) -> Option<Self::Value>;

    /// The text as it may be shown.
    fn shown(text: &str) -> String {
        text.into()
    }
}

/// The path of a folder.
pub struct Folder;

impl Kind for Folder {
    type Value = PathBuf;

    fn allowed() -> String {
        "the path of a folder".into()
    }

    fn read(text: &str) -> Option<PathBuf> {
        (!text.is_empty() && !text.contains('\0')).then(|| text.into())
    }
}

/// Where the store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAddress {
    /// A SQLite file in the data folder.
    Folder,
    /// A PostgreSQL database; `{role}` in its URL stands for the name of a service.
    Postgres(String),
}

/// The address of a store.
pub struct StoreUrl;

impl Kind for StoreUrl {
    type Value = StoreAddress;

    fn allowed() -> String {
        "sqlite, or postgres://user:password@host:5432/database; {role} in it stands for the \
         service's name"
            .into()
    }

    fn read(text: &str) -> Option<StoreAddress> {
        if text == "sqlite" {
            return Some(StoreAddress::Folder);
        }
        let (scheme, _) = text.split_once("://")?;
        let scheme = scheme.split_once('+').map_or(scheme, |(scheme, _)| scheme);
        let is_postgres = ["postgres", "postgresql"].contains(&scheme);
        is_postgres.then(|| StoreAddress::Postgres(text.into()))
    }

    /// What is no URL may be a password that stands where it doesn't belong.
    fn shown(text: &str) -> String {
        match text == "sqlite" || text.contains("://") {
            true => terminal::without_password(text),
            false => "***".into(),
        }
    }
}

/// Where the bus is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusAddress {
    /// There is none.
    None,
    /// Kafka, or Redpanda: `host:port,host:port`, maybe behind `kafka://`.
    Kafka(String),
}

/// The address of a bus.
pub struct BusUrl;

impl Kind for BusUrl {
    type Value = BusAddress;

    fn allowed() -> String {
        "none, or kafka://host:9092,other-host:9092".into()
    }

    fn read(text: &str) -> Option<BusAddress> {
        match text.split_once("://") {
            _ if text == "none" => Some(BusAddress::None),
            Some((scheme, _)) if scheme != "kafka" => None,
            // The predecessor's list has no scheme.
            None if !text.contains(':') => None,
            _ => Some(BusAddress::Kafka(text.into())),
        }
    }

    fn shown(text: &str) -> String {
        terminal::without_password(text)
    }
}

/// Where the payment provider is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderAddress {
    /// The built-in one is part of the process, with books in the data folder.
    Inside,
    /// It is asked over HTTP.
    Elsewhere(payment_http::Address),
}

/// The address of a payment provider.
pub struct ProviderUrl;

impl Kind for ProviderUrl {
    type Value = ProviderAddress;

    fn allowed() -> String {
        format!("fake, or http://host:{PROVIDER_PORT}")
    }

    fn read(text: &str) -> Option<ProviderAddress> {
        match text {
            "fake" => Some(ProviderAddress::Inside),
            _ => text.parse().ok().map(ProviderAddress::Elsewhere),
        }
    }

    fn shown(text: &str) -> String {
        terminal::without_password(text)
    }
}

/// Yes or no.
pub struct Switch;

impl Kind for Switch {
    type Value = bool;

    fn allowed() -> String {
        "true or false".into()
    }

    /// Also in the words that the predecessor could read.
    fn read(text: &str) -> Option<bool> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }
}

/// A name of one word, or none.
pub struct Name;

/// Bytes of a name.
const NAME_BYTES_MAX: usize = 100;

impl Kind for Name {
    type Value = Option<String>;

    fn allowed() -> String {
        format!("nothing, or up to {NAME_BYTES_MAX} of the letters a-z, A-Z, 0-9, '.', '_', '-'")
    }

    fn read(text: &str) -> Option<Option<String>> {
        let is_letter = |it: u8| it.is_ascii_alphanumeric() || b"._-".contains(&it);
        let is_name = text.len() <= NAME_BYTES_MAX && text.bytes().all(is_letter);
        is_name.then(|| (!text.is_empty()).then(|| text.into()))
    }
}

/// Which services a process hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// All four, on one store.
    All,
    /// One of them.
    Orders,
    /// One of them.
    Payments,
    /// One of them.
    Inventory,
    /// One of them.
    Orchestrator,
}

impl Role {
    /// The services.
    pub fn services(self) -> Vec<ServiceName> {
        match self {
            Self::All => ServiceName::ALL.into(),
            Self::Orders => vec![ServiceName::Orders],
            Self::Payments => vec![ServiceName::Payments],
            Self::Inventory => vec![ServiceName::Inventory],
            Self::Orchestrator => vec![ServiceName::Orchestrator],
        }
    }
}

/// An IP address of this machine.
pub struct Address;

impl Kind for Address {
    type Value = IpAddr;

    fn allowed() -> String {
        "an IP address such as 127.0.0.1, 0.0.0.0 (all of IPv4) or :: (all)".into()
    }

    fn read(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }
}

/// The port of the built-in provider before the offset: the highest.
pub const PROVIDER_PORT: u16 = 8_009;
const PORT_OFFSET_MAX: u16 = u16::MAX - PROVIDER_PORT;

/// What is added to the ports.
pub struct PortOffset;

impl Kind for PortOffset {
    type Value = u16;

    fn allowed() -> String {
        format!("a whole number from 0 to {PORT_OFFSET_MAX}")
    }

    fn read(text: &str) -> Option<u16> {
        text.parse().ok().filter(|offset| *offset <= PORT_OFFSET_MAX)
    }
}

/// A whole number.
pub struct Whole<const MIN: u32, const MAX: u32>;

impl<const MIN: u32, const MAX: u32> Kind for Whole<MIN, MAX> {
    type Value = u32;

    fn allowed() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }

    fn read(text: &str) -> Option<u32> {
        text.parse().ok().filter(|number| (MIN..=MAX).contains(number))
    }
}

/// A currency of ISO 4217.
pub struct CurrencyCode;

impl Kind for CurrencyCode {
    type Value = Currency;

    fn allowed() -> String {
        "a code of ISO 4217 such as USD, EUR or JPY".into()
    }

    fn read(text: &str) -> Option<Currency> {
        text.parse().ok()
    }
}

/// Levels of the log, by crate.
pub struct LogFilter;

impl Kind for LogFilter {
    type Value = Targets;

    fn allowed() -> String {
        format!("one of {}, also by crate, such as warn,engine=debug", LEVELS.join(", "))
    }

    /// The parser alone would take any word for a crate whose every line is wanted.
    fn read(text: &str) -> Option<Targets> {
        let level = |part: &str| part.rsplit('=').next().unwrap_or(part).to_ascii_lowercase();
        let has_level = |part: &str| LEVELS.contains(&level(part).as_str());
        text.split(',').all(has_level).then(|| text.parse().ok()).flatten()
    }
}

const LEVELS: &[&str] = &["off", "error", "warn", "info", "debug", "trace"];

/// One of some words.
pub struct OneOf<T>(PhantomData<T>);

impl<T: ValueEnum> Kind for OneOf<T> {
    type Value = T;

    fn allowed() -> String {
        let words = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let words: Vec<String> = words.map(|word| word.get_name().to_string()).collect();
        format!("one of {}", words.join(", "))
    }

    fn read(text: &str) -> Option<T> {
        T::from_str(text, false).ok()
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `pretty` on a terminal, `json` elsewhere.
    Auto,
    /// One JSON object per line.
    Json,
    /// Text for people.
    Pretty,
}
