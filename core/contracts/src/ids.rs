//! The three ids of DESIGN 2 and the names of who speaks: services and sources.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A service of the house. The names are stored and travel, so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceName {
    /// Takes orders and keeps their state.
    Orders,
    /// Talks to payment providers and keeps the ledger.
    Payments,
    /// Keeps and holds stock.
    Inventory,
    /// Drives the sagas.
    Orchestrator,
}

impl ServiceName {
    /// Every service, in the order of their ports.
    pub const ALL: [Self; 4] = [Self::Orders, Self::Payments, Self::Inventory, Self::Orchestrator];

    /// The name as it stands in files, tables, metrics and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Inventory => "inventory",
            Self::Orchestrator => "orchestrator",
        }
    }

    /// The number that stands for it in stores, for ever.
    pub const fn number(self) -> i16 {
        match self {
            Self::Orders => 1,
            Self::Payments => 2,
            Self::Inventory => 3,
            Self::Orchestrator => 4,
        }
    }

    /// The service that a number stands for.
    pub fn from_number(number: impl Into<i64>) -> Option<Self> {
        let number = number.into();
        Self::ALL.into_iter().find(|service| i64::from(service.number()) == number)
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// One of the services.
    Service(ServiceName),
    /// Whoever stands at the door: a request by HTTP or command line.
    Client,
    /// An operator. Their commands bypass the queue of parked messages.
    Operator,
    /// A destination of effects: its answer to a request.
    Provider,
}

impl Source {
    const ALL: [Self; 7] = [
        Self::Service(ServiceName::Orders),
        Self::Service(ServiceName::Payments),
        Self::Service(ServiceName::Inventory),
        Self::Service(ServiceName::Orchestrator),
        Self::Client,
        Self::Operator,
        Self::Provider,
    ];

    /// The name as it stands in tables and, behind `/orderweaver/`, in `ce_source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service(service) => service.as_str(),
            Self::Client => "client",
            Self::Operator => "operator",
            Self::Provider => "provider",
        }
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|source| source.as_str() == name);
        found.ok_or_else(|| format!("unknown source {name:?}"))
    }
}

/// One send of one message: 48 bits of milliseconds of its root cause, then 80 bits of hash.
///
/// A derived id is a function of the cause, the service that handled it and an index, so deciding
/// twice gives the same ids, and two services that read one event don't collide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u128);

const HASH_BITS: u32 = 80;

impl MessageId {
    /// The id of a message that nothing here has caused: from its time and what tells it apart.
    pub fn root(time: Timestamp, parts: &[&[u8]]) -> Self {
        Self(u128::from(time.millis()) << HASH_BITS | hash(parts))
    }

    /// The `index`-th message that `by` sends because of `cause`.
    pub fn derived(cause: Self, by: ServiceName, index: usize) -> Self {
        let index = u64::try_from(index).unwrap_or(u64::MAX).to_be_bytes();
        let parts = [&cause.0.to_be_bytes()[..], by.as_str().as_bytes(), &index];
        Self(cause.0 >> HASH_BITS << HASH_BITS | hash(&parts))
    }

    /// The 16 bytes as they are stored, most significant first, so ids sort by their root's time.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// Reads what `to_bytes` wrote.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The same from bytes that may be none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }
}

/// 80 bits of SHA-256: parts come from clients too, who must not be able to make two collide.
fn hash(parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    digest[..10].iter().fold(0, |hash, byte| hash << 8 | u128::from(*byte))
}

impl fmt::Display for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl FromStr for MessageId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no message id: 32 hexadecimal digits are");
        // Rust's integers also take a sign.
        let is_all_digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match text.len() {
            32 if is_all_digits => u128::from_str_radix(text, 16).map(Self).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

/// A text that is only looked at, where it stands if that can be.
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text as stored and sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(text.as_ref().into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from(Text::deserialize(deserializer)?.0))
            }
        }
    };
}

text_id! {
    /// What a message is about (CloudEvents' word): an order id, or a SKU. Also the partition key.
    Subject
}

text_id! {
    /// One intent of one saga, the same on every attempt. It travels with the command, is the
    /// participant's operation id and the provider's idempotency key, and comes back with the
    /// answer.
    StepId
}
