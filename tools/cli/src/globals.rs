//! The flags that every command has, and what they come to.

use crate::client::{Client, DEFAULT_TIMEOUT};
use crate::profile::{self, Said};
use clap::Args;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use terminal::{Exit, Failure, Format, Interrupt, Notes, Output, Style, Times, When, duration};

/// The flags that every command has.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// How the data is printed.
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
    /// The address of orders (or ORDERWEAVER_URL; http://localhost:8001 if nothing is said);
    /// payments, inventory and orchestrator follow at port +1, +2 and +3.
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// The addresses by a name from ~/.config/orderweaver/config.toml (or ORDERWEAVER_PROFILE).
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "url")]
    pub profile: Option<String>,
    /// How long to wait, such as 10s or 2m: for an answer (30s if nothing is said), or for what
    /// is followed (for ever).
    #[arg(long, global = true, value_name = "DURATION", value_parser = timeout)]
    pub timeout: Option<Duration>,
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
    /// `--timeout`.
    pub timeout: Option<Duration>,
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
    /// What a command works with; `help` is its name.
    ///
    /// # Errors
    /// No address is right.
    pub fn context(&self, help: &'static str, interrupt: Interrupt) -> Result<Context, Failure> {
        let said = Said::here(self.url.clone(), self.profile.clone());
        let addresses = said.addresses(profile::text()?.as_deref())?;
        let notes = self.notes();
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        let client = Client::new(addresses, timeout, help, notes, interrupt.clone());
        let output = self.output();
        let reached = Reached::default();
        Ok(Context { client, output, notes, interrupt, timeout: self.timeout, reached })
    }

    /// How data is printed.
    pub fn output(&self) -> Output {
        Output { format: self.output, style: Style::here(self.color, self.time) }
    }

    /// How the rest is said.
    pub const fn notes(&self) -> Notes {
        Notes { is_quiet: self.quiet }
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match duration::parse(text)? {
        Duration::ZERO => Err("in no time nobody can answer; allowed is more, such as 10s".into()),
        span => Ok(span),
    }
}
