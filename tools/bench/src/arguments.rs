//! What may be asked of the benchmark.

use crate::cell::{Cell, Settings};
use crate::load::Load;
use crate::place::Place;
use crate::workload::Workload;
use clap::builder::ArgPredicate;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use terminal::whole;

/// Clients of a closed loop: each has a connection of its own.
const CLIENTS_MAX: u64 = 1_024;
/// Orders a second.
const RATE_MAX: u64 = 100_000;
const ROUNDS_MAX: u64 = 100;
/// Orders that are placed before lists are read.
const ORDERS_MAX: u64 = 10_000_000;
/// Rows of a page, as the server has it.
const PAGE_SIZE_MAX: u64 = 200;
/// An hour.
const SECONDS_MAX: f64 = 3_600.0;
/// Sagas must have the time to end in it.
const WINDOW_SECONDS_MIN: f64 = 0.1;

/// What to measure.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Something else than load.
    #[command(subcommand)]
    pub part: Option<Part>,
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
        default_value_ifs(on_servers("64,256,1024")),
        value_parser = whole(1..=CLIENTS_MAX))]
    pub clients: Vec<u64>,
    /// Open loops: so many orders a second, whatever the answers; timed from when they were due.
    #[arg(long, value_delimiter = ',', value_name = "N,N", default_value = "100,500",
        default_value_ifs(on_servers("100")),
        value_parser = whole(1..=RATE_MAX))]
    pub rates: Vec<u64>,
    /// Seconds of a measured window.
    #[arg(long, value_name = "SECONDS", default_value = "5",
        value_parser = seconds(WINDOW_SECONDS_MIN))]
    pub duration: f64,
    /// Seconds of load before it.
    #[arg(long, value_name = "SECONDS", default_value = "2",
        default_value_if("is_distributed", ArgPredicate::IsPresent, "10"),
        value_parser = seconds(0.0))]
    pub warm_up: f64,
    /// Seconds with nothing to do, before anything else.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds(0.0))]
    pub idle: f64,
    /// How often everything is measured; what is told are medians.
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = whole(1..=ROUNDS_MAX))]
    pub rounds: u64,
    /// Makes the orders, and the times of an open loop.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole(0_u64..))]
    pub seed: u64,
    /// Where the shop under test is.
    #[command(flatten)]
    pub place: Place,
    /// Also write the tables, the figures as JSON and the curves as SVG into this folder.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
}

/// What else can be measured.
#[derive(Clone, Debug, Subcommand)]
pub enum Part {
    /// How long a page of each list takes on a store with many orders.
    Lists(ListsArguments),
    /// How soon somebody who watches an order sees that it changed.
    Watch(WatchArguments),
}

/// On how large a store lists are read.
#[derive(Args, Clone, Debug)]
pub struct ListsArguments {
    /// Orders that are placed first, on a server of our own; one that runs is read as it is.
    #[arg(long, value_name = "N", default_value_t = 100_000,
        value_parser = whole(1..=ORDERS_MAX))]
    pub orders: u64,
    /// Rows of a page.
    #[arg(long, value_name = "N", default_value_t = PAGE_SIZE_MAX,
        value_parser = whole(1..=PAGE_SIZE_MAX))]
    pub page_size: u64,
    /// Makes the orders.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole(0_u64..))]
    pub seed: u64,
    /// Where the shop under test is.
    #[command(flatten)]
    pub place: Place,
}

/// How many orders are watched, and beside whom.
#[derive(Args, Clone, Debug)]
pub struct WatchArguments {
    /// Orders that are placed and watched, one after the other.
    #[arg(long, value_name = "N", default_value_t = 200,
        value_parser = whole(1..=ORDERS_MAX))]
    pub orders: u64,
    /// Others who watch meanwhile, and see nothing.
    #[arg(long, value_name = "N", default_value_t = 50,
        value_parser = whole(0..=CLIENTS_MAX))]
    pub watchers: u64,
    /// Makes the orders.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole(0_u64..))]
    pub seed: u64,
    /// Where the shop under test is.
    #[command(flatten)]
    pub place: Place,
}

