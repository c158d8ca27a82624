//! Which services there are, and who of them is hosted in a process: all together, or some, with
//! the others behind a bus.
//!
//! Invariant: the only place that lists the services for the engine; it knows no adapter.

mod clock;

pub use clock::SystemClock;

use contracts::ServiceName;
use engine::{Hosted, Hosting, Publishing, Routing};
use std::sync::Arc;

/// All four services in one process; nothing leaves it.
pub fn together() -> Hosting {
    of(&ServiceName::ALL, Publishing::Nothing)
}

/// These services in one process.
pub fn of(services: &[ServiceName], publishing: Publishing) -> Hosting {
    let services = services.iter().copied().map(hosted).collect();
    Hosting::new(services, routing(), publishing)
}

/// Who reads what, over all services, wherever they are hosted.
pub fn routing() -> Routing {
    let accepted = ServiceName::ALL.map(|name| (name, hosted(name).accepted()));
    Routing::new(accepted.into())
}

fn hosted(name: ServiceName) -> Arc<dyn Hosted> {
    match name {
        ServiceName::Orders => Arc::new(orders::Orders),
        ServiceName::Payments => Arc::new(payments::Payments),
        ServiceName::Inventory => Arc::new(inventory::Inventory),
        ServiceName::Orchestrator => Arc::new(orchestrator::Orchestrator),
    }
}
