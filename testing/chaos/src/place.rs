//! Who there is, and who speaks to whom.

use contracts::ServiceName;
use std::fmt;

/// Replicas of each service that are always there.
const RESIDENTS: u8 = 2;

/// A process of a service. The last of each service is a guest: it comes and goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replica {
    /// Of which service.
    pub service: ServiceName,
    number: u8,
}

impl Replica {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let of = |service| (0..=RESIDENTS).map(move |number| Self { service, number });
        ServiceName::ALL.into_iter().flat_map(of).collect()
    }

    /// Those that are always there.
    pub fn residents() -> Vec<Self> {
        Self::all().into_iter().filter(|replica| !replica.is_guest()).collect()
    }

    /// The one that comes and goes.
    pub const fn guest(service: ServiceName) -> Self {
        Self { service, number: RESIDENTS }
    }

    /// Whether it comes and goes.
    pub const fn is_guest(self) -> bool {
        self.number == RESIDENTS
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|replica| replica.to_string() == name)
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_guest() {
            true => write!(formatter, "{}-guest", self.service),
            false => write!(formatter, "{}-{}", self.service, self.number + 1),
        }
    }
}

/// What runs as a process of the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// A replica of a service.
    Service(Replica),
    /// The payment provider.
    Provider,
}

impl Program {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let services = Replica::all().into_iter().map(Self::Service);
        services.chain([Self::Provider]).collect()
    }

    /// Whether it is always there.
    pub const fn is_resident(self) -> bool {
        match self {
            Self::Service(replica) => !replica.is_guest(),
            Self::Provider => true,
        }
    }
}

impl From<Replica> for Program {
    fn from(replica: Replica) -> Self {
        Self::Service(replica)
    }
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(replica) => replica.fmt(formatter),
            Self::Provider => formatter.write_str("provider"),
        }
    }
}

/// Whom a replica has connections with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// PostgreSQL.
    Database,
    /// Kafka.
    Broker,
    /// The payment provider.
    Provider,
    /// Those who order.
    Customers,
}

/// Two who speak with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The one.
    pub replica: Replica,
    /// The other.
    pub peer: Peer,
}

impl Link {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let of = |replica: Replica| {
            let own = match replica.service {
                ServiceName::Orders if !replica.is_guest() => Some(Peer::Customers),
                ServiceName::Payments => Some(Peer::Provider),
                _ => None,
            };
            let peers = [Some(Peer::Database), Some(Peer::Broker), own];
            peers.into_iter().flatten().map(move |peer| Self { replica, peer })
        };
        Replica::all().into_iter().flat_map(of).collect()
    }
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = match self.peer {
            Peer::Database => "PostgreSQL",
            Peer::Broker => "Kafka",
            Peer::Provider => "the provider",
            Peer::Customers => "its customers",
        };
        write!(formatter, "{} and {peer}", self.replica)
    }
}
