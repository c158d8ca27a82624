//! What must hold, by the service that owns it; and across services, per order and over everything.
//! The numbers in the comments are those of the invariants in docs/ARCHITECTURE.md.

mod agreement;
mod balances;
mod in_flight;
mod inventory;
mod ledger;
mod log;
mod orders;
mod payments;
mod sagas;
mod settled;
mod statement;
mod totals;
mod travel;

pub use log::hold as hold_log;
pub use settled::{hold as hold_settled, nothing_waits};
pub use statement::{Asked, agree, asked};
pub use totals::Totals;
pub use travel::{HeldUp, hold as hold_travel};

use crate::facts::Facts;
use crate::findings::Findings;
use contracts::ServiceName;

/// What may be expected of a store at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// No message is on its way between services: they agree about every order.
    Quiet,
    /// Some are: services agree only about orders that are settled.
    Busy,
    /// The services were at work, and were read one after the other: what one of them says is not
    /// held against what another says.
    Apart,
}

/// Holds every rule about one subject against its facts.
pub fn hold(facts: &Facts, moment: Moment, findings: &mut Findings) {
    sagas::hold(facts, findings);
    payments::hold(facts, findings);
    ledger::hold(facts, findings);
    inventory::hold(facts, findings);
    agreement::hold(facts, findings);
    orders::hold(facts, moment, findings);
}

/// Whether that service has a timer of that label for the subject.
fn has_timer(facts: &Facts, service: ServiceName, label: &str) -> bool {
    facts.timers.iter().any(|timer| timer.service == service && timer.label.as_str() == label)
}

/// The first number that is missing, if not all from 0 up to `count` are there.
fn gap<'a>(numbers: impl Iterator<Item = &'a u32>, count: u32) -> Option<String> {
    let mut expected = 0;
    for number in numbers {
        if *number != expected {
            return Some(format!("number {expected} is missing"));
        }
        expected += 1;
    }
    (expected != count).then(|| format!("{expected} are there, {count} were made"))
}
