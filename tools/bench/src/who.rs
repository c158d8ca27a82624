//! Who on the machine costs something.

use crate::process::Role;
use serde::Serialize;

/// Whose cost it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// All processes of the shop together, without the built-in provider.
    Shop,
    /// The process of orders.
    Orders,
    /// The process of payments, without the built-in provider.
    Payments,
    /// The process of the stock.
    Inventory,
    /// The process that drives the sagas.
    Orchestrator,
    /// The built-in payment provider, a thread of payments.
    Provider,
    /// The database server with all of its processes.
    Databases,
    /// The broker.
    Broker,
    /// The benchmark itself.
    Load,
}

impl Who {
    /// The processes of a shop whose services are apart.
    pub const SERVICES: [Self; 4] =
        [Self::Orders, Self::Payments, Self::Inventory, Self::Orchestrator];
}

impl From<Role> for Who {
    fn from(role: Role) -> Self {
        match role {
            Role::All => Self::Shop,
            Role::Orders => Self::Orders,
            Role::Payments => Self::Payments,
            Role::Inventory => Self::Inventory,
            Role::Orchestrator => Self::Orchestrator,
        }
    }
}
