//! The flags that every command has, and what they come to.

use crate::client::Client;
use crate::target::Target;
use clap::Args;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use terminal::{Exit, Format, Interrupt, Notes, Output, Style, Times, When};

/// The flags that every command has.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// How the data is printed.
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
    /// Whether to colour (never where NO_COLOR is set or nobody sees it, unless you insist).
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: When,
    /// How tables tell times (relative on a terminal, iso elsewhere).
    #[arg(long, global = true, value_enum, value_name = "STYLE")]
    pub time: Option<Times>,
    /// Say nothing but data and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// What a command works with.
pub struct Context {
    /// Speaks to the services.
    pub client: Client,
    /// Prints the data.
    pub output: Output,
    /// Says the rest.
    pub notes: Notes,
    /// Whether the user wants it to end.
    pub interrupt: Interrupt,
    /// Which shop it talks to.
    pub target: Target,
    /// What to say if the user does not let it come to its end.
    pub reached: Reached,
}

/// How far a command has come; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    what: Arc<Mutex<String>>,
    is_part_done: Arc<AtomicBool>,
}

impl Reached {
    /// So far.
    pub fn set(&self, what: String) {
        *self.what.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// How far.
    pub fn get(&self) -> String {
        self.what.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on something of what was asked for is done, whatever comes.
    pub fn part(&self) {
        self.is_part_done.store(true, Ordering::Relaxed);
    }

    /// How a command ends that Ctrl-C ended here.
    pub fn exit(&self) -> Exit {
        Exit::interrupted(self.is_part_done.load(Ordering::Relaxed))
    }
}

impl Globals {
    /// How data is printed.
    pub fn output(&self) -> Output {
        Output { format: self.output, style: Style::here(self.color, self.time) }
    }

    /// How the rest is said.
    pub const fn notes(&self) -> Notes {
        Notes { is_quiet: self.quiet }
    }
}
