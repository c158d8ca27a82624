//! Which services run in this process, and who reads what.

use crate::desk::Hosted;
use contracts::{MessageType, ServiceName};
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

/// The services of this process.
pub struct Hosting {
    services: Vec<Arc<dyn Hosted>>,
    routing: Routing,
    publishes: bool,
}

impl Hosting {
    /// `publishes`: whether there is a bus, so that events leave even if nobody here reads them.
    pub fn new(services: Vec<Arc<dyn Hosted>>, routing: Routing, publishes: bool) -> Self {
        Self { services, routing, publishes }
    }

    /// Who is hosted here.
    pub fn names(&self) -> impl Iterator<Item = ServiceName> {
        self.services.iter().map(|service| service.name())
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

    /// The readers in this process, and whether it has to leave it.
    pub(crate) fn route(&self, message: MessageType) -> (Vec<ServiceName>, bool) {
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            self.routing.readers(message).partition(|reader| self.service(*reader).is_some());
        let leaves = !elsewhere.is_empty() || (self.publishes && message.topic().is_some());
        (here, leaves)
    }
}
