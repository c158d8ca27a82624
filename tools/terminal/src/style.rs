//! How tables look: colours, times and width, by what the user wants and where they are seen.

use clap::ValueEnum;
use std::io::IsTerminal;

/// Columns of a terminal that does not tell its width, and of what is no terminal.
const WIDTH: usize = 100;

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

impl When {
    /// Whether what goes there is coloured.
    pub fn is_wanted(self, to: &impl IsTerminal) -> bool {
        let no_color = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => to.is_terminal() && !no_color(),
        }
    }
}

/// How tables tell times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Times {
    /// How long ago.
    Relative,
    /// As the server says it: RFC 3339, UTC.
    Iso,
}

/// How tables look.
#[derive(Clone, Debug)]
pub struct Style {
    /// Whether there are colours.
    pub is_coloured: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How times are told.
    pub times: Times,
    /// What relative times are relative to.
    pub now: jiff::Timestamp,
}

impl Style {
    /// As the user wants it, and else as fits standard output; now is now.
    pub fn here(color: When, times: Option<Times>) -> Self {
        let stdout = std::io::stdout();
        let fitting = if stdout.is_terminal() { Times::Relative } else { Times::Iso };
        let size = console::Term::stdout().size_checked();
        Self {
            is_coloured: color.is_wanted(&stdout),
            width: size.map_or(WIDTH, |(_, columns)| columns.into()),
            times: times.unwrap_or(fitting),
            now: jiff::Timestamp::now(),
        }
    }

    /// Without colours, a hundred columns wide, at an early hour of 2026.
    ///
    /// For tests: it is the same everywhere and at any time.
    pub fn plain() -> Self {
        let now = jiff::Timestamp::constant(1_767_323_045, 0);
        Self { is_coloured: false, width: WIDTH, times: Times::Iso, now }
    }
}
