//! What a run costs: read from `/proc` and from the server's metrics, at both ends of a window.

pub mod fsync;
pub mod machine;
pub mod metrics;
pub mod process;
