//! What travels between services: the envelope, ids, money, and the messages of `proto/`.
//!
//! Invariant: nothing here knows a rule of a service, and money is never a float (the
//! predecessor's `double` fields are read and filled, never computed with).

mod attributes;
mod body;
mod envelope;
mod grammar;
mod ids;
pub mod messages;
mod money;
pub mod planted;
mod time;
mod trace;

pub use attributes::Attributes;
pub use body::{Body, Channel, MessageType};
pub use envelope::{Message, UnreadableMessage};
pub use grammar::{DERIVED_ID_CHARACTERS_MAX, ID_CHARACTERS_MAX, check_derived_id, check_id};
pub use ids::{MessageId, ServiceName, Source, StepId, Subject};
pub use money::{Currency, MINOR_UNITS_MAX, Money, MoneyError};
pub use time::Timestamp;
pub use trace::is_traceparent;
