//! The flags that every command has, and what they come to.

use crate::client::{Client, DEFAULT_TIMEOUT};
use crate::duration;
use crate::exit::Failure;
use crate::interrupt::Interrupt;
use crate::notes::Notes;
use crate::output::{Format, Output, Style};
use crate::profile::{self, Said};
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Columns of a terminal that does not tell its width, and of what is no terminal.
const WIDTH: usize = 100;

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
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse)]
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

/// Whether to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// How tables tell times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Times {
    /// How long ago.
    Relative,
    /// As the server says it: RFC 3339, UTC.
    Iso,
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
pub struct Reached(Arc<Mutex<String>>);

impl Reached {
    /// So far.
    pub fn set(&self, what: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// How far.
    pub fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
        let notes = Notes { is_quiet: self.quiet };
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        let client = Client::new(addresses, timeout, help, notes, interrupt.clone());
        let output = self.output();
        let reached = Reached::default();
        Ok(Context { client, output, notes, interrupt, timeout: self.timeout, reached })
    }

    /// How data is printed.
    pub(crate) fn output(&self) -> Output {
        Output { format: self.output, style: self.style() }
    }

    fn style(&self) -> Style {
        let terminal = console::Term::stdout();
        let is_terminal = std::io::stdout().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let times = if is_terminal { Times::Relative } else { Times::Iso };
        Style {
            is_coloured: match self.color {
                When::Always => true,
                When::Never => false,
                When::Auto => is_terminal && !no_color,
            },
            width: terminal.size_checked().map_or(WIDTH, |(_, columns)| columns.into()),
            times: self.time.unwrap_or(times),
            now: jiff::Timestamp::now(),
        }
    }
}
