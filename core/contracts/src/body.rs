//! The one table of messages, generated from `proto/`: `MessageType` names them, `Body` holds one.

use crate::ServiceName;
use crate::messages::*;
use prost::Message as _;

/// How a message travels, and with it which file of its owner's contract it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// To its owner, on the owner's command topic.
    Command,
    /// From its owner to whoever accepts it, on the owner's event topic.
    Event,
    /// From its owner to itself, by a timer row. Never leaves the store.
    Timer,
    /// Between its owner and a destination of effects, by an effect row.
    Effect,
}

impl MessageType {
    /// The topic it travels on; none for what never leaves the store.
    pub const fn topic(self) -> Option<&'static str> {
        let (commands, events) = match self.owner() {
            ServiceName::Orders => ("orders.commands", "orders.events"),
            ServiceName::Payments => ("payments.commands", "payments.events"),
            ServiceName::Inventory => ("inventory.commands", "inventory.events"),
            ServiceName::Orchestrator => ("sagas.commands", "sagas.events"),
        };
        match self.channel() {
            Channel::Command => Some(commands),
            Channel::Event => Some(events),
            Channel::Timer | Channel::Effect => None,
        }
    }

    /// The message with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|message| message.name() == name)
    }
}

include!(concat!(env!("OUT_DIR"), "/body.rs"));
