//! Which services run in this process, and who reads what.

use crate::desk::Hosted;
use contracts::{Channel, MessageType, ServiceName};
use service::RecordKind;
use std::sync::Arc;

/// Who reads which message, over all services of the house, hosted here or not.
#[derive(Clone, Debug, Default)]
pub struct Routing(Vec<(ServiceName, &'static [MessageType])>);

impl Routing {
    /// From what each service accepts.
    pub fn new(accepted: Vec<(ServiceName, &'static [MessageType])>) -> Self {
        Self(accepted)
    }

    /// Every service that accepts the message.
    pub fn readers(&self, message: MessageType) -> impl Iterator<Item = ServiceName> {
        let accepting = self.0.iter().filter(move |(_, accepted)| accepted.contains(&message));
        accepting.map(|(service, _)| *service)
    }
}

/// What leaves a process although all its readers may be hosted there. What somebody elsewhere
/// reads leaves in any case; without a bus it waits in the outbox until there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publishing {
    /// There is no bus.
    Nothing,
    /// All services are hosted together, beside a bus for others who listen to their events.
    Events,
    /// Services are hosted apart, with a bus between them.
    EventsAndCommands,
}

impl Publishing {
    /// Whether the bus is there for such messages.
    const fn carries(self, channel: Channel) -> bool {
        match channel {
            Channel::Event => matches!(self, Self::Events | Self::EventsAndCommands),
            Channel::Command => matches!(self, Self::EventsAndCommands),
            Channel::Timer | Channel::Effect => false,
        }
    }
}

/// The services of this process.
pub struct Hosting {
    services: Vec<Arc<dyn Hosted>>,
    routing: Routing,
    publishing: Publishing,
}

impl Hosting {
    /// These services, and what they publish of what `routing` doesn't send elsewhere.
    pub fn new(services: Vec<Arc<dyn Hosted>>, routing: Routing, publishing: Publishing) -> Self {
        Self { services, routing, publishing }
    }

    /// Who is hosted here.
    pub fn names(&self) -> impl Iterator<Item = ServiceName> {
        self.services.iter().map(|service| service.name())
    }

    /// Whether there shall be a bus.
    pub fn publishes(&self) -> bool {
        self.publishing != Publishing::Nothing
    }

    /// Every table of the services hosted here.
    pub fn record_kinds(&self) -> impl Iterator<Item = (ServiceName, &'static RecordKind)> {
        self.services.iter().flat_map(|service| {
            let name = service.name();
            service.record_kinds().iter().map(move |kind| (name, *kind))
        })
    }

    pub(crate) fn service(&self, name: ServiceName) -> Option<&Arc<dyn Hosted>> {
        self.services.iter().find(|service| service.name() == name)
    }

    /// Whether the bus is there for such a message.
    pub(crate) const fn carries(&self, message: MessageType) -> bool {
        self.publishing.carries(message.channel())
    }

    /// The readers in this process, and whether it has to leave it.
    pub(crate) fn route(&self, message: MessageType) -> (Vec<ServiceName>, bool) {
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            self.routing.readers(message).partition(|reader| self.service(*reader).is_some());
        let leaves = !elsewhere.is_empty() || self.carries(message);
        (here, leaves)
    }
}
