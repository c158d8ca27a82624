//! The commands that talk to a running OrderWeaver over HTTP.
//!
//! Invariant: they know nothing but what the API says; data goes to standard output, everything
//! else to standard error.

mod address;
mod client;
mod doctor;
mod event;
mod fixtures;
mod gantt;
mod globals;
mod ledger;
mod live;
mod order;
mod pages;
mod payment;
mod problem;
mod profile;
mod random;
mod request;
mod retry;
mod run;
mod saga;
#[cfg(test)]
mod scripted;
mod sse;
mod status;
mod stock;
mod target;
mod trigger;
mod watch;

pub use doctor::DoctorArguments;
pub use event::{Event, TailArguments};
pub use fixtures::Fixtures;
pub use globals::Globals;
pub use ledger::Ledger;
pub use order::Order;
pub use payment::Payment;
pub use profile::Profiles;
pub use run::run;
pub use saga::Saga;
pub use stock::Stock;
pub use target::{Talk, Target};
pub use trigger::TriggerArguments;

use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Place orders, look at them, cancel and follow them.
    Order(Talk<Order>),
    /// Look at the sagas of orders, over time too.
    Saga(Talk<Saga>),
    /// Count stock, look at it, and see what is held for orders.
    Stock(Talk<Stock>),
    /// Look at payments.
    Payment(Talk<Payment>),
    /// Look at the ledger.
    Ledger(Talk<Ledger>),
    /// Follow what happens in all services.
    #[command(subcommand)]
    Event(Event),
    /// Show the four services and how many sagas are in which state.
    Status(Target),
    /// Look for what could be wrong, each with the next command to try.
    Doctor(DoctorArguments),
    /// Let an order go a certain way, and follow it to its end.
    Trigger(TriggerArguments),
    /// Make data to work with: a script of calls, or a shop full of orders.
    Fixtures(Talk<Fixtures>),
    /// Names for the addresses of shops, in ~/.config/orderweaver/config.toml.
    #[command(subcommand)]
    Profile(Profiles),
}

impl Command {
    /// The shop that it talks to; nothing where it talks to none.
    const fn target(&self) -> Option<&Target> {
        match self {
            Self::Order(Talk { target, .. })
            | Self::Saga(Talk { target, .. })
            | Self::Stock(Talk { target, .. })
            | Self::Payment(Talk { target, .. })
            | Self::Ledger(Talk { target, .. })
            | Self::Fixtures(Talk { target, .. })
            | Self::Event(Event::Tail(TailArguments { target, .. }))
            | Self::Status(target)
            | Self::Doctor(DoctorArguments { target, .. })
            | Self::Trigger(TriggerArguments { target, .. }) => Some(target),
            Self::Event(Event::Types) | Self::Profile(_) => None,
        }
    }
}
