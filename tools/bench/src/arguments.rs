//! What may be asked of the benchmark.

use crate::cell::{Cell, Settings};
use crate::load::Load;
use crate::workload::Workload;
use clap::Args;
use std::path::PathBuf;

/// Clients of a closed loop: each has a connection of its own.
const CLIENTS_MAX: u64 = 1_024;
/// Orders a second.
const RATE_MAX: u64 = 100_000;
const ROUNDS_MAX: u64 = 100;
/// An hour.
const SECONDS_MAX: f64 = 3_600.0;

/// What to measure.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Kinds of orders: two lines paid by invoice or through the provider, one line of the one SKU
    /// that everybody wants, a hundred lines.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "KINDS",
        default_value = "invoice,provider"
    )]
    pub workloads: Vec<Workload>,
    /// Closed loops: so many clients, each of which waits for the end of its saga.
    #[arg(long, value_delimiter = ',', value_name = "N,N", default_value = "1,8,64,256",
        value_parser = clap::value_parser!(u64).range(1..=CLIENTS_MAX))]
    pub clients: Vec<u64>,
    /// Open loops: so many orders a second, whatever the answers; timed from when they were due.
    #[arg(long, value_delimiter = ',', value_name = "N,N", default_value = "100,500",
        value_parser = clap::value_parser!(u64).range(1..=RATE_MAX))]
    pub rates: Vec<u64>,
    /// Seconds of a measured window.
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub duration: f64,
    /// Seconds of load before it.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub warm_up: f64,
    /// Seconds with nothing to do after it.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub idle: f64,
    /// How often everything is measured; what is told are medians.
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u64).range(1..=ROUNDS_MAX))]
    pub rounds: u64,
    /// Makes the orders, and the times of an open loop.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Where the data of the server under test is put, in a folder that is removed at the end.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    pub folder: PathBuf,
    /// Leave the data and the server's log where they are.
    #[arg(long)]
    pub keep: bool,
    /// Also write the tables, the figures as JSON and the curves as SVG into this folder.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
}

impl Arguments {
    /// Every workload under every load.
    pub fn cells(&self) -> Vec<Cell> {
        let closed = self.clients.iter().map(|clients| Load::Closed(*clients as usize));
        let open = self.rates.iter().map(|rate| Load::Open(*rate as u32));
        let loads: Vec<Load> = closed.chain(open).collect();
        let of = |workload: &Workload| {
            let workload = *workload;
            loads.iter().map(move |load| Cell { workload, load: *load }).collect::<Vec<_>>()
        };
        self.workloads.iter().flat_map(of).collect()
    }

    /// How long each part takes.
    pub const fn settings(&self) -> Settings {
        let Self { warm_up, duration, idle, seed, .. } = *self;
        Settings { warm_up, duration, idle, seed }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.trim_end_matches('s').parse::<f64>().ok();
    let allowed = seconds.filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds));
    allowed.ok_or_else(|| format!("0 to {SECONDS_MAX} seconds are allowed, such as 5 or 0.5"))
}
