//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// An event-driven e-commerce core on sagas: orders, payments, inventory and their orchestrator.
#[derive(Parser)]
#[command(
    version,
    about = "An event-driven e-commerce core on sagas: orders, payments, inventory, orchestrator"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Start a whole shop on this machine, with sample orders to look at.
    Dev(DevArguments),
    /// Start services as a company runs them.
    Serve(ServeArguments),
    /// Hold everything that a store keeps against what must be true of it.
    Check(CheckArguments),
    /// Run the whole shop in a simulator, with crashes, duplicates and a lying provider.
    Sim(SimArguments),
}

/// Where a shop keeps its data and listens.
#[derive(Args)]
pub struct DevArguments {
    /// Where the shop keeps its data and listens.
    #[command(flatten)]
    pub shop: ShopArguments,
    /// Keep the data in a temporary folder that is deleted at the end.
    #[arg(long)]
    pub ephemeral: bool,
    /// Don't place the sample orders.
    #[arg(long)]
    pub no_samples: bool,
}

/// Which services to start, and where.
#[derive(Args)]
pub struct ServeArguments {
    /// Which services this process hosts.
    #[arg(long, value_enum)]
    pub role: Role,
    /// Where they keep their data and listen.
    #[command(flatten)]
    pub shop: ShopArguments,
}

/// Where services keep their data and listen.
#[derive(Args)]
pub struct ShopArguments {
    /// Adds N to every port (8001 orders, 8002 payments, 8003 inventory, 8004 orchestrator).
    #[arg(long, value_name = "N", default_value_t = 0, env = "ORDERWEAVER_PORT_OFFSET")]
    pub port_offset: u16,
    /// The folder that holds the data.
    #[arg(long, value_name = "DIR", default_value = ".orderweaver", env = "ORDERWEAVER_DATA")]
    pub data: PathBuf,
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", env = "ORDERWEAVER_HOST")]
    pub host: std::net::IpAddr,
    /// The currency of amounts that name none (ISO 4217).
    #[arg(long, value_name = "CODE", default_value = "USD", env = "ORDERWEAVER_CURRENCY")]
    pub currency: String,
}

/// Which services a process hosts.
#[derive(Clone, Copy, ValueEnum)]
pub enum Role {
    /// All four, on one store.
    All,
}

/// What to check.
#[derive(Args)]
pub struct CheckArguments {
    /// The folder that holds the data.
    #[arg(long, value_name = "DIR", default_value = ".orderweaver", env = "ORDERWEAVER_DATA")]
    pub data: PathBuf,
}

/// Which seeds to simulate.
#[derive(Args)]
pub struct SimArguments {
    /// One seed. With --order it prints the order's messages.
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    pub seed: Option<u64>,
    /// Whose messages to print, such as o-7.
    #[arg(long, value_name = "ID", requires = "seed")]
    pub order: Option<String>,
    /// All seeds from A up to B, without B.
    #[arg(long, value_name = "A..B", default_value = "0..1000")]
    pub seeds: String,
}
