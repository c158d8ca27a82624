//! Holds everything that a store keeps against what must be true of it (`orderweaver check`).
//!
//! Invariant: it reads by the port `Queries`, a slice at a time, and changes nothing.

mod facts;
mod findings;
mod parts;
mod pass;
mod report;
mod rules;
mod run;
mod statement;

pub use facts::{Facts, kinds};
pub use findings::{FINDINGS_MAX, Finding, Findings};
pub use parts::{DEAD_LETTERS_MAX, Part};
pub use report::{Counts, Progress, Report};
pub use rules::{Moment, Totals, agree, asked, hold, hold_log};
pub use run::{Plan, run};
pub use statement::{Done, Stated, Statement};
