//! Why Kafka can't be used as it is.

use crate::settings::{Brokers, SEGMENT_LASTS};
use engine::INBOX_KEPT;
use std::fmt;
use std::time::Duration;

/// Why Kafka can't be used as it is. The sentences are shown to users, end with a remedy, and hold
/// no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// Nobody answers. It may come back: the one reason for which waiting helps.
    Unreachable {
        /// Where it should be.
        brokers: Brokers,
        /// What the client heard last.
        reason: String,
    },
    /// The settings can't be.
    Settings(String),
    /// A topic is missing and can't be made.
    Missing {
        /// Which.
        topic: String,
        /// How many partitions it shall have.
        partitions: u16,
        /// Why it can't be made.
        reason: String,
    },
    /// A topic has fewer partitions than is wanted.
    TooFewPartitions {
        /// Which.
        topic: String,
        /// How many it has.
        found: usize,
        /// How many are wanted.
        wanted: u16,
    },
    /// A topic keeps messages longer than the inbox knows them: they could be handled twice.
    KeptTooLong {
        /// Which.
        topic: String,
        /// Its retention; none: for ever.
        retention: Option<Duration>,
        /// For how long it writes into one file.
        segment: Duration,
    },
    /// A topic deletes all but the last message of a key.
    Compacted {
        /// Which.
        topic: String,
    },
    /// A topic takes no messages as large as ours may be.
    TooSmall {
        /// Which.
        topic: String,
        /// How many bytes it takes.
        found: usize,
        /// How many are wanted.
        wanted: usize,
    },
    /// A group has put this process out.
    Expelled {
        /// What it said.
        reason: String,
    },
    /// A thread that reads has panicked, which is a fault of ours.
    Broken {
        /// For which group it read.
        group: String,
    },
    /// Kafka, or its client, says no to something else.
    Refused {
        /// What was asked.
        what: String,
        /// What it said.
        reason: String,
    },
}

impl OpenError {
    /// Whether it may pass by itself.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    pub(crate) fn refused(what: &str, reason: impl fmt::Display) -> Self {
        Self::Refused { what: what.into(), reason: reason.to_string() }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { brokers, reason } => write!(
                formatter,
                "Kafka at {brokers} doesn't answer ({reason}): start it, or name another"
            ),
            Self::Settings(what) => formatter.write_str(what),
            Self::Missing { topic, partitions, reason } => write!(
                formatter,
                "Kafka has no topic {topic}, and it can't be made ({reason}): make it with \
                 {partitions} partitions, cleanup.policy=delete, retention.ms={} and \
                 segment.ms={}, or allow us to",
                advised().as_millis(),
                SEGMENT_LASTS.as_millis()
            ),
            Self::TooFewPartitions { topic, found, wanted } => write!(
                formatter,
                "topic {topic} has {found} of {wanted} wanted partitions: want fewer, or add some \
                 while no message is on its way, since they decide the order"
            ),
            Self::KeptTooLong { topic, retention, segment } => {
                kept_too_long(formatter, topic, *retention, *segment)
            }
            Self::Compacted { topic } => write!(
                formatter,
                "topic {topic} is compacted, so messages get lost in it: set its cleanup.policy to \
                 delete"
            ),
            Self::TooSmall { topic, found, wanted } => write!(
                formatter,
                "topic {topic} takes messages of {found} bytes, {wanted} are wanted: raise its \
                 max.message.bytes (or message.max.bytes of the brokers), or want less"
            ),
            Self::Expelled { reason } => write!(
                formatter,
                "Kafka has put this process out of its group ({reason}): it joins again by \
                 itself; give each replica a name of its own if that goes on"
            ),
            Self::Broken { group } => write!(
                formatter,
                "group {group} was left by a fault of this program, and is joined again by itself: \
                 see the log, and report what it says"
            ),
            Self::Refused { what, reason } => write!(
                formatter,
                "Kafka refuses {what} ({reason}): see the rights of this client and the log of the \
                 broker"
            ),
        }
    }
}

impl std::error::Error for OpenError {}

/// A retention with which, and with a segment of ours, the inbox outlives a message, with room.
const fn advised() -> Duration {
    INBOX_KEPT.saturating_sub(SEGMENT_LASTS.saturating_mul(2))
}

fn kept_too_long(
    formatter: &mut fmt::Formatter<'_>,
    topic: &str,
    retention: Option<Duration>,
    segment: Duration,
) -> fmt::Result {
    match retention {
        Some(retention) => write!(
            formatter,
            "topic {topic} keeps messages for {retention:?} and up to {segment:?} more, until a \
             file is full"
        )?,
        None => write!(formatter, "topic {topic} keeps messages for ever")?,
    }
    write!(
        formatter,
        ", but the inbox knows them for {INBOX_KEPT:?} only: set its retention.ms and segment.ms \
         so that together they are less, such as {} and {}",
        advised().as_millis(),
        SEGMENT_LASTS.as_millis()
    )
}
