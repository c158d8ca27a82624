//! `orderweaver fixtures`: data to work with, made by the same calls as anybody's.

mod load;
mod placeholders;
mod script;
mod shop;

use crate::globals::Context;
use clap::Subcommand;
pub use load::LoadArguments;
pub use script::RunArguments;
use terminal::Outcome;

/// What to make.
#[derive(Debug, Subcommand)]
pub enum Fixtures {
    /// Make the calls of a script, each with what the ones before it gave.
    Run(RunArguments),
    /// Fill a shop with stock and orders, the same for the same seed.
    Load(LoadArguments),
}

impl Fixtures {
    /// As it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "fixtures run",
            Self::Load(_) => "fixtures load",
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// It can't be done, or only a part of it.
    pub fn run(&self, context: &Context) -> Outcome {
        match self {
            Self::Run(arguments) => script::run(context, arguments),
            Self::Load(arguments) => load::run(context, arguments),
        }
    }
}
