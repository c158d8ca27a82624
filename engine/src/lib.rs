//! The engine: rounds, and the loops that carry messages into them and out of them.
//!
//! A round is what one transaction does, as a state machine without I/O. A store drives it. The
//! loops around it (`runtime`) speak only to ports, so the same code runs on SQLite, on PostgreSQL
//! and in the simulator.
//!
//! Invariant: no service crate is named, no message body is matched on, and there is no SQL and no
//! Kafka here.

mod carried;
mod delivery;
mod desk;
mod hosting;
pub mod log_row;
mod panics;
mod ports;
mod round;
mod round_asks;
mod round_unit;
mod row_key;
mod runtime;
mod slice;
mod unit;

pub use carried::{Carried, CarriedLog, CarriedRecord, Parting};
pub use delivery::{Consumed, Content, Delivery, Fingerprint, InboxKey, Origin, RequestKey};
pub use desk::{Desk, Handled, Hosted, codec};
pub use hosting::{Hosting, Publishing, Routing};
pub use panics::caught;
pub use ports::{
    Backlog, Bus, BusCounts, BusError, Claim, Clock, Committed, Damage, Deliveries, Effects,
    Failed, Group, LogPage, LogPlace, LogRequest, LoggedMessage, Newest, NoBus, Page, PagePlace,
    PageRequest, Published, Queries, Received, Scan, ScanRequest, Scanned, ScannedSubject,
    StoreCounts, StoreError, Stored, Stray, Subjects, Tally, TallyRequest, Transactions,
    Unreadable, Waiting,
};
pub use round::{Limits, Round};
pub use round_asks::{Known, Loaded, LoadedRange, Next, Recognised, Wanted};
pub use row_key::{name_in, number_in, row_key};
pub use runtime::{
    Door, DoorError, Engine, INBOX_KEPT, Loop, News, ObservedRound, Ports, RELAY_LEASE, Status,
};
pub use slice::{Belongs, Reading, Slice};
pub use unit::{
    DeadLetter, EffectRow, HopRow, InboxRow, LogRow, LotKey, ParkedRow, Row, RowKey, Tallied,
    TallyKey, TimerKey, TimerRow, UnitOfWork, Write,
};
