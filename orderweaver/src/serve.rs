//! `orderweaver serve`: services as a company runs them.

use crate::buses;
use crate::cli::ServeArguments;
use crate::configuration::{Configuration, StoreAddress};
use crate::process::{Base, Process, listen};
use crate::stores;
use crate::telemetry;
use crate::wiring::Store;
use engine::{Bus, NoBus};
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use store_sqlite::Durability;
use terminal::{Failure, Interrupt, When, note};

/// Runs until it is asked to end.
pub fn run(
    arguments: &ServeArguments,
    configuration: &Configuration,
    color: When,
) -> Result<ExitCode, Failure> {
    let interrupt = interrupt(arguments)?;
    let publishing = buses::publishing(configuration)?;
    // Before anything is opened, which may make tables: a bus that can't be is refused here.
    let wanted_bus = buses::wanted(configuration)?;
    let hosting = Arc::new(hosting::of(&configuration.role.services(), publishing));
    let metrics = telemetry::start(configuration, color)?;
    runtime()?.block_on(async {
        let listeners = listen(configuration, &hosting).await?;
        let base = Base { configuration, hosting: hosting.clone(), listeners, metrics };
        match &configuration.store {
            StoreAddress::Folder => {
                let store = stores::sqlite(&configuration.data, Durability::Full, &hosting)?;
                on_store(base, store, wanted_bus, &interrupt).await
            }
            StoreAddress::Postgres(url) => {
                let url = stores::url_of(url, configuration.role)?;
                let store = stores::postgres(&url, &hosting).await?;
                on_store(base, store, wanted_bus, &interrupt).await
            }
        }
    })
}

async fn on_store<S: Store>(
    base: Base<'_>,
    store: S,
    wanted_bus: Option<buses::Settings>,
    interrupt: &Interrupt,
) -> Result<ExitCode, Failure> {
    match wanted_bus {
        Some(settings) => {
            let bus = buses::open(settings, base.configuration).await?;
            until_asked(Process::start(base, store, Some(bus)).await?, interrupt).await
        }
        None => until_asked(Process::start(base, store, None::<NoBus>).await?, interrupt).await,
    }
}

async fn until_asked<S: Store, B: Bus>(
    mut process: Process<S, B>,
    interrupt: &Interrupt,
) -> Result<ExitCode, Failure> {
    for (service, address) in &process.addresses {
        note(format_args!("{service} listens on http://{address}"));
    }
    let done = process.run(interrupt).await;
    process.stop(interrupt).await;
    done.map(|()| ExitCode::SUCCESS)
}

/// Whatever ends a server in good order.
pub fn interrupt(arguments: &ServeArguments) -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::listen()?;
    if arguments.until_input_ends {
        let input = await_end(interrupt.clone());
        input.map_err(|error| Failure::failed(error, "ulimit -u"))?;
    }
    Ok(interrupt)
}

/// Asks for the end once standard input ends. A thread of its own reads it: the runtime would wait
/// for its reader before it ends.
fn await_end(interrupt: Interrupt) -> io::Result<()> {
    let read = move || {
        // An input that can't be read has ended too.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        interrupt.ask();
    };
    thread::Builder::new().name("input".into()).spawn(read).map(drop)
}

/// The runtime of a server.
pub fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::failed(error, "ulimit -u"))
}
