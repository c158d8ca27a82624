//! The command line.

use crate::configuration;
use clap::{Arg, Args, CommandFactory, Parser, Subcommand};
use std::path::PathBuf;
use terminal::whole;

/// An event-driven e-commerce core on sagas: orders, payments, inventory and their orchestrator.
#[derive(Parser)]
#[command(
    version,
    about = "An event-driven e-commerce core on sagas: orders, payments, inventory, orchestrator"
)]
pub struct Cli {
    /// The file with the settings [default: ./orderweaver.toml if it is there].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How it prints.
    #[command(flatten)]
    pub globals: ::cli::Globals,
    /// Log more: -v what happens, -vv every message (dev and serve).
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// The whole tree of commands, with the settings as flags.
    pub fn tree() -> clap::Command {
        with_negative_numbers(configuration::add_flags(Self::command()))
    }
}

/// A negative number is a value, refused as such where it is not allowed, and no unknown flag.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let takes_value = |arg: &Arg| arg.get_action().takes_values();
    let command = command.mut_args(|arg| match takes_value(&arg) {
        true => arg.allow_negative_numbers(true),
        false => arg,
    });
    command.mut_subcommands(with_negative_numbers)
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Start a whole shop on this machine, with sample orders to look at.
    Dev(DevArguments),
    /// Start services as a company runs them.
    Serve(ServeArguments),
    /// Start the built-in payment provider as a server that any number of payments processes share.
    ProviderFake(ServeArguments),
    /// Ask whether what runs beside it can take requests: the probe of a container.
    Healthcheck(HealthcheckArguments),
    /// Hold everything that a store keeps against what must be true of it.
    Check(CheckArguments),
    /// Bring the tables of PostgreSQL databases up to date, or say how far they are.
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Carry a shop that is stopped from its folder to one PostgreSQL database, or to four.
    Move(MoveArguments),
    /// Run the whole shop in a simulator, with crashes, duplicates and a lying provider.
    Sim(SimArguments),
    /// Say what the settings are.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Measure speed and cost under load, and prove that nothing was lost or made up.
    Bench(bench::Arguments),
    /// Whatever talks to a running shop.
    #[command(flatten)]
    Client(::cli::Command),
    /// Print a table of all metrics that the services offer at /metrics, as Markdown.
    Metrics,
    /// Print a script that lets a shell complete the commands.
    Completion {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual, a page for each command.
    Man {
        /// Write the pages into this folder instead, as files.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print which version this is; with --verbose, how it was built too.
    Version,
}

/// What to do with the tables of the databases.
#[derive(Clone, Copy, Subcommand)]
pub enum MigrateCommand {
    /// Bring them up to date, and say what was done. `serve` does it too, where it has the right.
    Up,
    /// Say which versions they have, and change nothing.
    Status,
}

/// What to say of the settings.
#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Print each setting: its value, where that came from, the default and what it does.
    Explain,
    /// Print a file of environment variables with all settings at their defaults.
    Example,
}

/// What `dev` does beside running the shop.
#[derive(Args)]
pub struct DevArguments {
    /// Keep the data in a temporary folder that is deleted at the end.
    #[arg(long, conflicts_with = "data")]
    pub ephemeral: bool,
    /// Don't place the sample orders.
    #[arg(long)]
    pub no_samples: bool,
}

/// How a server is started, beside the settings.
#[derive(Args)]
pub struct ServeArguments {
    /// End when standard input does: for a program whose server must not outlive it.
    #[arg(long)]
    pub until_input_ends: bool,
}

/// Who is asked.
#[derive(Args)]
pub struct HealthcheckArguments {
    /// This, instead of `/readyz` of each service of the role: any answer of 2xx is a yes.
    #[arg(value_name = "URL")]
    pub url: Option<String>,
}

/// From where a shop is carried, and to where.
#[derive(Args)]
pub struct MoveArguments {
    /// The folder that holds the shop.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// An empty database; {role} in it stands for the service's name, and makes four of it
    /// [default: the store of the settings].
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
}

/// What to check beside the rules.
#[derive(Args)]
pub struct CheckArguments {
    /// Compare every page and index of the file too. Takes longer; the shop must be stopped.
    #[arg(long)]
    pub deep: bool,
    /// Everything has come to its end: whatever waits is a finding, and a message that is under way
    /// is lost. The shop must be stopped.
    #[arg(long)]
    pub settled: bool,
}

/// Which seeds to simulate.
#[derive(Args)]
pub struct SimArguments {
    /// One seed. With --order it prints the order's messages.
    #[arg(long, value_name = "N", conflicts_with = "seeds",
        value_parser = whole(0_u64..))]
    pub seed: Option<u64>,
    /// Whose messages to print, such as o-7.
    #[arg(long, value_name = "ID", requires = "seed")]
    pub order: Option<String>,
    /// All seeds from A up to B, without B.
    #[arg(long, value_name = "A..B", default_value = "0..1000")]
    pub seeds: String,
}