impl Arguments {
    /// Where the server is that is measured.
    pub const fn place(&self) -> &Place {
        match &self.part {
            None => &self.place,
            Some(Part::Lists(lists)) => &lists.place,
            Some(Part::Watch(watch)) => &watch.place,
        }
    }

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

    /// Runs of all cells that are asked for.
    pub fn runs(&self) -> usize {
        self.cells().len() * self.rounds as usize
    }

    /// How long each part takes.
    pub const fn settings(&self) -> Settings {
        let Self { warm_up, duration, idle, seed, .. } = *self;
        Settings { warm_up, duration, idle, seed }
    }
}

/// Another default where the shop is on servers.
fn on_servers(value: &'static str) -> [(&'static str, ArgPredicate, &'static str); 2] {
    ["store", "is_distributed"].map(|flag| (flag, ArgPredicate::IsPresent, value))
}

fn seconds(min: f64) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let seconds = text.trim_end_matches('s').parse::<f64>().ok();
        let seconds = seconds.filter(|seconds| (min..=SECONDS_MAX).contains(seconds));
        let allowed = || format!("allowed are {min} to {SECONDS_MAX} seconds, such as 5 or 0.5");
        seconds.ok_or_else(allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::{Args, Command, FromArgMatches};

    fn parse(line: &str) -> Result<Arguments, String> {
        let command = Arguments::augment_args(Command::new("bench"));
        let words = ["bench"].into_iter().chain(line.split_whitespace());
        let matches = command.try_get_matches_from(words).map_err(|error| error.to_string())?;
        Arguments::from_arg_matches(&matches).map_err(|error| error.to_string())
    }

    fn check_cells(line: &str, expected: &[&str]) {
        let cells = parse(line).expect("arguments").cells();
        let told: Vec<_> =
            cells.iter().map(|it| format!("{} {}", it.workload.name(), it.load)).collect();
        assert_eq!(told, expected, "{line}");
    }

    fn check_refused(line: &str, said: &str) {
        let told = parse(line).expect_err("refused");
        assert!(told.contains(said), "{line}: {told}");
    }

    #[test]
    fn every_workload_meets_every_load() {
        check_cells(
            "--workloads hot,wide --clients 1,64 --rates 100",
            &[
                "hot 1 client",
                "hot 64 clients",
                "hot 100/s",
                "wide 1 client",
                "wide 64 clients",
                "wide 100/s",
            ],
        );
        assert_eq!(parse("").expect("defaults").cells().len(), 12);
        check_cells(
            "--distributed --workloads invoice",
            &["invoice 64 clients", "invoice 256 clients", "invoice 1024 clients", "invoice 100/s"],
        );
    }

    #[test]
    fn nonsense_is_refused_and_what_is_allowed_is_said() {
        check_refused("--workloads cold", "[possible values: invoice, provider, hot, wide]");
        check_refused("--clients 0", "allowed is a whole number from 1 to 1024");
        check_refused("--clients 1,x", "allowed is a whole number from 1 to 1024");
        check_refused("--rates 1000000", "allowed is a whole number from 1 to 100000");
        check_refused("--duration soon", "allowed are 0.1 to 3600 seconds");
        check_refused("--duration -1", "unexpected argument");
        check_refused("--duration=-1", "allowed are 0.1 to 3600 seconds");
        check_refused("--duration 0", "allowed are 0.1 to 3600 seconds");
        check_refused("--warm-up nan", "allowed are 0 to 3600 seconds");
        check_refused("--rounds 0", "allowed is a whole number from 1 to 100");
        check_refused("lists --page-size 201", "allowed is a whole number from 1 to 200");
        check_refused("--clients 8 watch", "cannot be used with");
        check_refused("--url http://h:1 --store postgres://h", "cannot be used with");
        check_refused("--url http://h:1 --bus h:1 --distributed", "cannot be used with");
        check_refused("--bus h:1", "--distributed");
    }
}
