//! `orderweaver serve`: services as a company runs them.

use crate::cli::{Role, ServeArguments};
use crate::failure::Failure;
use crate::process::{Ending, Plan, Process};
use crate::telemetry;
use std::process::ExitCode;
use store_sqlite::Durability;

/// Runs until it is asked to end.
pub fn run(arguments: &ServeArguments) -> Result<ExitCode, Failure> {
    let ServeArguments { role: Role::All, shop } = arguments;
    let plan = Plan {
        data: shop.data.clone(),
        durability: Durability::Full,
        host: shop.host,
        port_offset: shop.port_offset,
        currency: shop.currency.clone(),
    };
    let metrics = telemetry::start()?;
    runtime()?.block_on(async {
        let mut ending = Ending::listen()?;
        let process = Process::start(&plan, metrics).await?;
        for (service, address) in &process.addresses {
            eprintln!("{service} listens on http://{address}");
        }
        let done = process.run(&mut ending).await;
        process.stop().await;
        done.map(|()| ExitCode::SUCCESS)
    })
}

/// The runtime of a server.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(error, "ulimit -u"))
}
