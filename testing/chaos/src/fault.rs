//! The faults as data: which kinds there are, how often each strikes, and whom.

use crate::place::{Link, Replica};
use contracts::ServiceName;
use std::time::Duration;

/// What kind of thing goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// kill -9 of a replica of a service.
    ServiceKilled,
    /// kill -9 of the payment provider.
    ProviderKilled,
    /// kill -9 of PostgreSQL.
    DatabaseKilled,
    /// kill -9 of Kafka.
    BrokerKilled,
    /// SIGSTOP of whoever leads the publishing of a service, for twice its lease; then SIGCONT.
    LeaderPaused,
    /// Every connection between two is broken, and new ones are refused.
    ConnectionCut,
    /// Between two nothing arrives any more, and nobody is told.
    ConnectionSilent,
    /// One more replica starts.
    ReplicaJoined,
    /// It leaves again, asked or killed.
    ReplicaLeft,
    /// Somebody holds a transaction open, with a snapshot and an id.
    TransactionHeld,
}

impl Kind {
    /// Every kind, with how often it strikes in ten minutes. Who joins and leaves does it all the
    /// time in a part of the run, so that has no number.
    pub const ALL: [(Self, u32); 10] = [
        (Self::ServiceKilled, 74),
        (Self::ProviderKilled, 8),
        (Self::DatabaseKilled, 6),
        (Self::BrokerKilled, 4),
        (Self::LeaderPaused, 8),
        (Self::ConnectionCut, 30),
        (Self::ConnectionSilent, 20),
        (Self::ReplicaJoined, 0),
        (Self::ReplicaLeft, 0),
        (Self::TransactionHeld, 1),
    ];

    /// As people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceKilled => "kill -9 of a service",
            Self::ProviderKilled => "kill -9 of the payment provider",
            Self::DatabaseKilled => "kill -9 of PostgreSQL",
            Self::BrokerKilled => "kill -9 of Kafka",
            Self::LeaderPaused => "SIGSTOP of a relay leader for twice its lease",
            Self::ConnectionCut => "a network cut between two, told to both",
            Self::ConnectionSilent => "a network cut between two, told to nobody",
            Self::ReplicaJoined => "a replica joins",
            Self::ReplicaLeft => "a replica leaves, asked or killed",
            Self::TransactionHeld => "an unrelated transaction is held open for 60 s",
        }
    }
}

/// Something that goes wrong, with its victim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// kill -9 of a replica; started again after a while.
    ServiceKilled(Replica, Duration),
    /// The same of the provider.
    ProviderKilled(Duration),
    /// The same of PostgreSQL.
    DatabaseKilled(Duration),
    /// The same of Kafka.
    BrokerKilled(Duration),
    /// The relay leader of that service stands still.
    LeaderPaused(ServiceName),
    /// The connections between two are broken for so long.
    ConnectionCut(Link, Duration),
    /// The connections between two carry nothing for so long.
    ConnectionSilent(Link, Duration, Ending),
    /// A guest of that service starts.
    ReplicaJoined(ServiceName),
    /// It ends.
    ReplicaLeft(ServiceName, Farewell),
    /// A transaction is held open on the database of that service.
    TransactionHeld(ServiceName),
}

/// How a silence ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// What was under way arrives after all.
    Late,
    /// What was under way is lost, with its connection.
    Lost,
}

/// How a replica goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// SIGTERM.
    Asked,
    /// kill -9.
    Killed,
}

impl Fault {
    /// What kind it is of.
    pub const fn kind(self) -> Kind {
        match self {
            Self::ServiceKilled(..) => Kind::ServiceKilled,
            Self::ProviderKilled(_) => Kind::ProviderKilled,
            Self::DatabaseKilled(_) => Kind::DatabaseKilled,
            Self::BrokerKilled(_) => Kind::BrokerKilled,
            Self::LeaderPaused(_) => Kind::LeaderPaused,
            Self::ConnectionCut(..) => Kind::ConnectionCut,
            Self::ConnectionSilent(..) => Kind::ConnectionSilent,
            Self::ReplicaJoined(_) => Kind::ReplicaJoined,
            Self::ReplicaLeft(..) => Kind::ReplicaLeft,
            Self::TransactionHeld(_) => Kind::TransactionHeld,
        }
    }

    /// Whether it is a kill -9.
    pub const fn is_kill(self) -> bool {
        matches!(
            self,
            Self::ServiceKilled(..)
                | Self::ProviderKilled(_)
                | Self::DatabaseKilled(_)
                | Self::BrokerKilled(_)
                | Self::ReplicaLeft(_, Farewell::Killed)
        )
    }
}
