//! What a service is: a pure function from records and a message to a decision.
//!
//! Invariant: nothing here is async, reads a clock, draws a random number or names a service.

mod decision;
mod draft;
mod kind;
pub mod play;
mod records;

pub use contracts;
pub use decision::{
    Changes, Decision, EffectRequest, Outgoing, Reply, TallyChange, TimerChange, Versioned,
};
pub use draft::Draft;
pub use kind::{Column, ColumnType, Index, NUMBER_BITS, NUMBER_MAX, RecordKind, Value};
pub use records::{Kept, Key, Range, Record, RecordKey, Records};

use contracts::{Message, MessageType, ServiceName, Timestamp};

/// One of the services: what it keeps, what it listens to, and its rules.
pub trait Service: Send + Sync + 'static {
    /// Everything the service keeps: one variant per kind of record.
    type Record: Record;

    /// Its name.
    const NAME: ServiceName;

    /// The tables of its records, as data.
    const RECORDS: &'static [&'static RecordKind];

    /// What it listens to. The routing table of the house is made of these.
    fn accepts() -> &'static [MessageType];

    /// The records that surely matter, so that they arrive in one load.
    fn reads(&self, message: &Message) -> Vec<RecordKey>;

    /// What happens. It may look up records that `reads` did not name: the engine then drops this
    /// decision, loads them and asks again. A record that isn't loaded looks absent, so rules use
    /// checked arithmetic and never unwrap a record.
    fn decide(
        &self,
        records: &Records<Self::Record>,
        message: &Message,
        now: Timestamp,
    ) -> Decision<Self::Record>;
}
