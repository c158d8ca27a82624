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
mod trigger;
mod watch;

pub use doctor::DoctorArguments;
pub use event::Event;
pub use fixtures::Fixtures;
pub use globals::Globals;
pub use ledger::Ledger;
pub use order::Order;
pub use payment::Payment;
pub use profile::Profiles;
pub use run::run;
pub use saga::Saga;
pub use stock::Stock;
pub use trigger::TriggerArguments;

use clap::Subcommand;
use globals::Context;
use terminal::Outcome;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Place orders, look at them, cancel and follow them.
    #[command(subcommand)]
    Order(Order),
    /// Look at the sagas of orders, over time too.
    #[command(subcommand)]
    Saga(Saga),
    /// Count stock, look at it, and see what is held for orders.
    #[command(subcommand)]
    Stock(Stock),
    /// Look at payments.
    #[command(subcommand)]
    Payment(Payment),
    /// Look at the ledger.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Follow what happens in all services.
    #[command(subcommand)]
    Event(Event),
    /// Show the four services and how many sagas are in which state.
    Status,
    /// Look for what could be wrong, each with the next command to try.
    Doctor(DoctorArguments),
    /// Let an order go a certain way, and follow it to its end.
    Trigger(TriggerArguments),
    /// Make data to work with: a script of calls, or a shop full of orders.
    #[command(subcommand)]
    Fixtures(Fixtures),
    /// Names for the addresses of shops, in ~/.config/orderweaver/config.toml.
    #[command(subcommand)]
    Profile(Profiles),
}

impl Command {
    /// As it is called.
    const fn name(&self) -> &'static str {
        match self {
            Self::Order(it) => it.name(),
            Self::Saga(it) => it.name(),
            Self::Stock(it) => it.name(),
            Self::Payment(it) => it.name(),
            Self::Ledger(it) => it.name(),
            Self::Event(it) => it.name(),
            Self::Status => "status",
            Self::Doctor(_) => "doctor",
            Self::Trigger(_) => "trigger",
            Self::Fixtures(it) => it.name(),
            Self::Profile(it) => it.name(),
        }
    }

    fn run(&self, context: &Context) -> Outcome {
        match self {
            Self::Order(it) => it.run(context),
            Self::Saga(it) => it.run(context),
            Self::Stock(it) => it.run(context),
            Self::Payment(it) => it.run(context),
            Self::Ledger(it) => it.run(context),
            Self::Event(it) => it.run(context),
            Self::Status => status::run(context),
            Self::Doctor(arguments) => doctor::run(context, arguments),
            Self::Trigger(arguments) => trigger::run(context, arguments),
            Self::Fixtures(it) => it.run(context),
            Self::Profile(it) => it.run(context),
        }
    }
}
