//! `orderweaver dev`: a whole shop on this machine, with sample orders to look at.

use crate::cli::DevArguments;
use crate::configuration::{BusAddress, Configuration, ProviderAddress, StoreAddress};
use crate::process::{Base, Process, listen};
use crate::samples;
use crate::serve::runtime;
use crate::stores;
use crate::telemetry;
use crate::wiring::Store;
use contracts::ServiceName;
use engine::NoBus;
use std::fmt::Display;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use store_sqlite::Durability;
use tempfile::TempDir;
use terminal::{Failure, Interrupt, When, line, note};

/// Runs until it is asked to end.
pub fn run(
    arguments: &DevArguments,
    mut configuration: Configuration,
    color: When,
) -> Result<ExitCode, Failure> {
    let begun = Instant::now();
    let interrupt = Interrupt::listen()?;
    let temporary = temporary_folder(arguments)?;
    // It is a shop of its own, whatever the environment names for others.
    let names_others = configuration.store != StoreAddress::Folder
        || configuration.bus != BusAddress::None
        || configuration.provider != ProviderAddress::Inside;
    if names_others {
        note("warning: dev is a shop of its own: store, bus and provider are settings of serve");
    }
    configuration.store = StoreAddress::Folder;
    configuration.provider = ProviderAddress::Inside;
    if let Some(folder) = &temporary {
        configuration.data = folder.path().into();
    }
    let durability = if arguments.ephemeral { Durability::Ephemeral } else { Durability::Full };
    let metrics = telemetry::start(&configuration, color)?;
    runtime()?.block_on(async {
        let hosting = Arc::new(hosting::together());
        let listeners = listen(&configuration, &hosting).await?;
        let store = stores::sqlite(&configuration.data, durability, &hosting)?;
        let base = Base { configuration: &configuration, hosting, listeners, metrics };
        let mut process = Process::start(base, store, None::<NoBus>).await?;
        welcome(&process, &configuration, begun);
        if !arguments.no_samples {
            tokio::select! {
                placed = samples::place(&process.addresses) => placed?,
                () = interrupt.asked() => {}
            }
        }
        if !interrupt.is_asked() {
            say(format_args!(
                "\nTry it:\n  {}\n  {}\n\nCtrl-C ends it.",
                samples::curl_line(&process.addresses),
                look_line(&process.addresses)
            ));
        }
        let done = process.run(&interrupt).await;
        say("\nEnding: open requests are answered first.");
        process.stop(&interrupt).await;
        say(farewell(arguments, &configuration));
        done.map(|()| ExitCode::SUCCESS)
    })
}

fn temporary_folder(arguments: &DevArguments) -> Result<Option<TempDir>, Failure> {
    let folder = arguments.ephemeral.then(TempDir::new).transpose();
    folder.map_err(|error| Failure::failed(error, "orderweaver dev"))
}

fn welcome<S: Store>(process: &Process<S>, configuration: &Configuration, begun: Instant) {
    say(format_args!(
        "OrderWeaver {} is ready after {:.0?}.\n",
        env!("CARGO_PKG_VERSION"),
        begun.elapsed()
    ));
    say(format_args!("  {:<13} {:<24} documentation", "service", "address"));
    for (service, address) in &process.addresses {
        say(format_args!("  {:<13} http://{address:<17} http://{address}/docs", service.as_str()));
    }
    say(format_args!("  {:<13} {}", "data", configuration.data.display()));
}

/// How to look at the orders from another terminal.
fn look_line(addresses: &[(ServiceName, SocketAddr)]) -> String {
    let orders = addresses.iter().find(|(service, _)| *service == ServiceName::Orders);
    match orders {
        Some((_, address)) if address.port() != 8_001 => {
            format!("orderweaver order list --url http://{address}")
        }
        Some(_) | None => "orderweaver order list".into(),
    }
}

fn farewell(arguments: &DevArguments, configuration: &Configuration) -> String {
    match arguments.ephemeral {
        true => "The data was temporary and is gone.".into(),
        false => format!("The data stays in {}.", configuration.data.display()),
    }
}

/// A shop goes on where its words can't be printed.
fn say(text: impl Display) {
    let _ = line(text);
}
