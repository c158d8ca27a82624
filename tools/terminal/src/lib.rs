//! What every command shares: how it prints, how it fails, how it is interrupted.
//!
//! Invariant: whoever reads what is printed (a pipe, a terminal) can go away or stop reading; no
//! command fails of it, and no server waits for it.

mod cell;
pub mod duration;
mod failure;
mod interrupt;
mod list;
mod notes;
mod output;
mod print;
mod queue;
mod style;
mod table;
mod tone;
mod typed;
mod whole;

pub use cell::{Column, Shown, column};
pub use failure::{Exit, Failure, Outcome, Stop, end};
pub use interrupt::Interrupt;
pub use list::List;
pub use notes::Notes;
pub use output::{Format, Output};
pub use print::{line, note, text};
pub use queue::{flush, push, unblock};
pub use style::{Style, Times, When};
pub use table::{Card, Section};
pub use tone::Tone;
pub use typed::{again, again_with, quoted, without_password, words};
pub use whole::whole;
