//! Sagas as data: a definition is a table of typed steps, an instance is a value that `start` and
//! `advance` walk.
//!
//! Invariant: nothing here knows an order, a payment or a topic.

mod check;
mod compensation;
mod definition;
mod diagram;
mod instance;
mod operator;
mod walk;

pub use definition::{
    Action, Definition, Kind, PATIENT, RetryPolicy, Step, Undo, compensatable, pivot, retriable,
    step_id,
};
pub use instance::{Answer, Effect, Event, Outcome, Progress, Saga, Status, StepState, Transition};
pub use walk::{advance, start};
