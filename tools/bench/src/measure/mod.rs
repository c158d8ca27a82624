//! What a run costs: read from `/proc`, from metrics and from statistics, at both ends of a window.

pub mod fsync;
pub mod listener;
pub mod machine;
pub mod metrics;
pub mod process;
pub mod statistics;
pub mod tree;
